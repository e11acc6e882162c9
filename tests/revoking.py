"""Lists of revoked passes for tests: of made-up names that are the same every time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from firmware.trust import revocation_writing
from firmware.trust.revocation import FOR_GOOD, RevocationList, open_list
from firmware.trust.revocation_delta import between
from firmware.trust.revocation_ids import NameKind

if TYPE_CHECKING:
    from collections.abc import Iterable


def name(number: int) -> bytes:
    """Make up a hash of 16 bytes."""
    return hashlib.sha256(str(number).encode()).digest()[:16]


def entries(numbers: Iterable[int], before: int = FOR_GOOD) -> dict[bytes, int]:
    """Make up entries, which revoke what was issued before a second (Unix)."""
    found: dict[bytes, int] = {}
    for number in numbers:
        revocation_writing.add(found, name(number), before)
    return found


def listed(numbers: Iterable[int], *names: bytes) -> bytes:
    """Write a list of passes of our own: made-up names, and those given."""
    found = entries(numbers)
    for one in names:
        revocation_writing.add(found, one)
    return revocation_writing.build({NameKind.CTI: found})


def read(data: bytes) -> RevocationList:
    """Read a list that is one."""
    found = open_list(data)
    assert found is not None
    return found


def delta_of(base: bytes, result: bytes) -> bytes:
    """Write what changes one list into another."""
    digests = (hashlib.sha256(base).digest(), hashlib.sha256(result).digest())
    return between(read(base), read(result), digests)
