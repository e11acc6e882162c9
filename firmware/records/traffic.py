"""What goes out on a connection, in which order: what holds now, then live records, then history.

It decides what is published next and what of the broker's answers is believed: only a success lets the journal forget.
It owns no socket and no thread; the link calls it on its own.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from firmware.records import wire
from firmware.records.client import Publication
from firmware.records.denial import Denial
from firmware.records.faults import SUCCESS_BELOW, LinkFault
from firmware.records.lines import boot_id
from firmware.records.outbox import Outbox
from firmware.records.postings import Post, Postings
from firmware.records.replay import MOST_WAITING, Outcome, Replay, Replayed, Replays
from firmware.records.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.callbacks import Answer
    from firmware.records.notices import Notices
    from firmware.records.row import RowSource
    from firmware.records.session import Session
    from firmware.records.settings import LinkSettings
    from firmware.records.tally import Tally

LATE_MS: Final = 10_000
"""A record older than this when it goes out is no live one any more."""


class Traffic:
    """The journal, the notices and the replays of one gate, as they take turns on its connection."""

    def __init__(
        self,
        settings: LinkSettings,
        journal: RowSource,
        notices: Notices,
        tally: Tally,
        jitter: Callable[[], float],
    ) -> None:
        """Begin without a connection."""
        first_ms, most_ms = settings.refused_first_ms, settings.backoff_most_ms
        self._journal = journal
        self._notices = notices
        self._tally = tally
        self._boot = boot_id()
        self._outbox = Outbox(settings.window, jitter, first_ms, most_ms)
        self.postings = Postings(first_ms, most_ms, jitter)
        self._replays = Replays()
        self._asked: deque[Replay] = deque()
        self._denial = Denial(journal.gate)

    def ask(self, replay: Replay) -> bool:
        """Take in a replay, from any thread; False if too many wait."""
        if len(self._asked) >= MOST_WAITING:
            return False
        self._asked.append(replay)
        return True

    def begin(self) -> None:
        """A connection begins: everything that holds is said again."""
        self._notices.take()
        self.postings.begin(self._notices.kept())

    def lost(self) -> None:
        """The connection ended: nothing is under way any more."""
        self._outbox.lost()
        self._replays.lost()

    def fill(self, session: Session) -> None:
        """Send what there is to say as far as there is room."""
        self._post(session)
        self._send_rows(session)
        self._replay(session)

    def _post(self, session: Session) -> None:
        now_ms = monotonic_ms()
        self.postings.put(self._notices.take(), now_ms)
        for post in self.postings.choose(now_ms, session.room):
            notice = post.notice
            session.publish(Publication(notice.topic, notice.payload, notice.kept, notice.expiry_s, item=post))

    def _send_rows(self, session: Session) -> None:
        window = session.window
        while limit := self._outbox.limit(window):
            now_ms = monotonic_ms()
            rows = self._journal.pending(0, limit, self._outbox.held(now_ms))
            chosen = self._outbox.choose(rows, now_ms, window)
            for row in chosen:
                session.publish(self._event(row, row, (("delivery", self._delivery(row)),)))
            if not chosen:
                return

    def _replay(self, session: Session) -> None:
        while self._asked:
            replay = self._asked.popleft()
            if not self._replays.add(replay):
                replay.told(0, Outcome.TURNED_DOWN)
        now_ms = monotonic_ms()
        if (wanted := self._replays.wanted(now_ms, session.room)) is None:
            return
        replay, limit = wanted
        rows = self._journal.rows(replay.epoch, replay.first, replay.last, limit)
        if rows is None:
            self._replays.postpone(now_ms)
            return
        for item in self._replays.choose(replay, rows, now_ms):
            session.publish(self._event(item.row, item, (("delivery", "replay"), ("replay", replay.name))))

    def answered(self, answers: list[Answer]) -> None:
        """Believe the reason code and nothing else."""
        published: list[Row] = []
        for answer in answers:
            taken = answer.code < SUCCESS_BELOW
            if not taken:
                self._tally.counts["refused"] += 1
                self._tally.counts[f"refused_{answer.code}"] += 1
                text = f"the broker answered {answer.code} to {answer.publication.topic}"
                self._tally.say(LinkFault.PUBLISH_REFUSED, text)
            match answer.publication.item:
                case Row() as row if taken:
                    self._outbox.delivered(row)
                    published.append(row)
                    self._judge(row.kind, taken=True)
                case Row() as row:
                    self._outbox.refused(row, monotonic_ms())
                    self._judge(row.kind, taken=False)
                case Post() as post:
                    self._tally.counts["noticed"] += taken
                    self.postings.answered(post, monotonic_ms(), taken=taken)
                case Replayed() as item:
                    self._tally.counts["replayed"] += taken
                    self._replays.answered(item, taken=taken)
                case None:
                    pass
        if published:
            self._tally.counts["published"] += len(published)
            self._journal.mark_acked(published)

    def _judge(self, kind: str, *, taken: bool) -> None:
        """Keep an alert at the broker for as long as it refuses events."""
        if taken and self._denial.taken(kind):
            self._notices.keep(self._denial.topic, b"")
        elif not taken and self._denial.refused(kind):
            self._notices.keep(self._denial.topic, self._denial.alert(self._boot, boottime_ms()))

    def wake_ms(self) -> int | None:
        """When something that waits is due next, or nothing."""
        times = (self._outbox.wake_ms(), self.postings.wake_ms(), self._replays.wake_ms())
        return min((each for each in times if each is not None), default=None)

    def _event(self, row: Row, item: Row | Replayed, marks: tuple[tuple[str, str], ...]) -> Publication:
        gate = self._journal.gate
        payload = wire.dump(wire.cloud_event(gate, row))
        topic = wire.event_topic(gate, row.kind)
        return Publication(topic, payload, retained=False, event=True, marks=marks, item=item)

    def _delivery(self, row: Row) -> str:
        """Say whether a record goes out as it happens, or after a time without a connection."""
        fresh = row.boot == self._boot and boottime_ms() - row.at.ms <= LATE_MS
        return "live" if fresh else "late"


def monotonic_ms() -> int:
    """Read the clock by which the link is patient."""
    return time.monotonic_ns() // 1_000_000


def boottime_ms() -> int:
    """Read the clock by which records are dated."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
