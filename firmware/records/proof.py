"""Proving a journal: that its records are the ones that were written, all of them, and that what is gone was told.

Pure. It decides which record is the first that cannot be believed, and why. It takes entries in the order of their
numbers from whoever reads the file, and holds no more than one entry and the numbers that are gone.

What nobody can prove from a file alone: that its end was not cut off behind the last checkpoint that a gate signed, or
behind the newest hash that somebody else has kept (`expected`).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from firmware.records import chain
from firmware.records.chain import Entry, Erased, Kept, Malformed, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from firmware.signed.device import DeviceRefusal, Said


class Doubt(StrEnum):
    """Why a journal is not believed from a record on: a closed list of stable strings."""

    MALFORMED = "malformed"  # it cannot be read as a record
    MISSING = "missing"  # numbers before it are not there and nothing stands for them
    ORDER = "order"  # its number is there twice
    HEADER = "header"  # it does not follow from the record before it: it was altered, or what is before it
    BODY = "body"  # its body is not the one it was written with
    UNTOLD = "untold"  # it is gone and no gap record tells so
    TOLD_OTHERWISE = "told_otherwise"  # this gap record tells of other numbers than those that are gone
    CHECKPOINT = "checkpoint"  # this checkpoint is not of the chain before it
    SIGNATURE = "signature"  # this checkpoint's signature is not this gate's
    UNSIGNED = "unsigned"  # a CA was named, and nothing in the journal is signed
    EXPECTED = "expected"  # its hash is not the one that was seen elsewhere
    CUT = "cut"  # a record that was seen elsewhere is not there any more


@dataclass(frozen=True, slots=True)
class Bad:
    """The first record that is not believed (None for the file as a whole), and why."""

    seq: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of itself: whose it is, and after which number and hash it begins."""

    gate: str
    epoch: str
    seq: int
    hash: bytes


@dataclass(slots=True)
class Prover:
    """Takes entries one by one; `bad` is set with the first that is not believed, and the rest is not looked at.

    `expected` holds hashes by number that were seen elsewhere. `opened` opens what a device signed (the message of a
    checkpoint); without it signatures are not looked at and `signed_up_to` stays None.
    """

    claim: Claim
    expected: Mapping[int, bytes] = field(default_factory=dict)
    opened: Callable[[bytes], Said | DeviceRefusal] | None = None
    last: int = field(init=False)
    hash: bytes = field(init=False)
    records: int = 0
    erased: int = 0
    gaps: int = 0
    checkpoints: int = 0
    signed_up_to: int | None = None
    bad: Bad | None = None
    _gone: dict[int, chain.Runs] = field(default_factory=dict)
    _begins: str | None = None

    def __post_init__(self) -> None:
        """Begin where the file says that it begins."""
        self.last, self.hash = self.claim.seq, self.claim.hash

    def prove(self, entries: Iterable[Entry]) -> None:
        """Take all entries, then ask what only the end can tell."""
        self._compare()
        for entry in entries:
            doubt = self._take(entry) if self.bad is None else None
            if doubt is not None:
                self.bad = Bad(_number(entry), doubt)
            if self.bad is not None:
                return
        if self.bad is None:
            self._end()

    def _take(self, entry: Entry) -> Doubt | None:
        match entry:
            case Malformed():
                return Doubt.MALFORMED
            case Span(first, last, hashed, gap):
                doubt = self._place(first)
                self._lost(gap, first, last)
                self.hash = hashed
            case Erased(header, hashed, gap):
                doubt = self._place(header.seq) or self._follow(header, hashed)
                last = header.seq
                self._lost(gap, last, last)
            case Kept(header, hashed, salt, body):
                doubt = self._place(header.seq)
                if doubt is None and chain.commitment(salt, body) != header.commitment:
                    doubt = Doubt.BODY
                doubt = doubt or self._speak(header, body) or self._follow(header, hashed)
                last = header.seq
                self.records += 1
            case _:
                assert_never(entry)
        self.last = last
        if doubt is None:
            self._compare()
        return doubt

    def _place(self, seq: int) -> Doubt | None:
        if seq == self.last + 1:
            return None
        return Doubt.MISSING if seq > self.last else Doubt.ORDER

    def _follow(self, header: chain.Header, hashed: bytes) -> Doubt | None:
        self.hash = chain.follow(self.hash, self.claim.gate, self.claim.epoch, header)
        return None if self.hash == hashed else Doubt.HEADER

    def _lost(self, gap: int, first: int, last: int) -> None:
        chain.extend(self._gone.setdefault(gap, []), first, last)
        self.erased += last - first + 1

    def _speak(self, header: chain.Header, body: str) -> Doubt | None:
        """Hear what a record says of the chain before it."""
        if header.kind == "gap":
            self.gaps += 1
            return self._told(header.seq, _object(body))
        if header.kind == "checkpoint":
            self.checkpoints += 1
            return self._checkpoint(header.seq, _object(body))
        return None

    def _told(self, seq: int, body: dict[str, object]) -> Doubt | None:
        """Compare what a gap record tells with what is gone; what it told of may be forgotten with the beginning."""
        gone = self._gone.pop(seq, [])
        match body:
            case {"what": "headers", "last": int(last), "hash": str(hashed)}:
                self._begins = f"{last}:{hashed}"
            case {"what": "erased" | "retention", "last": int(last), "digest": str(digest)}:
                if not gone and last <= self.claim.seq:
                    return None
                return None if digest == chain.digest(gone) else Doubt.TOLD_OTHERWISE
            case _:
                pass
        return Doubt.TOLD_OTHERWISE if gone else None

    def _checkpoint(self, seq: int, body: dict[str, object]) -> Doubt | None:
        said = (body.get("seq"), body.get("hash"))
        if said != (seq - 1, self.hash.hex()):
            return Doubt.CHECKPOINT
        signed = body.get("signed")
        if self.opened is None or signed is None:
            return None
        found = self.opened(_bytes(signed))
        claim = self.claim
        payload = chain.checkpoint(claim.gate, claim.epoch, seq - 1, self.hash)
        if isinstance(found, StrEnum) or (found.gate, found.payload) != (claim.gate, payload):
            return Doubt.SIGNATURE
        self.signed_up_to = seq - 1
        return None

    def _compare(self) -> None:
        """Compare with a hash that was seen elsewhere."""
        wanted = self.expected.get(self.last)
        if wanted is not None and wanted != self.hash:
            self.bad = Bad(self.last, Doubt.EXPECTED)

    def _end(self) -> None:
        begins = None if self.claim.seq == 0 else f"{self.claim.seq}:{self.claim.hash.hex()}"
        untold = [runs[0][0] for runs in self._gone.values()]
        beyond = [seq for seq in self.expected if seq > self.last]
        if begins != self._begins:
            self.bad = Bad(self.claim.seq + 1, Doubt.UNTOLD)
        elif untold:
            self.bad = Bad(min(untold), Doubt.UNTOLD)
        elif beyond:
            self.bad = Bad(self.last + 1, Doubt.CUT)
        elif self.opened is not None and self.signed_up_to is None and self.last > 0:
            self.bad = Bad(self.last, Doubt.UNSIGNED)


def _number(entry: Entry) -> int:
    match entry:
        case Malformed(seq):
            return seq
        case Span(first):
            return first
        case Kept(header) | Erased(header):
            return header.seq
        case _:
            assert_never(entry)


def _object(body: str) -> dict[str, object]:
    """Read a body; one that is no object says nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _bytes(text: object) -> bytes:
    """Read the base64 of a signature; what is none opens as nothing."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return b""
