"""What the roots have said of the keys under them, as this gate has it: read from its disk, asked by every thread.

The newest word of each root is kept for as long as the data partition lives; one may also be brought as a file beside
the pinned root. Whether a word counts is decided by `firmware/signed`. Only the library's thread looks anew.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.control.desired import Held, root_scope
from firmware.control.documents import read_bounded, read_root
from firmware.control.shelf import FOLDER, file_name
from firmware.signed.envelope import Kind
from firmware.signed.ruling import SILENT, Ruling, Rulings, read_ruling
from firmware.signed.words import newest_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.control.config import Config
    from firmware.control.shelf import Shelf

FILE: Final = "authority.cose"
"""Beside `trust.root`: what somebody brings to a gate that no broker has told of it."""

MOST_BYTES: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """The word of one root: the document and what it means."""

    held: Held
    ruling: Ruling


def ruling_of(held: Held) -> Ruling | None:
    """Read what an `authority` document means; None if it breaks its rules."""
    found = read_ruling(held.document.body, held.document.root)
    return found if isinstance(found, Ruling) else None


def kept(folder: Path, file: Path, gate: str, root: bytes | None) -> tuple[Said, ...]:
    """Read the words of the roots that count, the pinned one's first: the newest of the shelf `folder` and `file`."""

    def there(speaks: bytes) -> Iterator[bytes]:
        for path in (folder / file_name(Kind.AUTHORITY, root_scope(speaks)), file):
            with contextlib.suppress(OSError):
                yield read_bounded(path, MOST_BYTES)

    words = () if root is None else newest_words(root, gate, there)
    return tuple(Said(Held(word.document, word.data, root_scope(word.document.root)), word.ruling) for word in words)


class Ruled:
    """What the roots have said by now; asking is one reading."""

    def __init__(self, folder: Path, file: Path, gate: str, root: bytes | None) -> None:
        """Read what is there; `folder` is the shelf's, and without a pinned root nobody says anything."""
        self._folder, self._file, self._gate, self.root = folder, file, gate, root
        self._said: tuple[Said, ...] = ()
        self._rulings = SILENT
        self.look()

    @classmethod
    def here(cls, config: Config) -> Ruled:
        """Read that of a gate."""
        root, _ = read_root(config.trust.root)
        folder = config.gate.state_dir / FOLDER
        return cls(folder, config.trust.root.with_name(FILE), config.gate.id, root)

    def __call__(self) -> Rulings:
        """What the roots have said of keys."""
        return self._rulings

    @property
    def said(self) -> tuple[Said, ...]:
        """The words in the order of the roots."""
        return self._said

    def words(self) -> tuple[bytes, ...]:
        """The same as they were signed."""
        return tuple(one.held.data for one in self._said)

    @property
    def in_force(self) -> Held | None:
        """The word of the newest root that has spoken."""
        return self._said[-1].held if self._said else None

    def look(self) -> None:
        """Read anew, after something was kept."""
        self._said = kept(self._folder, self._file, self._gate, self.root)
        self._rulings = Rulings(tuple(one.ruling for one in self._said))

    def misses(self, shelf: Shelf) -> bool:
        """Say whether the shelf has accepted a newer word of a root that counts than the one that is here."""
        here = {one.held.scope: one.held.document.rank for one in self._said}
        roots = () if self.root is None else self._rulings.roots(self.root, None)
        floors = {scope: shelf.floor(Kind.AUTHORITY, scope) for scope in map(root_scope, roots)}
        return any(floor is not None and here.get(scope, (0, 0)) < floor.rank for scope, floor in floors.items())

    def note(self) -> str | None:
        """Say in one line what counts here, for whoever looks after a gate; None where no root has said anything."""
        if not self._said:
            return None
        last = self._said[-1]
        what = [f"authority document version {last.held.document.version} of root {last.held.scope}"]
        revoked, least = len(last.ruling.revoked), last.ruling.least_serials
        what.append(f"{revoked} key{'' if revoked == 1 else 's'} taken back")
        what.extend(f"{role.value} from serial {serial} on" for role, serial in sorted(least.items()))
        if last.ruling.successor is not None:
            what.append(f"followed by root {root_scope(last.ruling.successor)}")
        return ", ".join(what)
