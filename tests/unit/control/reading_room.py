"""A library on real files, with an authority beside it and a broker's retained pieces in memory."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, Self

from firmware.control import mistakes
from firmware.control.clock import VirtualClock
from firmware.control.config import Config
from firmware.control.library import Library
from firmware.records.heard import Heard, blob_topic
from firmware.records.notices import Notices
from firmware.rules.policy import visitor_management
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from firmware.signed.warrant import render_root
from tests.unit.signed.office import NOW, Office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.trial import Trial

PATIENCE_S = 30.0
GATE = "gate-1"
POLICY: dict[str, object] = json.loads(visitor_management().model_dump_json(exclude_unset=True))


def write_config(folder: Path, office: Office, more: str = "") -> Path:
    """Write a gate's file and its root key into a folder."""
    (folder / "state").mkdir(exist_ok=True)
    (folder / "root.pub").write_bytes(render_root(office.root_raw))
    path = folder / "gapura.toml"
    path.write_text(
        f"""
[gate]
id = "{GATE}"
area = "lobby"
groups = ["east"]
state_dir = "{folder}/state"
[trust]
root = "{folder}/root.pub"
list = "{folder}/trust.cose"
policy = "{folder}/policy.cose"
[relay]
pin = 17
[hardware]
pins = "mock"
[readers.outside]
side = "outside"
socket = "{folder}/outside.sock"
{more}"""
    )
    return path


def pieces_of(blob: bytes, piece_bytes: int = 1024) -> list[bytes]:
    """Cut a blob."""
    return [blob[at : at + piece_bytes] for at in range(0, len(blob), piece_bytes)]


def manifest_of(blob: bytes, piece_bytes: int = 1024) -> dict[str, object]:
    """Word the manifest of a blob."""
    return {
        "blob": {
            "bytes": len(blob),
            "sha256": hashlib.sha256(blob).hexdigest(),
            "piece_bytes": piece_bytes,
            "pieces": [hashlib.sha256(piece).hexdigest() for piece in pieces_of(blob, piece_bytes)],
        }
    }


class Retained:
    """Hands out what lies on a topic as soon as somebody follows it; counts who asked."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.pieces: dict[str, Heard] = {}
        self.followed: list[str] = []
        self.following: set[str] = set()
        self.deliver: Callable[[Heard], None] | None = None

    def lay(self, blob: bytes, *, wrong: int | None = None) -> None:
        """Lay a blob out, one piece of it wrong."""
        digest = hashlib.sha256(blob).hexdigest()
        for number, piece in enumerate(pieces_of(blob)):
            data = piece[:-1] + b"\0" if number == wrong else piece
            heard = Heard("blob", digest, None, number, data, "", retained=True)
            self.pieces[blob_topic(digest, number)] = heard

    def follow(self, topic: str) -> None:
        """Hand out what is there."""
        self.followed.append(topic)
        self.following.add(topic)
        if topic in self.pieces and self.deliver is not None:
            self.deliver(self.pieces[topic])

    def unfollow(self, topic: str) -> None:
        """Hand out nothing more of it."""
        self.following.discard(topic)

    def again(self) -> None:
        """Hand out what is followed, as on a new connection."""
        for topic in sorted(self.following & self.pieces.keys()):
            if self.deliver is not None:
                self.deliver(self.pieces[topic])


class ReadingRoom:
    """One gate's library; `with` starts its thread."""

    def __init__(
        self, folder: Path, office: Office | None = None, *, retained: Retained | None = None, more: str = ""
    ) -> None:
        """Read what lies in the folder."""
        self.office = office or Office()
        self.retained = retained or Retained()
        self.folder = folder
        config = mistakes.read(write_config(folder, self.office, more))
        assert isinstance(config, Config), config
        self.clock = VirtualClock(NOW.earliest)
        self.changes = 0
        self.notices = Notices()
        self._changed = threading.Condition()
        self.notices.watch(self._wake)
        self.library = Library(config, self.clock, changed=self._note)
        self.retained.deliver = self.library.heard
        self.trial: Trial | None = None

    def __enter__(self) -> Self:
        """Start, connected."""
        self.library.start(self.notices, self.retained, self.trial)
        self.library.link_changed(up=True)
        return self

    def __exit__(self, *_: object) -> None:
        """End the thread."""
        self.library.close()

    def desire(self, data: bytes, kind: Kind = Kind.POLICY, group: str | None = None) -> None:
        """Bring a document as the broker would."""
        self.library.heard(Heard("doc", kind.value, group, None, data, "", retained=True))

    def policy(self, version: int, *audience: str) -> bytes:
        """Seal a policy that can be told from others by its version."""
        return self.office.seal(Kind.POLICY, {**POLICY}, version=version, audience=audience or ("*",))

    def reported(self, kind: Kind = Kind.POLICY) -> dict[str, object]:
        """What is said of a kind now."""
        payload = self.notices.kept().get(f"gapura/1/{GATE}/doc/{kind.value}/reported", b"{}")
        return dict(strict_json.parse(payload) or {})

    def wait(self, kind: Kind = Kind.POLICY, **said: object) -> dict[str, object]:
        """Wait until the report says all this, and return it."""

        def so() -> bool:
            return said.items() <= self.reported(kind).items()

        with self._changed:
            assert self._changed.wait_for(so, PATIENCE_S), self.reported(kind)
        return self.reported(kind)

    def _note(self) -> None:
        self.changes += 1

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
