"""The chain of the journal: what a record's hash covers, and the words in which the journal tells what it let go of.

Pure. It decides which bytes are hashed and signed, for whoever writes a journal and whoever proves one. A body enters
the chain only as a commitment under a salt of its own: body and salt can be erased and the chain still holds, and
without the salt nobody can try out what the body was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.events import Instant

CHECKPOINT_AAD: Final = b"gapura:journal:checkpoint:1"
"""The purpose for which a gate signs a checkpoint; no other message of its key can be taken for one."""

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
_START: Final = "gapura:journal:2"


@dataclass(frozen=True, slots=True)
class Header:
    """What stays of a record for good: all but its body, of which it holds the commitment.

    `boot` names the run of the kernel that `at.ms` counts from; `grant` is the grant it began or ended, if any.
    """

    seq: int
    kind: str
    boot: str
    at: Instant
    grant: str | None
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with its body."""

    header: Header
    hash: bytes
    salt: bytes
    body: str


@dataclass(frozen=True, slots=True)
class Erased:
    """A record without its body; number `gap` tells that it is gone."""

    header: Header
    hash: bytes
    gap: int


@dataclass(frozen=True, slots=True)
class Span:
    """Records of which only the hash after the last is left; number `gap` tells that they are gone."""

    first: int
    last: int
    hash: bytes
    gap: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """A place that holds no record."""

    seq: int


Entry = Kept | Erased | Span | Malformed


Runs = list[tuple[int, int]]
"""Numbers as ranges, both ends included, rising and apart."""


def commitment(salt: bytes, body: str) -> bytes:
    """Commit to the exact text of a body: SHA-256 over the salt and the text."""
    return hashlib.sha256(salt + body.encode()).digest()


def start(gate: str, epoch: str) -> bytes:
    """Give the hash before the first record of an epoch."""
    return hashlib.sha256(_canonical([_START, gate, epoch])).digest()


def follow(previous: bytes, gate: str, epoch: str, header: Header) -> bytes:
    """Give the hash after a record: SHA-256 over the hash before it and its header, a JSON array without blanks."""
    at = header.at
    when = [at.ms, at.earliest, at.latest, at.source]
    what = [gate, epoch, header.seq, header.kind, header.boot, *when, header.grant, header.commitment.hex()]
    return hashlib.sha256(previous + _canonical(what)).digest()


def checkpoint(gate: str, epoch: str, seq: int, hashed: bytes) -> bytes:
    """Word what a gate signs: that the chain of this epoch, up to and with this number, has this hash."""
    return json.dumps(
        {"gate": gate, "epoch": epoch, "seq": seq, "hash": hashed.hex()}, sort_keys=True, separators=(",", ":")
    ).encode()


def extend(runs: Runs, first: int, last: int) -> None:
    """Add a range that begins after all others."""
    if runs and runs[-1][1] + 1 == first:
        runs[-1] = (runs[-1][0], last)
    else:
        runs.append((first, last))


def runs_of(numbers: Iterable[int]) -> Runs:
    """Put rising numbers together to ranges."""
    runs: Runs = []
    for number in numbers:
        extend(runs, number, number)
    return runs


def digest(runs: Runs) -> str:
    """Name a set of numbers, so that a `gap` record tells exactly which ones are gone (hex)."""
    return hashlib.sha256(",".join(f"{first}-{last}" for first, last in runs).encode()).hexdigest()


def _canonical(values: list[object]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()
