"""The shelf: accepted documents and the floors below which none is accepted again, in the gate's state folder.

A file is there whole or not at all, and a floor never goes down. It decides nothing about what a document says. Only
the library's thread writes here, or the process before that thread runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import Field

from firmware.control import manifest
from firmware.control.desired import KINDS, Floor, Held, Whose, read
from firmware.control.digested import vouch, vouched
from firmware.control.documents import MAX_FILE_BYTES, read_bounded
from firmware.control.manifest import Blob
from firmware.signed import strict_json
from firmware.signed.envelope import EnvelopeRefusal, Kind
from firmware.signed.fields import Counter, RawKey, Strict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.desired import Refusal

FOLDER: Final = "documents"
FLOORS: Final = "floors.json"
_FLOORS_BYTES: Final = 64 * 1024


class _Floor(Strict):
    """One floor as it is written."""

    version: Counter
    digest: str
    serial: Counter = 1

    @classmethod
    def spell(cls, floor: Floor) -> dict[str, object]:
        """Write a floor; a first warrant's serial is left out, so that an earlier release can read the file."""
        said: dict[str, object] = {"version": floor.version, "digest": floor.digest}
        return said | ({"serial": floor.serial} if floor.serial > 1 else {})


class _Floors(Strict):
    """`floors.json`: floors by `kind/scope`, under the root they were accepted under."""

    root: RawKey
    floors: dict[str, _Floor] = Field(max_length=256)


class Succession(Protocol):
    """What has to be kept when a document takes another one's place."""

    def before(self, shelf: Shelf, coming: Held) -> None:
        """Keep it; raises OSError, and then nothing has changed that counts."""

    def after(self, shelf: Shelf, come: Held) -> None:
        """Let go what is not needed any more; never raises."""


class Nothing:
    """Keeps nothing: for whoever only looks."""

    def before(self, shelf: Shelf, coming: Held) -> None:
        """Let it be written over."""

    def after(self, shelf: Shelf, come: Held) -> None:
        """Have nothing to let go."""


NOTHING: Final = Nothing()


class Shelf:
    """`state_dir/documents`. Another root than the one that the floors name begins with an empty shelf."""

    def __init__(self, folder: Path, whose: Whose, succession: Succession = NOTHING) -> None:
        """Read the floors; `lost` says that they cannot be read. What lies on the shelf raises them in either case.

        A document is put there before its floor is written: whatever comes between, it counts.
        """
        self.folder = folder
        self.lost = False
        self._succession = succession
        self._whose = whose
        self._floors: dict[str, Floor] = self._read_floors()
        kept = [held for kind in KINDS for held in self.held(kind)]
        raised = {f"{held.document.kind}/{held.scope}": held.floor for held in kept}
        self._unwritten = self.lost or any(self._floors.get(name) != floor for name, floor in raised.items())
        self._floors |= raised

    def floor(self, kind: Kind, scope: str) -> Floor | None:
        """Say what nothing of this scope may be below."""
        return self._floors.get(f"{kind}/{scope}")

    def held(self, kind: Kind) -> list[Held]:
        """Read the accepted documents of a kind; what is below its floor, or not ours any more, is not among them."""
        found = []
        for scope in self._whose.scopes(kind):
            one = self._read(kind, scope)
            if isinstance(one, Held) and one.scope == scope and self.admits(one):
                found.append(one)
        return found

    def revoked(self, kind: Kind) -> bool:
        """Say whether a document of a kind lies here whose signer has been taken back since it was accepted."""
        return any(self._read(kind, scope) is EnvelopeRefusal.WARRANT_REVOKED for scope in self._whose.scopes(kind))

    def blobs(self) -> frozenset[str]:
        """Name the blobs (SHA-256, hex) that accepted documents stand on."""
        bodies = [held.document.body for kind in KINDS for held in self.held(kind)]
        bodies += [held.document.body for held in self.beside()]
        found = [manifest.read(body) for body in bodies if manifest.is_manifest(body)]
        return frozenset(blob.sha256 for blob in found if isinstance(blob, Blob))

    def beside(self) -> list[Held]:
        """Read the policies that are kept beside their scope's own; whether one counts is said in `succession`."""
        found = (self._look(path, Kind.POLICY) for path in self.folder.glob("policy-*-*.cose"))
        return [one for one in found if isinstance(one, Held)]

    def admits(self, held: Held) -> bool:
        """Say whether a document is not below the floor of its scope, nor another one of the same version."""
        floor = self.floor(held.document.kind, held.scope)
        if floor is None or held.floor.rank > floor.rank:
            return True
        return held.floor == floor

    def accept(self, held: Held) -> None:
        """Keep a document and raise its floor; raises OSError, and then nothing has changed that counts."""
        kind, scope = held.document.kind, held.scope
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._succession.before(self, held)
        put(self._path(kind, scope), held.data)
        self.raise_floor(held)
        self._succession.after(self, held)

    def raise_floor(self, held: Held) -> None:
        """Raise the floor of a document's scope to its version, for good; raises OSError."""
        name = f"{held.document.kind}/{held.scope}"
        before = self._floors.get(name)
        if before is None or before.rank < held.floor.rank:
            self._write({**self._floors, name: held.floor})

    def mend(self) -> None:
        """Write what was not on disk of the floors; raises OSError."""
        if self._unwritten:
            self._write(self._floors)

    def _write(self, floors: dict[str, Floor]) -> None:
        """Keep these floors."""
        spelled = {key: _Floor.spell(one) for key, one in sorted(floors.items())}
        root = strict_json.to_base64url(self._whose.root or b"")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        put(self.folder / FLOORS, vouch(strict_json.render({"root": root, "floors": spelled})))
        self._floors, self._unwritten = floors, False

    def _path(self, kind: Kind, scope: str) -> Path:
        """Where the document of a scope lies."""
        return self.folder / file_name(kind, scope)

    def _read(self, kind: Kind, scope: str) -> Held | Refusal | None:
        """Read what lies at a scope, as it counts today; None if nothing does."""
        return self._look(self._path(kind, scope), kind)

    def _look(self, path: Path, kind: Kind) -> Held | Refusal | None:
        """Read one file; None if there is none."""
        try:
            return read(read_bounded(path, MAX_FILE_BYTES), kind, self._whose)
        except OSError:
            return None

    def _read_floors(self) -> dict[str, Floor]:
        """Read the file of floors."""
        try:
            data = read_bounded(self.folder / FLOORS, _FLOORS_BYTES)
        except FileNotFoundError:
            return {}
        except OSError:
            self.lost = True
            return {}
        spelled = vouched(data)
        value = None if spelled is None else strict_json.parse(spelled)
        found = strict_json.read_as(value, _Floors) if value is not None else ()
        if not isinstance(found, _Floors):
            self.lost = True
            return {}
        if found.root != self._whose.root:
            return {}
        return {name: Floor(one.version, one.digest, one.serial) for name, one in found.floors.items()}


def file_name(kind: Kind, scope: str) -> str:
    """Name the file of a scope's document; a scope is no file name, so its digest is one."""
    return f"{kind}-{hashlib.sha256(scope.encode()).hexdigest()[:16]}.cose"


def fill(path: Path, data: bytes) -> None:
    """Write a file that nobody reads yet, and have it on disk; raises OSError."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def put(path: Path, data: bytes, fill: Callable[[Path, bytes], None] = fill) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut; raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        fill(temporary, data)
        temporary.replace(path)
        sync(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def sync(folder: Path) -> None:
    """Make what was renamed or removed in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
