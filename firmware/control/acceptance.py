"""Accepting documents: judged, kept, put in force, reported; all in the library's thread.

What is not accepted changes nothing at all; the old one stays in force. It commands nothing: the controller takes new
lists when it is told that there are some, and a new configuration waits for the next start.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from firmware.control import manifest, revocation_files
from firmware.control.blobs import Blobs
from firmware.control.desired import KINDS, Held, Turned, judge, read
from firmware.control.documents import MAX_FILE_BYTES
from firmware.control.ruled import ruling_of
from firmware.control.standing import makes_sense
from firmware.signed.envelope import EnvelopeRefusal, Kind
from firmware.signed.words import way

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.again import Again
    from firmware.control.desired import Refusal, Whose
    from firmware.control.fetcher import Fetcher
    from firmware.control.keyring import KeyRing
    from firmware.control.proposing import Proposing
    from firmware.control.reports import Reports
    from firmware.control.ruled import Ruled
    from firmware.control.shelf import Shelf
    from firmware.control.updates import Updates
    from firmware.events import Instant
    from firmware.records.heard import Heard

log = logging.getLogger(__name__)


class Acceptance:
    """The way of a document from the broker to the shelf; `blobs` and `updates` are those that take longer."""

    def __init__(
        self,
        whose: Whose,
        shelf: Shelf,
        fetcher: Fetcher,
        reports: Reports,
        proposing: Proposing,
        *,
        updates: Updates,
        keyring: KeyRing,
        again: Again,
        ruled: Ruled,
        in_force: Callable[[Kind], Held | None],
        accepted: Callable[[Kind], object],
    ) -> None:
        """Take the parts; `accepted` puts what is on the shelf in force, `in_force` says what is."""
        self.counts: Counter[str] = Counter()
        self._whose, self._shelf, self._reports = whose, shelf, reports
        self._proposing, self.updates, self._keyring = proposing, updates, keyring
        self._again, self._ruled = again, ruled
        self._in_force, self._accepted = in_force, accepted
        self.blobs = Blobs(shelf, fetcher, reports, accept=self._accept, refuse=self.refuse, show=self._report)

    def begin(self) -> None:
        """Raise the floors to what is in force, and report it; raises OSError."""
        if self._shelf.lost:
            self.counts["floors_lost"] += 1
            log.error("the floors of documents cannot be read; they are made again of what is kept")
        self._proposing.begin()
        self.updates.begin(self._whose, self._shelf.held(Kind.UPDATE))
        if revocation_files.discarded(self._in_force(Kind.REVOCATIONS), self._shelf.folder):
            self.counts["revocations_damaged"] += 1
            self._accepted(Kind.REVOCATIONS)
        for kind in KINDS:
            self._report(kind)
        for held in filter(None, map(self._in_force, KINDS)):
            self._shelf.raise_floor(held)
        for said in self._ruled.said:  # what was brought as a file stays, though the file goes
            if self._shelf.admits(said.held):
                self._shelf.accept(said.held)
        self._shelf.mend()

    def desired(self, heard: Heard, now: Instant) -> None:
        """Judge one document and go on with it as far as it comes; raises OSError."""
        kind, source = Kind(heard.name), heard.group
        self._again.heard(kind, source)
        if not heard.data:
            self._reports.settled(kind, source)
            self._report(kind)
            return
        self.counts["heard"] += 1
        if kind is Kind.AUTHORITY:
            self._led(heard.data, now)
        held = read(heard.data, kind, self._whose)
        if not isinstance(held, Held):
            self.refuse(kind, source, None, held, heard.data)
            return
        why = judge(held, self._shelf.floor(kind, held.scope), self._whose, now)
        if why is not None:
            self.refuse(kind, source, held, why)
        elif self._kept(held, now):
            self._settled(kind, source)
        elif kind is Kind.KEYS:
            self._take_keys(held, source, now)
        elif kind is Kind.CONFIG:
            self._configure(held, source)
        elif kind is Kind.UPDATE:
            self._update(held, source)
        elif manifest.is_manifest(held.document.body):
            self.blobs.look_for(held, source, now.ms)
        else:
            self._accept(held, source)

    def _configure(self, held: Held, source: str | None) -> None:
        """Let a configuration be tried, or keep one that changes nothing here.

        A narrower document outranks it, or it takes back what its scope never said.
        """
        if self._proposing.busy(held):
            self._again.later(Kind.CONFIG, source)
            return
        current = self._in_force(Kind.CONFIG)
        idle = current is not None and self._whose.outranks(current, held)
        idle = idle or (held.withdrawn and (current is None or current.scope != held.scope))
        why = self._proposing.fits(held) if idle else self._proposing.propose(held, source)
        if why is not None:
            self.refuse(Kind.CONFIG, source, held, why)
        elif idle:
            self._keep(held)
            self._settled(Kind.CONFIG, source)
        else:
            self._report(Kind.CONFIG)

    def _update(self, held: Held, source: str | None) -> None:
        """Let another release be brought here; an order for the one that runs is kept as it is."""
        if self.updates.runs(held):
            self._keep(held)
            self._settled(Kind.UPDATE, source)
        elif (why := self.updates.propose(held, source)) is not None:
            self.refuse(Kind.UPDATE, source, held, why)
        else:
            self._report(Kind.UPDATE)

    def turn(self, now: Instant, *, connected: bool) -> None:
        """Do what is due by time; raises OSError."""
        if connected:
            self._again.turn(now.ms)
        self.blobs.turn(now.ms, connected=connected)
        if (good := self._proposing.turn(now.ms, connected=connected)) is not None:
            self._keep(good)
            self._proposing.kept(good)
            self._report(Kind.CONFIG)
        elif self._proposing.news:
            self._report(Kind.CONFIG)
        if (ran := self.updates.turn(now, connected=connected)) is not None:
            self._keep(ran)
            self.updates.kept(ran)
            self._report(Kind.UPDATE)
        elif self.updates.news:
            self._report(Kind.UPDATE)

    def refuse(self, kind: Kind, source: str | None, held: Held | None, why: Refusal, data: bytes = b"") -> None:
        """Turn a document down: counted, said, reported, and asked for again if that may help."""
        self.counts.update(("refused", f"refused_{why}"))
        self._again.refused(kind, source, why)
        version, data = (None, data) if held is None else (held.document.version, held.data)
        self._reports.refused(kind, source, version, why, data)
        self._report(kind)

    def fail(self, heard: Heard | None, why: Turned, now_ms: int) -> None:
        """End what could not be done for want of a disk, or by a bug; what is in force stays."""
        if heard is not None and heard.channel == "doc":
            self.refuse(Kind(heard.name), heard.group, None, why, heard.data)
        else:
            self.blobs.fail(why, now_ms)

    def _kept(self, held: Held, now: Instant) -> bool:
        """Say whether a document is in force or on the shelf already."""
        kind = held.document.kind
        if kind is Kind.KEYS:
            return self._keyring.holds(held, now)
        ours = [*self._shelf.held(kind), *filter(None, [self._in_force(kind)])]
        same = any(one.floor == held.floor and one.scope == held.scope for one in ours)
        return same and (kind is not Kind.REVOCATIONS or self._reads(held))

    def _accept(self, held: Held, source: str | None) -> None:
        """Keep a document whose body makes sense, and put it in force; raises OSError.

        While its blob was on its way a newer one may have come in one piece.
        """
        kind = held.document.kind
        if not self._shelf.admits(held):
            self.refuse(kind, source, held, EnvelopeRefusal.ROLLED_BACK)
            return
        if not self._reads(held):
            self.refuse(kind, source, held, Turned.BAD_BODY)
            return
        self._keep(held)
        self._settled(kind, source)
        if kind is Kind.AUTHORITY:  # others may have fallen by it
            for other in KINDS:
                self._report(other)

    def _led(self, data: bytes, now: Instant) -> None:
        """Take the words that lead to a root's word, where this gate has not heard them: they stand in it."""
        for earlier in way(data[:MAX_FILE_BYTES])[:-1]:
            held = read(earlier, Kind.AUTHORITY, self._whose)
            if not isinstance(held, Held) or self._kept(held, now) or not self._reads(held):
                continue
            if judge(held, self._shelf.floor(Kind.AUTHORITY, held.scope), self._whose, now) is None:
                self._keep(held)

    def _reads(self, held: Held) -> bool:
        """Say whether a body means something to this gate."""
        if held.document.kind is Kind.AUTHORITY:
            return ruling_of(held) is not None
        return held.withdrawn or makes_sense(held, self._shelf.folder)

    def _take_keys(self, held: Held, source: str | None, now: Instant) -> None:
        """Take the keys of the day out of their document, which is not kept; raises OSError."""
        why = self._keyring.take(held, now)
        if why is not None:
            self.refuse(held.document.kind, source, held, why)
            return
        self._shelf.raise_floor(held)
        self._count(held)
        self._settled(held.document.kind, source)

    def _keep(self, held: Held) -> None:
        """Put a document on the shelf and let it count; raises OSError."""
        self._shelf.accept(held)
        self._count(held)

    def _count(self, held: Held) -> None:
        """Let what was taken count from now on."""
        kind = held.document.kind
        self.counts["accepted"] += 1
        self._accepted(kind)
        log.info("%s version %d for %s is accepted", kind, held.document.version, held.scope)
        self.blobs.tidy()

    def _settled(self, kind: Kind, source: str | None) -> None:
        self._reports.settled(kind, source)
        self._report(kind)

    def _report(self, kind: Kind) -> None:
        withdrawn = [] if kind is Kind.KEYS else [one for one in self._shelf.held(kind) if one.withdrawn]
        self._reports.show(kind, self._in_force(kind), max((one.document.version for one in withdrawn), default=None))
