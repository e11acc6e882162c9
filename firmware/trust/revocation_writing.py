"""Writing a list of revoked passes: from its entries, or from an earlier list and what has changed since. Pure.

The same entries make the same bytes whichever way they came, so that the digest of a list says what is on it. What is
written comes as pieces to be put one after another; only buckets in which something changed are made anew.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from firmware.trust.revocation import (
    FOR_GOOD,
    HEAD,
    KINDS,
    MAGIC,
    MOST_IN_A_BUCKET,
    SECTION,
    STORED_BYTES,
    TIME_BYTES,
    RevocationList,
    Section,
    open_list,
    prefix_of,
    width_of,
)
from firmware.trust.revocation_ids import NameKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Entries = dict[bytes, int]
"""The first 8 bytes of each hash, and before which second (Unix) what it names was issued if it is revoked."""

_CUT_BYTES: Final = 1 << 20


class TooManyError(Exception):
    """So many entries begin alike that they are no hashes."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One section to be written: its index, and its entries as pieces."""

    kind: NameKind
    prefix: int
    starts: array[int]
    pieces: Iterable[bytes | memoryview]


def build(entries: Mapping[NameKind, Entries]) -> bytes:
    """Write a list; raises TooManyError."""
    parts = [_part(kind, entries[kind]) for kind in KINDS if entries.get(kind)]
    return b"".join(_file(parts))


def add(entries: Entries, name: bytes, before: int = FOR_GOOD) -> None:
    """Put a hash among entries; of one that is there twice the later time counts."""
    entries[name[:STORED_BYTES]] = max(before, entries.get(name[:STORED_BYTES], 0))


def changed(base: RevocationList, gone: RevocationList, come: RevocationList) -> Iterator[bytes | memoryview]:
    """Write the list that `base` becomes without what is `gone` and with what has `come`; raises TooManyError."""
    parts: list[_Part] = []
    for kind in KINDS:
        old, less, more = (one.sections.get(kind) for one in (base, gone, come))
        if less is None and more is None:
            parts += (
                [] if old is None else [_Part(kind, old.prefix, old.starts(), [old.view[old.entries_at : old.end]])]
            )
            continue
        removed = set() if less is None else {name for name, _ in less}
        added = {} if more is None else dict(more)
        part = _section(kind, old, removed, added)
        parts += [] if part is None else [part]
    return _file(parts)


def _section(kind: NameKind, old: Section | None, removed: set[bytes], added: Entries) -> _Part | None:
    """Change one section: bucket by bucket where the index stays as fine as it was, else from its entries."""
    if old is not None:
        fresh = _buckets(old, removed, added)
        starts = _counted(old, fresh)
        if starts[-1] and prefix_of(starts[-1]) == old.prefix:
            return _Part(kind, old.prefix, starts, _runs(old, fresh))
    entries = {} if old is None else {name: time for name, time in old if name not in removed}
    entries |= added
    return _part(kind, entries) if entries else None


def _buckets(old: Section, removed: set[bytes], added: Entries) -> dict[int, bytes]:
    """Make anew the buckets in which something changes."""
    touched = {int.from_bytes(name[: old.prefix]) for name in (*removed, *added)}
    coming: dict[int, Entries] = {}
    for name, time in added.items():
        coming.setdefault(int.from_bytes(name[: old.prefix]), {})[name] = time
    fresh = {}
    for number in touched:
        kept = {name: time for name, time in old.split(number) if name not in removed}
        now = kept | coming.get(number, {})
        fresh[number] = b"".join(_spelled(old.kind, old.prefix, sorted(now), now))
    return fresh


def _counted(old: Section, fresh: Mapping[int, bytes]) -> array[int]:
    """Make the index of what the buckets will hold."""
    starts = old.starts()
    sizes = [after - before for before, after in pairwise(starts)]
    for number, data in fresh.items():
        sizes[number] = len(data) // old.width
    return _index(sizes)


def _index(sizes: list[int]) -> array[int]:
    """Make an index; raises TooManyError."""
    if max(sizes) > MOST_IN_A_BUCKET:
        raise TooManyError
    return array("I", accumulate(sizes, initial=0))


def _runs(old: Section, fresh: Mapping[int, bytes]) -> Iterator[bytes | memoryview]:
    """Give the entries: what is made anew, and between that the old ones as they lie there."""
    starts, after = old.starts(), 0
    for number in sorted(fresh):
        yield old.view[old.entries_at + starts[after] * old.width : old.entries_at + starts[number] * old.width]
        yield fresh[number]
        after = number + 1
    yield old.view[old.entries_at + starts[after] * old.width : old.end]


def _part(kind: NameKind, entries: Entries) -> _Part:
    """Make a section of entries in any order; raises TooManyError."""
    prefix, names = prefix_of(len(entries)), sorted(entries)
    leads = (number.to_bytes(prefix) if prefix else b"" for number in range(1 << 8 * prefix))
    starts = [bisect_left(names, lead) for lead in leads]
    sizes = [after - before for before, after in pairwise([*starts, len(names)])]
    return _Part(kind, prefix, _index(sizes), _spelled(kind, prefix, names, entries))


def _spelled(kind: NameKind, prefix: int, names: list[bytes], entries: Entries) -> Iterator[bytes]:
    """Spell entries whose names are in order, without what the index stands for."""
    if kind is NameKind.SHC_RID:
        return (name[prefix:] + entries[name].to_bytes(TIME_BYTES) for name in names)
    return (name[prefix:] for name in names)


def _file(parts: list[_Part]) -> Iterator[bytes | memoryview]:
    """Put a list together, its own digest at the end."""
    digest = hashlib.sha256()
    head = [HEAD.pack(MAGIC, len(parts), 0)]
    for part in parts:
        width = width_of(part.kind, part.prefix)
        head.append(SECTION.pack(KINDS.index(part.kind) + 1, part.prefix, width, 0, part.starts[-1]))
    for piece in (*head, *(piece for part in parts for piece in _written(part))):
        digest.update(piece)
        yield piece
    yield digest.digest()


def _written(part: _Part) -> Iterator[bytes | memoryview]:
    """Give a section's index and its entries, many of them at once."""
    yield struct.pack(f">{len(part.starts)}I", *part.starts)
    waiting, length = [], 0
    for piece in part.pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= _CUT_BYTES:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


EMPTY: Final = build({})
"""The list on which nothing is."""


def empty() -> RevocationList:
    """Open the list on which nothing is."""
    found = open_list(EMPTY)
    if found is None:  # pragma: no cover  what was just written can be read
        raise AssertionError
    return found
