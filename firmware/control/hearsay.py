"""What is only to be known: heartbeats, lost readers, refused messages, what siblings count, uses of a late journal.

Nothing here opens a door. It belongs to the controller thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from firmware.events import LeafHeard, MessageRefused, ReaderBeat, ReaderLost, Use, UsesRead

if TYPE_CHECKING:
    from collections import Counter

    from firmware.control.attendance import Attendance
    from firmware.control.counting import Counting
    from firmware.events import Instant
    from firmware.rules.presence import Presence


Told = MessageRefused | ReaderBeat | ReaderLost | UsesRead | LeafHeard
"""What comes this way."""

FORGET_EVERY_MS: Final = 3_600_000


class Hearsay:
    """Takes such events in; `readers` has the last heartbeat of each reader that is there."""

    def __init__(
        self, attendance: Attendance, presence: Presence, counts: Counter[str], now_ms: int, counting: Counting
    ) -> None:
        """Take where it is noted."""
        self.readers: dict[str, dict[str, int]] = {}
        self._attendance = attendance
        self._presence = presence
        self._counts, self._counting = counts, counting
        self._forget_ms = now_ms + FORGET_EVERY_MS

    def take(self, event: Told, now: Instant) -> None:
        """Note it; of uses that come late the caller has to take back what was granted without them."""
        match event:
            case ReaderBeat(reader, values):
                self.readers[reader] = dict(values)
                self._attendance.heard(reader, now.ms)
            case ReaderLost(reader):
                self.readers.pop(reader, None)
                self._counts["readers_lost"] += 1
                self._attendance.lost(reader)
            case MessageRefused(_, cause):
                self._attendance.refused(event, now.ms)
                self._counts[f"refused_{cause}"] += 1
            case UsesRead(uses, since, _):
                self._presence.since = max(self._presence.since, since)
                for reference, entries, expires in uses:
                    self._presence.note(Use(reference, entries, expires))
                self._counting.woken()
            case LeafHeard():
                self._counting.hear(event, now)
            case _:
                assert_never(event)

    def forget(self, now: Instant) -> None:
        """Drop once an hour what is remembered of passes whose time is long over."""
        if now.ms >= self._forget_ms:
            self._forget_ms = now.ms + FORGET_EVERY_MS
            self._presence.forget_expired(now.earliest)
            self._counting.forget(now)
