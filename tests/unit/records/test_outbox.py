"""What is sent next, whatever the broker answers: order, window, patience, and nothing lost.

Time is a number that the tests move; the jitter is theirs too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.records.outbox import Outbox, backoff_ms
from tests.unit.records.making import row

if TYPE_CHECKING:
    from firmware.records.row import Row


class Backlog:
    """The journal's side: numbered rows, and marks that may come late."""

    def __init__(self, kinds: list[str]) -> None:
        """Hold one unacknowledged row for each kind, in order."""
        self.rows = [row(seq, kind) for seq, kind in enumerate(kinds, 1)]
        self.acked: set[int] = set()

    def pending(self, outbox: Outbox, now_ms: int) -> list[Row]:
        """Offer what the outbox asks for."""
        held = outbox.held(now_ms)
        open_rows = [each for each in self.rows if each.seq not in self.acked and each.kind not in held]
        return open_rows[: outbox.limit()]


def full() -> float:
    """Draw the whole wait: the worst case of the jitter."""
    return 1.0


def seqs(rows: list[Row]) -> list[int]:
    """Name rows by their numbers."""
    return [each.seq for each in rows]


def test_rows_go_out_in_order_and_no_more_than_the_window_at_once() -> None:
    """A delivered row makes room for the next one; a full window reads nothing."""
    outbox, backlog = Outbox(2, full), Backlog(["access"] * 4)
    first = outbox.choose(backlog.pending(outbox, 0), 0)
    assert seqs(first) == [1, 2]
    assert outbox.limit() == 0
    outbox.delivered(first[0])
    assert seqs(outbox.choose(backlog.pending(outbox, 0), 0)) == [3]


def test_a_delivered_row_is_not_sent_again_while_its_mark_is_on_the_way_to_the_disk() -> None:
    """The journal may offer it for a moment longer; that must not make a duplicate."""
    outbox, backlog = Outbox(2, full), Backlog(["access"] * 3)
    for each in outbox.choose(backlog.pending(outbox, 0), 0):
        outbox.delivered(each)
    assert seqs(outbox.choose(backlog.pending(outbox, 0), 0)) == [3]
    backlog.acked = {1, 2}
    assert outbox.choose(backlog.pending(outbox, 0), 0) == []


def test_a_narrower_window_of_the_brokers_counts() -> None:
    """The broker's receive maximum can only make the window smaller."""
    outbox, backlog = Outbox(5, full), Backlog(["access"] * 9)
    assert outbox.limit(2) == 2
    assert seqs(outbox.choose(backlog.rows, 0, 2)) == [1, 2]
    assert outbox.limit(9) == 5


def test_a_refused_kind_waits_and_goes_on_with_its_oldest_row_alone() -> None:
    """Other kinds pass; the refused row is offered again first, and its companions only after its success."""
    outbox, backlog = Outbox(4, full), Backlog(["grant", "access", "grant", "access", "grant"])
    sent = outbox.choose(backlog.pending(outbox, 0), 0)
    for each in sent:
        if each.kind == "grant":
            outbox.refused(each, 0)
        else:
            outbox.delivered(each)
            backlog.acked.add(each.seq)
    assert outbox.wake_ms() == 1_000
    assert outbox.choose(backlog.pending(outbox, 999), 999) == []
    probe = outbox.choose(backlog.pending(outbox, 1_000), 1_000)
    assert seqs(probe) == [1]
    assert outbox.choose(backlog.pending(outbox, 5_000), 5_000) == []
    outbox.delivered(probe[0])
    assert seqs(outbox.choose(backlog.pending(outbox, 5_000), 5_000)) == [3, 5]
    assert outbox.wake_ms() is None


def test_refusals_of_one_window_count_once_and_repeated_ones_wait_longer() -> None:
    """Twenty companions refused together are one failure; the cap doubles from probe to probe up to a minute."""
    outbox, backlog = Outbox(20, full), Backlog(["access"] * 20)
    for each in outbox.choose(backlog.pending(outbox, 0), 0):
        outbox.refused(each, 0)
    now, waits = 0, []
    for _ in range(8):
        due = outbox.wake_ms()
        assert due is not None
        waits.append(due - now)
        now = due
        (probe,) = outbox.choose(backlog.pending(outbox, now), now)
        assert probe.seq == 1
        outbox.refused(probe, now)
    assert waits == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]


def test_when_one_refused_kind_gets_through_the_others_are_tried_at_once() -> None:
    """A broker that changed its mind about one topic has probably changed it about all."""
    outbox, backlog = Outbox(4, full), Backlog(["access", "grant"])
    for each in outbox.choose(backlog.pending(outbox, 0), 0):
        outbox.refused(each, 0 if each.kind == "access" else 500)
    (probe,) = outbox.choose(backlog.pending(outbox, 1_000), 1_000)
    outbox.delivered(probe)
    backlog.acked.add(probe.seq)
    assert seqs(outbox.choose(backlog.pending(outbox, 1_001), 1_001)) == [2]


def test_a_lost_connection_forgets_what_was_under_way_and_offers_it_again() -> None:
    """What had no answer is sent again, under the same ids, from the oldest on."""
    outbox, backlog = Outbox(3, full), Backlog(["access"] * 3)
    first = outbox.choose(backlog.pending(outbox, 0), 0)
    outbox.lost()
    assert outbox.under_way == 0
    assert outbox.choose(backlog.pending(outbox, 0), 0) == first


def test_rows_of_a_new_epoch_are_not_mistaken_for_delivered_ones() -> None:
    """After a damaged journal was replaced the numbers begin again, and every one of them counts."""
    outbox = Outbox(3, full)
    (old,) = outbox.choose([row(1)], 0)
    outbox.delivered(old)
    new = row(1, epoch="ffffffff")
    assert outbox.choose([new], 0) == [new]
    outbox.refused(old, 0)
    assert outbox.wake_ms() is None


def test_a_journal_that_takes_no_marks_does_not_make_the_memory_grow() -> None:
    """After a thousand delivered rows without a mark nothing more is sent until marks arrive."""
    outbox, backlog = Outbox(20, full), Backlog(["access"] * 2_000)
    sent = 0
    while chosen := outbox.choose(backlog.pending(outbox, 0), 0):
        for each in chosen:
            outbox.delivered(each)
        sent += len(chosen)
    assert 1_000 <= sent < 1_020
    backlog.acked = set(range(1, 901))
    assert outbox.choose(backlog.pending(outbox, 0), 0)


@pytest.mark.parametrize(("jitter", "wait_ms"), [(0.0, 100), (0.5, 2_050), (1.0, 4_000)])
def test_the_wait_is_spread_over_everything_below_the_cap(jitter: float, wait_ms: int) -> None:
    """Full jitter, with a floor that keeps a gate from knocking without pause."""
    assert backoff_ms(3, 1_000, 60_000, lambda: jitter) == wait_ms


ANSWERS = st.lists(st.sampled_from(["take", "refuse", "drop", "mark", "wait"]), max_size=120)


@given(kinds=st.lists(st.sampled_from(["access", "grant", "gate"]), min_size=1, max_size=30), answers=ANSWERS)
def test_whatever_the_broker_answers_every_row_arrives_in_the_end(kinds: list[str], answers: list[str]) -> None:
    """Any mixture of successes, refusals, lost connections and late marks loses nothing, and marks nothing unsent."""
    outbox, backlog, now = Outbox(4, full), Backlog(kinds), 0
    flying: list[Row] = []
    arrived: list[int] = []
    for answer in answers + ["take", "mark", "wait"] * (len(kinds) + 2):
        flying += outbox.choose(backlog.pending(outbox, now), now)
        assert len(flying) == outbox.under_way <= 4
        match answer:
            case "take" if flying:
                for each in flying:
                    outbox.delivered(each)
                    arrived.append(each.seq)
                flying = []
            case "refuse" if flying:
                outbox.refused(flying.pop(0), now)
            case "drop":
                outbox.lost()
                flying = []
            case "mark":
                backlog.acked = set(arrived)
            case _:
                now += 60_000
    assert sorted(arrived) == [each.seq for each in backlog.rows]
