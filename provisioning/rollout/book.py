"""The rollout's file: which document comes to which gates in which stages, and how far each of them is.

It is written whole before anything is sent, so that a kill at any moment leaves a file by which the next command goes
on. It says nothing that is secret: documents are signed and public. Nothing here talks to a broker.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, ValidationError

from firmware.control.digested import vouch, vouched
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from firmware.signed.fields import Strict
from provisioning import files, publishing
from provisioning.mistake import OperatorError
from provisioning.rollout import window as windows
from provisioning.rollout.stages import Share
from provisioning.rollout.window import TIMEZONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.signed.envelope import Document
    from provisioning.rollout.window import Window

MAX_BYTES: Final = 64 << 20
MAX_GATES: Final = 200_000
NOTHING: Final = ""
"""In place of a document's name: there was none, or none shall lie there."""

UNKNOWN: Final = "?"
"""In place of a document's name: the gate goes by one that this desk has never seen."""


class BusyError(OperatorError):
    """Another command works on this rollout."""


class State(StrEnum):
    """How far a gate is."""

    WAITING = "waiting"
    SENT = "sent"
    AWAY = "away"
    APPLIED = "applied"
    SETTLED = "settled"
    FAILED = "failed"
    UNTOUCHED = "untouched"


ENDED: Final = frozenset({State.SETTLED, State.AWAY, State.FAILED, State.UNTOUCHED})
"""Nothing more is waited for: a gate that was away when its turn came takes the document when it returns."""


class Phase(StrEnum):
    """How the rollout stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    RETURNING = "returning"
    RETURNED = "returned"


class Entry(Strict):
    """One gate. `wanted` names the document that shall lie on its topic; times are Unix seconds.

    `before` is the document it went by, `lay` the one that lay on its own topic; `restores` says that only the latter
    is put back, because the gate never took the new one. `alerts` are those that held when its turn came, which are
    not this rollout's. A failure that is `forgiven` was looked at by whoever resumed.
    """

    gate: str
    stage: int
    state: Annotated[State, Field(strict=False)] = State.WAITING
    wanted: str
    before: str = NOTHING
    lay: str = NOTHING
    restores: bool = False
    forgiven: bool = False
    reason: str | None = None
    sent_at: int = 0
    applied_at: int = 0
    alerts: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Course(Strict):
    """By which rules it goes: seconds to settle, of patience with one gate, and to overlook what passes by itself.

    `at_once` gates may be under way at a time. Without a `window` they are touched at any hour.
    """

    settle_s: Annotated[int, Field(ge=0)]
    patience_s: Annotated[int, Field(ge=1)]
    grace_s: Annotated[int, Field(ge=0)]
    tolerate: int
    tolerate_percent: bool
    at_once: Annotated[int, Field(ge=1)]
    window: str | None = None
    timezone: str = TIMEZONE

    @property
    def tolerance(self) -> Share:
        """How many gates may fail."""
        return Share(self.tolerate, self.tolerate_percent)

    @property
    def hours(self) -> Window | None:
        """When gates may be touched; None: at any time."""
        return None if self.window is None else windows.read(self.window, self.timezone)


class Book(Strict):
    """The whole file. `documents` are signed documents by their SHA-256, in base64url.

    `returns` names, for what gates went by before, the document that brings its content back under a newer version;
    `turned` says that the way leads back now.
    """

    kind: Annotated[Kind, Field(strict=False)]
    version: int
    document: str
    documents: dict[str, str]
    blob: str | None = None
    returns: dict[str, str] = Field(default_factory=dict)
    course: Course
    phase: Annotated[Phase, Field(strict=False)] = Phase.PLANNED
    turned: bool = False
    stage: int = 0
    why: str | None = None
    gates: Annotated[list[Entry], Field(max_length=MAX_GATES)]

    def bytes_of(self, name: str) -> bytes:
        """Give a document's bytes; nothing for none."""
        return b"" if name == NOTHING else strict_json.from_base64url(self.documents[name]) or b""

    def read(self, name: str) -> Document | None:
        """Read a document; None for none."""
        return None if name in {NOTHING, UNKNOWN} else recognised(self.bytes_of(name))

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return 1 + max((entry.stage for entry in self.gates), default=0)


@lru_cache(maxsize=256)
def recognised(data: bytes) -> Document | None:
    """Read a document, whoever signed it; the few that a rollout is about are asked for again and again."""
    return publishing.recognise(data) if data else None


def name_of(data: bytes) -> str:
    """Name a document in a book."""
    return hashlib.sha256(data).hexdigest() if data else NOTHING


def spell(data: bytes) -> str:
    """Write a document into a book."""
    return strict_json.to_base64url(data)


def load(path: Path) -> Book:
    """Read a rollout's file; raises OperatorError."""
    spelled = vouched(files.read(path, MAX_BYTES))
    try:
        return Book.model_validate_json(spelled or b"")
    except ValidationError as error:
        line = f"{path} is no rollout, or damaged; plan it anew with gapura-ops rollout plan: gates keep what they took"
        raise OperatorError(line) from error


def save(path: Path, book: Book) -> None:
    """Write it, whole or not at all; raises OperatorError."""
    files.write(path, vouch(strict_json.render(book.model_dump(mode="json"))), files.PRIVATE)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep the rollout's file for this process; raises OperatorError where another works on it."""
    if not path.is_file():
        line = f"{path} is not there; gapura-ops rollout plan writes it"
        raise OperatorError(line)
    handle = os.open(_beside(path, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, files.PRIVATE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            line = f"{path}: another command works on this rollout; wait for it, or gapura-ops rollout pause"
            raise BusyError(line) from error
        yield
    finally:
        os.close(handle)


def ask_to_pause(path: Path) -> None:
    """Leave word for whoever works on it."""
    files.write(_beside(path, "pause"), b"pause\n", files.PRIVATE)


def asked_to_pause(path: Path) -> bool:
    """Take such a word back, and say whether there was one."""
    try:
        _beside(path, "pause").unlink()
    except FileNotFoundError:
        return False
    return True


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f".{path.name}.{suffix}")
