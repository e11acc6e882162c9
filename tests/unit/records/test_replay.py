"""Which rows are sent a second time, how fast and how that ends, judged from rows and milliseconds alone."""

from __future__ import annotations

from firmware.events import Instant
from firmware.records.replay import (
    MOST_WAITING,
    POSTPONED_MS,
    ROWS_PER_S,
    TOLD_EVERY,
    WINDOW,
    Outcome,
    Replay,
    Replayed,
    Replays,
)
from firmware.records.row import Row

FAR_MS = 10_000_000


class Asker:
    """Whoever asked for a replay, and the rows that the journal has."""

    def __init__(self, last: int, first: int = 1, have: range | None = None) -> None:
        """Ask for these rows; the journal has all of them unless told otherwise."""
        self.heard: list[tuple[int, Outcome]] = []
        self.have = range(first, last + 1) if have is None else have
        self.replay = Replay("r-1", "e", first, last, lambda taken, outcome: self.heard.append((taken, outcome)))

    def rows(self, limit: int) -> list[Row]:
        """Read as the journal does."""
        wanted = [seq for seq in self.have if self.replay.first <= seq <= self.replay.last]
        return [Row("e", seq, "access", "b", Instant(1), {}) for seq in wanted[:limit]]


def sent(subject: Replays, asker: Asker, now_ms: int, room: int = 100) -> list[Replayed]:
    """Let it send what it may now."""
    if (wanted := subject.wanted(now_ms, room)) is None:
        return []
    replay, limit = wanted
    return subject.choose(replay, asker.rows(limit), now_ms)


def numbers(items: list[Replayed]) -> list[int]:
    """Name rows by number."""
    return [item.row.seq for item in items]


def test_every_row_is_sent_once_in_order_and_the_end_is_told() -> None:
    """The window is never exceeded; a word of how far it is comes now and then, the last one says complete."""
    subject, asker = Replays(), Asker(TOLD_EVERY + 7)
    subject.add(asker.replay)
    seen: list[int] = []
    now_ms = 0
    while asker.heard[-1:] != [(TOLD_EVERY + 7, Outcome.COMPLETE)]:
        items = sent(subject, asker, now_ms)
        assert len(items) <= WINDOW
        seen += numbers(items)
        for item in items:
            subject.answered(item, taken=True)
        now_ms += 100
        assert now_ms < FAR_MS
    assert seen == list(range(1, TOLD_EVERY + 8))
    assert asker.heard[:-1] == [(TOLD_EVERY, Outcome.GOING_ON)]
    assert sent(subject, asker, FAR_MS) == []


def test_the_pace_holds_however_fast_the_broker_answers() -> None:
    """In one second no more rows go out than the pace allows, but for the first few."""
    subject, asker = Replays(), Asker(10_000)
    subject.add(asker.replay)
    count = 0
    for now_ms in range(1_000):
        items = sent(subject, asker, now_ms)
        count += len(items)
        for item in items:
            subject.answered(item, taken=True)
    assert ROWS_PER_S <= count <= ROWS_PER_S + WINDOW


def test_what_was_under_way_when_the_connection_ended_is_sent_again() -> None:
    """From the oldest row that had no answer on, and what is told at the end counts each row once."""
    subject, asker = Replays(), Asker(6)
    subject.add(asker.replay)
    items = sent(subject, asker, 0)
    for item in (items[0], items[1], items[3]):
        subject.answered(item, taken=True)
    subject.lost()
    items = sent(subject, asker, FAR_MS)
    assert numbers(items) == [3, 4, 5, 6]
    for item in items:
        subject.answered(item, taken=True)
    assert asker.heard == [(6, Outcome.COMPLETE)]


def test_a_journal_that_cannot_be_read_ends_no_replay() -> None:
    """A disk that fails for a moment is no proof that there is nothing left to send."""
    subject, asker = Replays(), Asker(3)
    subject.add(asker.replay)
    subject.postpone(0)
    assert sent(subject, asker, POSTPONED_MS - 1) == []
    assert subject.wake_ms() == POSTPONED_MS
    assert numbers(sent(subject, asker, POSTPONED_MS)) == [1, 2, 3]
    assert asker.heard == []


def test_rows_that_are_gone_are_passed_over() -> None:
    """What the journal has no more does not hold up the rest; nothing at all is told as that."""
    subject, asker, nothing = Replays(), Asker(20, have=range(9, 12)), Asker(5, have=range(0))
    subject.add(asker.replay)
    for item in sent(subject, asker, 0):
        subject.answered(item, taken=True)
    assert sent(subject, asker, FAR_MS) == []
    subject.add(nothing.replay)
    assert sent(subject, nothing, FAR_MS) == []
    assert (asker.heard, nothing.heard) == ([(3, Outcome.COMPLETE)], [(0, Outcome.NOTHING_THERE)])


def test_a_refused_row_ends_its_replay_and_lets_the_next_one_begin() -> None:
    """Late answers of the ended one count for nothing."""
    subject, first, second = Replays(), Asker(9), Asker(2)
    subject.add(first.replay)
    subject.add(second.replay)
    items = sent(subject, first, 0)
    subject.answered(items[0], taken=True)
    subject.answered(items[1], taken=False)
    subject.answered(items[2], taken=True)
    assert first.heard == [(1, Outcome.REFUSED)]
    assert numbers(sent(subject, second, FAR_MS)) == [1, 2]


def test_no_more_replays_wait_than_there_are_places() -> None:
    """One more is turned down at once."""
    subject = Replays()
    assert [subject.add(Asker(1).replay) for _ in range(MOST_WAITING + 1)] == [True] * MOST_WAITING + [False]


def test_without_room_nothing_is_sent() -> None:
    """Live records have taken the window; the history waits."""
    subject, asker = Replays(), Asker(9)
    subject.add(asker.replay)
    assert sent(subject, asker, 0, room=0) == []
    assert numbers(sent(subject, asker, 0, room=2)) == [1, 2]
