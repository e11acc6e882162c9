"""A list of revoked passes, read where it lies: in a map of a file, of which one look-up touches a page or two.

It is pure: a buffer comes in, and nothing is copied but the few entries among which one is looked for. What is no list
is refused whole; nothing is raised for any bytes. Who signed it, and whether all of it is whole, is asked elsewhere.

The file, numbers big-endian: `GAPREV01`, sections (u32), zero (u32); of each section kind (u8), prefix (u8), width
(u8), zero (u8), entries (u32); then the sections; last SHA-256 of all before. A section is an index, for each value of
the first `prefix` bytes of a hash the number of its first entry (u32, and one more for the end), and the entries in
order: the rest of the hash's first 8 bytes, and in `shc_rid` 5 bytes of time.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from dataclasses import dataclass
from operator import sub
from typing import TYPE_CHECKING, Final

from firmware.trust.revocation_ids import NameKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC: Final = b"GAPREV01"
HEAD: Final = struct.Struct(">8sII")
SECTION: Final = struct.Struct(">BBBBI")
DIGEST_BYTES: Final = 32
STORED_BYTES: Final = 8
"""What is compared of a hash: 8 bytes, of which the index stands for the first `prefix`."""

TIME_BYTES: Final = 5
FOR_GOOD: Final = (1 << 8 * TIME_BYTES) - 1
"""The time of an entry that revokes whatever was issued under its name, whenever that was."""

MOST_IN_A_BUCKET: Final = 4096
"""Hashes spread evenly: eleven million make buckets of 170. A look-up never has to search more than this."""

KINDS: Final = tuple(NameKind)
"""In the order of their numbers, which begin with 1."""

_INDEX_ENTRY: Final = struct.Struct(">II")
_MANY, _SOME = 1 << 14, 1 << 6


def prefix_of(entries: int) -> int:
    """Say how many bytes of a hash the index stands for: one content makes one file, to the byte."""
    return 2 if entries >= _MANY else 1 if entries >= _SOME else 0


def width_of(kind: NameKind, prefix: int) -> int:
    """Say how long an entry is."""
    return STORED_BYTES - prefix + (TIME_BYTES if kind is NameKind.SHC_RID else 0)


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one kind, in a buffer from `index_at` on."""

    view: memoryview
    kind: NameKind
    entries: int
    prefix: int
    width: int
    index_at: int

    @property
    def entries_at(self) -> int:
        """Where the first entry is."""
        return self.index_at + 4 * ((1 << 8 * self.prefix) + 1)

    @property
    def end(self) -> int:
        """Where the section ends."""
        return self.entries_at + self.entries * self.width

    def starts(self) -> array[int]:
        """Read the index: the number of the first entry of each bucket, and of all of them."""
        found = array("I", bytes(self.view[self.index_at : self.entries_at]))
        if struct.pack("=H", 1) != struct.pack(">H", 1):
            found.byteswap()
        return found

    def bucket(self, number: int) -> bytes:
        """Read the entries that begin with a prefix."""
        begin, end = _INDEX_ENTRY.unpack_from(self.view, self.index_at + 4 * number)
        return bytes(self.view[self.entries_at + begin * self.width : self.entries_at + end * self.width])

    def find(self, name: bytes) -> int | None:
        """Look a hash up, and answer before which second (Unix) what it names was issued if it is revoked."""
        rest = name[self.prefix : STORED_BYTES]
        data = self.bucket(int.from_bytes(name[: self.prefix]))
        at = data.find(rest)
        while at >= 0 and at % self.width:
            at = data.find(rest, at + 1)
        if at < 0:
            return None
        time = data[at + len(rest) : at + self.width]
        return int.from_bytes(time) if time else FOR_GOOD

    def sound(self) -> bool:
        """Say whether the index leads to all entries, in order, and to few enough at once."""
        starts = self.starts()
        if starts[0] or starts[-1] != self.entries:
            return False
        sizes = array("q", map(sub, starts[1:], starts))
        least, most = min(sizes), max(sizes)
        return bool(least >= 0 and most <= MOST_IN_A_BUCKET)

    def split(self, number: int) -> Iterator[tuple[bytes, int]]:
        """Read the entries of one bucket: the 8 bytes of each, and its time."""
        lead = number.to_bytes(self.prefix) if self.prefix else b""
        data, rest = self.bucket(number), STORED_BYTES - self.prefix
        for at in range(0, len(data), self.width):
            time = data[at + rest : at + self.width]
            yield lead + data[at : at + rest], int.from_bytes(time) if time else FOR_GOOD

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Go through all entries in their order."""
        for number in range(1 << 8 * self.prefix):
            yield from self.split(number)


@dataclass(frozen=True, slots=True, eq=False)
class RevocationList:
    """A list that can be asked; it keeps its buffer as long as anybody holds the list."""

    view: memoryview
    sections: dict[NameKind, Section]

    @property
    def entries(self) -> int:
        """How many there are."""
        return sum(section.entries for section in self.sections.values())

    @property
    def false_hit_rate(self) -> float:
        """How likely one name that is on no list is found here all the same: 64 bits of a hash are compared."""
        most = max((section.entries for section in self.sections.values()), default=0)
        return most / float(1 << 8 * STORED_BYTES)

    def revoked(self, names: Iterable[tuple[str, bytes]], issued: int) -> str | None:
        """Say by which kind of name a pass that was issued then (Unix s) is revoked; None if by none of them.

        Raises ValueError for a kind that no list can have: that pass cannot be judged.
        """
        for kind, name in names:
            section = self.sections.get(NameKind(kind))
            if section is None:
                continue
            before = section.find(name)
            if before is not None and (before == FOR_GOOD or issued < before):
                return kind
        return None

    def undamaged(self) -> bool:
        """Say whether its own digest still agrees; reads all of it."""
        return hashlib.sha256(self.view[:-DIGEST_BYTES]).digest() == self.view[-DIGEST_BYTES:]


def open_list(buffer: memoryview | bytes) -> RevocationList | None:
    """Read the frame of a list and its indexes; None if that is none. The entries themselves are not looked at."""
    view = memoryview(buffer).toreadonly()
    if len(view) < HEAD.size + DIGEST_BYTES:
        return None
    magic, count, zero = HEAD.unpack_from(view)
    at = HEAD.size + count * SECTION.size
    if magic != MAGIC or zero or count > len(KINDS) or at + DIGEST_BYTES > len(view):
        return None
    sections: dict[NameKind, Section] = {}
    last = 0
    for number in range(count):
        kind, prefix, width, zero, entries = SECTION.unpack_from(view, HEAD.size + number * SECTION.size)
        if zero or not last < kind <= len(KINDS) or not entries or prefix != prefix_of(entries):
            return None
        section = Section(view, KINDS[kind - 1], entries, prefix, width, at)
        at, last = section.end, kind
        if width != width_of(section.kind, prefix) or at + DIGEST_BYTES > len(view) or not section.sound():
            return None
        sections[section.kind] = section
    return RevocationList(view, sections) if at + DIGEST_BYTES == len(view) else None
