"""Documents whose body is a blob: one is fetched at a time, others wait, what was given up is let be for a while.

It decides when a blob is fetched and when that ends; whether its document counts is asked of `acceptance.py`. It
belongs to the library's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.control import manifest, partial, revocation_files
from firmware.control.desired import Turned
from firmware.control.manifest import Blob
from firmware.control.wanted import Waiting, Wanted, place
from firmware.signed.envelope import EnvelopeRefusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.desired import Held, Refusal
    from firmware.control.fetcher import Fetcher
    from firmware.control.reports import Reports
    from firmware.control.shelf import Shelf
    from firmware.records.heard import Heard
    from firmware.signed.envelope import Kind


class Blobs:
    """The way of what is too long for one message; `connection` numbers the one by which it comes."""

    def __init__(
        self,
        shelf: Shelf,
        fetcher: Fetcher,
        reports: Reports,
        *,
        accept: Callable[[Held, str | None], None],
        refuse: Callable[[Kind, str | None, Held | None, Refusal], None],
        show: Callable[[Kind], None],
    ) -> None:
        """Take the parts; `accept` goes on with what is whole, `refuse` with what is not worth it, `show` reports."""
        self.connection = 0
        self._shelf, self._fetcher, self._reports = shelf, fetcher, reports
        self._accept, self._refuse, self._show = accept, refuse, show
        self._waiting = Waiting()
        self._told_percent: int | None = None
        self._fetching: Blob | None = None

    def turn(self, now_ms: int, *, connected: bool) -> None:
        """Ask for what is due, and say how far it is; raises OSError."""
        if self._fetcher.stuck:
            self._without_delta(now_ms)
        self._fetcher.go_on(now_ms, connected=connected)
        if self._fetcher.held is not None and self._fetcher.percent != self._told_percent:
            kind = self._fetcher.held.document.kind
            self._told_percent = self._fetcher.percent
            self._reports.pending(kind, self._fetcher.held.document.version, self._told_percent)
            self._show(kind)

    def piece(self, heard: Heard, now_ms: int) -> None:
        """Take a piece in; raises OSError."""
        self._fetched(self._fetcher.take(heard, now_ms), now_ms)

    def fail(self, why: Turned, now_ms: int) -> None:
        """End what is being fetched for want of a disk, or by a bug."""
        if self._fetcher.held is not None:
            self._give_up(self._fetcher.held, self._fetcher.source, why, now_ms)

    def tidy(self) -> None:
        """Remove blobs that nothing stands on any more."""
        if self._fetcher.held is None:
            partial.tidy(self._shelf.folder, self.needed())

    def needed(self) -> frozenset[str]:
        """Name the blobs (SHA-256, hex) that are kept, or waited for behind another one."""
        return self._shelf.blobs() | self._waiting.blobs()

    def look_for(self, held: Held, source: str | None, now_ms: int) -> None:
        """Fetch what a manifest names, unless it is here already, or was given up and is not sent anew."""
        kind = held.document.kind
        blob = manifest.wanted(held.document.body, kind)
        if isinstance(blob, Turned):
            self._refuse(kind, source, held, blob)
            return
        if self._waiting.let_be(held, now_ms, self.connection):
            return
        busy = self._fetcher.held
        if partial.is_whole(self._shelf.folder, blob):
            self._accept(held, source)
        elif self._waiting.overtaken(held, busy):
            self._refuse(kind, source, held, EnvelopeRefusal.ROLLED_BACK)
        elif busy is not None and place(busy) != place(held):
            self._waiting.put(Wanted(held, revocation_files.shortest(held, self._shelf.folder, blob), source))
            self._reports.pending(kind, held.document.version, 0)
            self._reports.settled(kind, source)
            self._show(kind)
        elif busy is None or busy.floor != held.floor:
            self._fetch(Wanted(held, revocation_files.shortest(held, self._shelf.folder, blob), source), now_ms)

    def _fetch(self, wanted: Wanted, now_ms: int) -> None:
        """Begin to fetch a blob, or go on where an earlier run ended."""
        held, source, self._fetching = wanted.held, wanted.source, wanted.blob
        why = self._fetcher.begin(held, wanted.blob, source, self.needed())
        if why is not None:
            self._give_up(held, source, why, now_ms)
            return
        self._reports.settled(held.document.kind, source)
        self._told_percent = None
        self._fetched(self._fetcher.finish(), now_ms)

    def _fetched(self, ended: Turned | bool, now_ms: int) -> None:  # noqa: FBT001  the fetcher's own answer
        """Go on when a blob is whole, or is not worth going on for."""
        held, source = self._fetcher.held, self._fetcher.source
        if ended is False or held is None or (not self._whole(held, ended) and self._without_delta(now_ms)):
            return
        if isinstance(ended, Turned):
            self._give_up(held, source, ended, now_ms)
            return
        self._fetcher.stop()
        self._reports.arrived(held.document.kind)
        self._accept(held, source)
        self._next(now_ms)

    def _whole(self, held: Held, ended: Turned | bool) -> bool:  # noqa: FBT001  the fetcher's own answer
        """Say whether a blob is whole now; if a delta has come, make it. Raises OSError."""
        blob = manifest.read(held.document.body)
        if self._fetching is None or not isinstance(blob, Blob) or blob == self._fetching:
            return ended is True
        made = ended is True and revocation_files.bridged(self._shelf.folder, blob, self._fetching)
        self._fetcher.counts["deltas_applied" if made else "deltas_failed"] += 1
        return made

    def _without_delta(self, now_ms: int) -> bool:
        """Fetch all of a list whose delta makes none, or does not come; false if that was none. Raises OSError."""
        held, source = self._fetcher.held, self._fetcher.source
        blob = None if held is None else manifest.read(held.document.body)
        if held is None or not isinstance(blob, Blob) or blob == self._fetching:
            return False
        self._fetch(Wanted(held, blob, source), now_ms)
        return True

    def _give_up(self, held: Held, source: str | None, why: Turned, now_ms: int) -> None:
        """Stop fetching and report it; what has come stays for the next attempt."""
        self._fetcher.stop()
        self._reports.arrived(held.document.kind)
        self._waiting.give_up(held, now_ms, self.connection)
        self._refuse(held.document.kind, source, held, why)
        self._next(now_ms)

    def _next(self, now_ms: int) -> None:
        """Begin with the next blob that waits; one that the disk does not take makes room for the one after it."""
        if (wanted := self._waiting.take()) is not None:
            try:
                self._fetch(wanted, now_ms)
            except OSError:
                self._give_up(wanted.held, wanted.source, Turned.STORAGE, now_ms)
