"""What changes one list of revoked passes into the next: a few entries instead of tens of megabytes. Pure.

The file: `GAPREVD1`, the SHA-256 of the list it begins with, the SHA-256 of the list it makes, the length (u32,
big-endian) of what is gone; then what is gone and what has come, each a list itself. It is believed for what it makes:
a result of another digest is no result, and the whole list is fetched instead.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.trust.revocation import KINDS, RevocationList, Section, open_list
from firmware.trust.revocation_writing import Entries, build, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.trust.revocation_ids import NameKind

MAGIC: Final = b"GAPREVD1"
_HEAD: Final = struct.Struct(">8s32s32sI")


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """What is gone and what has come; `base` and `result` are SHA-256 digests of whole lists."""

    base: bytes
    result: bytes
    gone: RevocationList
    come: RevocationList

    def applied(self, base: RevocationList) -> Iterator[bytes | memoryview]:
        """Write the list that it makes of its base, in pieces; raises TooManyError."""
        return changed(base, self.gone, self.come)


def open_delta(buffer: memoryview | bytes) -> Delta | None:
    """Read one; None if this is none. Nothing is raised for any bytes."""
    view = memoryview(buffer).toreadonly()
    if len(view) < _HEAD.size:
        return None
    magic, base, result, length = _HEAD.unpack_from(view)
    if magic != MAGIC:
        return None
    gone, come = open_list(view[_HEAD.size : _HEAD.size + length]), open_list(view[_HEAD.size + length :])
    return None if gone is None or come is None else Delta(base, result, gone, come)


def between(base: RevocationList, result: RevocationList, digests: tuple[bytes, bytes]) -> bytes:
    """Write what changes one list into another; `digests` are the SHA-256 of their files. Raises TooManyError."""
    gone: dict[NameKind, Entries] = {}
    come: dict[NameKind, Entries] = {}
    for kind in KINDS:
        before, after = _differing(base.sections.get(kind), result.sections.get(kind))
        gone[kind] = {name: time for name, time in before.items() if name not in after}
        come[kind] = {name: time for name, time in after.items() if before.get(name) != time}
    removed = build(gone)
    return _HEAD.pack(MAGIC, *digests, len(removed)) + removed + build(come)


def _differing(one: Section | None, other: Section | None) -> tuple[Entries, Entries]:
    """Read the entries of those buckets that are not alike; of other sections all."""
    if one is None or other is None or one.prefix != other.prefix:
        return ({} if one is None else dict(one)), ({} if other is None else dict(other))
    before: Entries = {}
    after: Entries = {}
    for number in range(1 << 8 * one.prefix):
        if one.bucket(number) != other.bucket(number):
            before |= dict(one.split(number))
            after |= dict(other.split(number))
    return before, after
