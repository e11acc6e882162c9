"""The one queue into the controller: other threads put events in, only the controller takes them out.

What a reader delivers is bounded and dropped when the controller is behind; what is about the door itself (a
commit, a button, the stop) is never dropped and never blocks the thread that brings it.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Final

from firmware.events import (
    ClockChanged,
    CodesPresented,
    CommandArrived,
    Contact,
    ContactChanged,
    Event,
    HistorySent,
    LeafHeard,
    Level,
    LinkChanged,
    ListsChanged,
    MessageRefused,
    OutputChecked,
    Posture,
    PostureCommanded,
    PostureKept,
    ReaderBeat,
    ReaderLost,
    RecordCommitted,
    Stopped,
    UsesRead,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_WAITING: Final = 64
"""Reader messages that may wait; at 10 frames a second the controller is then seconds behind."""


MAX_BEFORE_COMMAND: Final = 8
"""A command that finds more than this waiting is dropped: whoever floods the broker must not take a reader's place."""

MAX_BEFORE_RETAINED: Final = 4
"""The same for one that lay at the broker, which never counts: those of a whole connection come before the first order
of somebody who is there, and must leave a place for it."""


class Inbox:
    """A FIFO of events that implements `hw.ports.ScanSink` and the callbacks of the other edges."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Begin empty; `now_ms` reads the controller's own clock, by which it knows how long a scan has waited."""
        self._now_ms = now_ms
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return self._queue.qsize()

    def take(self, timeout_s: float) -> Event | None:
        """Wait for the next event at most `timeout_s`; None if there is none."""
        try:
            return self._queue.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None

    def scanned(self, reader: str, codes: tuple[bytes, ...]) -> None:
        """Take in what a reader saw."""
        self._offer(CodesPresented(reader, codes, self._now_ms()))

    def beat(self, reader: str, values: dict[str, int]) -> None:
        """Take in a reader's heartbeat."""
        self._offer(ReaderBeat(reader, tuple(sorted(values.items()))))

    def lost(self, reader: str) -> None:
        """Take in that a reader is gone."""
        self._queue.put(ReaderLost(reader))

    def refused(self, reader: str, cause: str, detail: str = "") -> None:
        """Take in that a message was refused."""
        self._offer(MessageRefused(reader, cause, detail))

    def committed(self, token: int) -> None:
        """Take in that a record is on disk."""
        self._queue.put(RecordCommitted(token))

    def uses_read(self, uses: Mapping[str, tuple[int, int]], since: int, obeyed: Mapping[str, int]) -> None:
        """Take in what a journal remembers that could not be opened at the start."""
        self._queue.put(UsesRead(tuple((name, *use) for name, use in uses.items()), since, tuple(obeyed.items())))

    def output_checked(self, output: str, works: bool) -> None:  # noqa: FBT001  the signature of the journal's callback
        """Take in that something the gate writes to works, or no longer does."""
        self._queue.put(OutputChecked(output, works))

    def contact_changed(self, contact: Contact, level: str) -> None:
        """Take in how a contact reads now."""
        self._queue.put(ContactChanged(contact, Level(level)))

    def posture_commanded(self, posture: Posture | None, until_ms: int | None) -> None:
        """Take in what somebody entitled wants of the door."""
        self._queue.put(PostureCommanded(posture, until_ms))

    def link_changed(self, up: bool) -> None:  # noqa: FBT001  the signature of the link's callback
        """Take in that the broker came or went."""
        self._queue.put(LinkChanged(up))

    def commanded(self, command: CommandArrived) -> None:
        """Take in what the broker brought, unless something more urgent may be waiting."""
        self._offer(command, MAX_BEFORE_RETAINED if command.retained else MAX_BEFORE_COMMAND)

    def history_sent(self, command: str, rows: int, state: str) -> None:
        """Take in how far the link is with what a command asked for."""
        self._queue.put(HistorySent(command, rows, state))

    def posture_kept(self, works: bool) -> None:  # noqa: FBT001  the signature of the keeper's callback
        """Take in whether a posture is kept for the next start."""
        self._queue.put(PostureKept(works))

    def lists_changed(self) -> None:
        """Take in that another list is in force."""
        self._queue.put(ListsChanged())

    def clock_changed(self, changed: ClockChanged) -> None:
        """Take in what is to be written down of the clocks; the timekeeper bounds how much that is."""
        self._queue.put(changed)

    def leaf_heard(self, heard: LeafHeard) -> None:
        """Take in what another gate of the area says, unless much is waiting: it will say more."""
        self._offer(heard, MAX_WAITING // 2)

    def stop(self) -> None:
        """Ask the controller to end."""
        self._queue.put(Stopped())

    def _offer(self, event: Event, most: int = MAX_WAITING) -> None:
        """Put what a reader or the broker brings in unless too many wait."""
        if self._queue.qsize() >= most:
            self.dropped += 1
            return
        self._queue.put(event)
