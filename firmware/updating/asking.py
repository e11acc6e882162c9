"""What gate and updater tell each other: three small files, and nothing else passes between the two. Pure models.

The gate asks and says how it fares; the updater says how far it is. Neither believes the other: the updater opens the
signed order itself, and the gate goes by its own version.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from firmware.signed import strict_json
from firmware.signed.fields import Strict
from firmware.signed.ruling import MOST_ROOTS
from firmware.updating.faults import Fault
from firmware.updating.release import PATTERN

ASK: Final = "ask.json"
HEALTHY: Final = "healthy.json"
STATUS: Final = "status.json"
MAX_BYTES: Final = 64 * 1024
MAX_ASK_BYTES: Final = 512 * 1024
"""A question is the longest: it has the roots' words with it."""

GO_S: Final = 600
"""How long the word to switch is good; the gate says it anew each minute as long as it holds."""

_Version = Annotated[str, StringConstraints(pattern=PATTERN)]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Words = Annotated[tuple[str, ...], Field(max_length=MOST_ROOTS, strict=False)]
_Names = Annotated[frozenset[str], Field(max_length=4, strict=False)]


class Before(Strict):
    """What a gate had before the switch, and must have again after it: its broker and its readers."""

    connected: bool
    readers: _Names


class Ask(Strict):
    """`ask.json`: the signed order (base64url), what time it is, and whether the switch may be made now.

    `words` are the newest that this gate has of each root, as they were signed (base64url), the pinned root's first.
    `at_ms` is CLOCK_BOOTTIME when the Unix second was between `earliest` and `latest`.
    """

    document: Annotated[str, StringConstraints(max_length=MAX_BYTES // 2)]
    words: _Words = ()
    at_ms: Annotated[int, Field(ge=0)]
    earliest: Annotated[int, Field(ge=0)]
    latest: Annotated[int, Field(ge=0)]
    go: bool = False
    before: Before


class Healthy(Strict):
    """`healthy.json`: a gate of this release has passed its own test in this boot."""

    release: _Version
    boot: Annotated[str, StringConstraints(max_length=64)]


class Status(Strict):
    """`status.json`: how far the updater is with the order of this digest (SHA-256, hex), `progress` in percent."""

    phase: Literal["idle", "fetching", "ready", "trying", "confirmed", "refused", "returned"]
    document: _Digest | None = None
    release: _Version | None = None
    reason: Fault | None = None
    progress: Annotated[int, Field(ge=0, le=100)] | None = None
    before: Before | None = None


def write(model: Strict) -> bytes:
    """Write a file of theirs."""
    return strict_json.render(model.model_dump(mode="json", exclude_none=True))


def read_ask(data: bytes) -> Ask | None:
    """Read `ask.json`; None for anything else."""
    value = strict_json.parse(data) if len(data) <= MAX_ASK_BYTES else None
    found = None if value is None else strict_json.read_as(value, Ask)
    return found if isinstance(found, Ask) else None


def read_healthy(data: bytes) -> Healthy | None:
    """Read `healthy.json`; None for anything else."""
    value = strict_json.parse(data) if len(data) <= MAX_BYTES else None
    found = None if value is None else strict_json.read_as(value, Healthy)
    return found if isinstance(found, Healthy) else None


def read_status(data: bytes) -> Status | None:
    """Read `status.json`; None for anything else."""
    value = strict_json.parse(data) if len(data) <= MAX_BYTES else None
    found = None if value is None else strict_json.read_as(value, Status)
    return found if isinstance(found, Status) else None
