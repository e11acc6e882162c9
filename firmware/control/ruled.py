"""What the roots have said of the keys under them, as this gate has it: read from its disk, asked by every thread.

The newest word of each root is kept for as long as the data partition lives; one may also be brought as a file beside
the pinned root. Whether a word counts is decided by `firmware/signed`. Only the library's thread looks anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from firmware.control.desired import Held, Whose, read, root_scope
from firmware.control.documents import read_bounded, read_root
from firmware.control.shelf import FOLDER, file_name
from firmware.signed.envelope import EnvelopeRefusal, Kind, open_envelope
from firmware.signed.ruling import MOST_ROOTS, SILENT, Ruling, Rulings, read_ruling

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def way(data: bytes) -> tuple[bytes, ...]:
    """Name the words that lead to one, itself last: each encloses the one by which the root before had named its own.

    Nothing is believed for it: whoever uses them judges each, from the first on.
    """
    found = [data]
    while len(found) < MOST_ROOTS:
        document = open_envelope(found[0], Kind.AUTHORITY, root=None, gate=None, now=None)
        ruling = None if isinstance(document, EnvelopeRefusal) else read_ruling(document.body, document.root)
        if not isinstance(ruling, Ruling) or ruling.predecessor is None:
            break
        found.insert(0, ruling.predecessor)
    return tuple(found)


def kept(folder: Path, file: Path, gate: str, root: bytes | None) -> tuple[Said, ...]:
    """Read the words of the roots that count, the pinned one's first: the newest of the shelf `folder` and `file`."""
    said: list[Said] = []
    rulings = SILENT
    while root is not None and len(said) < MOST_ROOTS:
        whose = Whose(root, gate, frozenset(), rulings=partial(Rulings, rulings.known))
        scope = whose.scopes(Kind.AUTHORITY)[-1]
        newest = _newest((folder / file_name(Kind.AUTHORITY, scope), file), scope, whose)
        if newest is None:
            break
        said.append(newest)
        rulings = rulings.heard(newest.ruling)
        if newest.ruling.successor is None:
            break
    return tuple(said)


def _newest(paths: Iterable[Path], scope: str, whose: Whose) -> Said | None:
    """Read the newest word of one root among files; what is not its word is none."""
    found: list[Said] = []
    for path in paths:
        try:
            data = read_bounded(path, MOST_BYTES)
        except OSError:
            continue
        for one in way(data):
            held = read(one, Kind.AUTHORITY, whose)
            ruling = ruling_of(held) if isinstance(held, Held) and held.scope == scope else None
            if ruling is not None and isinstance(held, Held):
                found.append(Said(held, ruling))
    return max(found, key=lambda one: one.held.document.rank, default=None)


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
