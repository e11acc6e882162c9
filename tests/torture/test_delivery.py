"""No event is lost: what judges it finds each fault, and one blow of a kind is struck. Many more are `make torture`."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.torture.delivery import desk, trials
from tests.torture.delivery.holdings import Holdings
from tests.torture.delivery.line import Fault
from tests.torture.ledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.torture.delivery.desk import Told

EPOCH = "0badcafe"
ROWS = tuple(Entry(seq, "access", seq, {"n": 100 + seq}, None) for seq in (1, 2, 3))
WHOLE = Ledger(EPOCH, "ok", ROWS)


def event(seq: int, token: int | None = None) -> bytes:
    """Put a row on the wire."""
    return json.dumps({"id": f"gate-1:{EPOCH}:{seq}", "data": {"n": token or 100 + seq}}).encode()


STORED = {f"gate-1:{EPOCH}:{seq}": event(seq) for seq in (1, 2, 3)}


@pytest.mark.parametrize(
    ("ledger", "stored", "committed", "words"),
    [
        (WHOLE, STORED, {101, 102, 103}, None),
        (WHOLE, STORED, {101}, None),
        (WHOLE, STORED, {104}, "1 records were committed and are not in the journal: [104]"),
        (replace(WHOLE, check="row 1 missing"), STORED, set(), "quick_check says row 1 missing"),
        (replace(WHOLE, entries=ROWS[1:]), dict(list(STORED.items())[1:]), set(), "the journal's numbers have a gap"),
        (WHOLE, dict(list(STORED.items())[:2]), set(), f"1 events are not at the consumer: ['gate-1:{EPOCH}:3']"),
        (WHOLE, STORED | {"gate-1:x:9": event(9)}, set(), "1 events are not in the journal: ['gate-1:x:9']"),
        (
            WHOLE,
            STORED | {f"gate-1:{EPOCH}:2": event(2, 7)},
            set(),
            f"1 events differ from the journal: ['gate-1:{EPOCH}:2']",
        ),
    ],
)
def test_the_judge_names_what_is_lost_invented_or_altered(
    ledger: Ledger, stored: dict[str, bytes], committed: set[int], words: str | None
) -> None:
    """Whatever differs between witness, journal and consumer is one fault, and nothing else is."""
    assert desk.judge(ledger, stored, committed) == ([] if words is None else [words])


@pytest.mark.parametrize(
    ("came", "asked", "missing"),
    [
        ([], (1, 3), [(1, 3)]),
        ([1, 2, 3], (1, 3), []),
        ([1, 3, 5, 6, 9], (1, 10), [(2, 2), (4, 4), (7, 8), (10, 10)]),
        ([3, 1], (1, 3), [(2, 2)]),
        ([7], (5, 7), [(5, 6)]),
        ([1, 2], (1, 0), []),
    ],
)
def test_a_consumer_knows_what_it_lacks(
    came: list[int], asked: tuple[int, int], missing: list[tuple[int, int]]
) -> None:
    """Holes are ranges within what is asked about, in whatever order events came."""
    held = Holdings()
    for seq in came:
        assert held.take(event(seq))
    assert held.missing(f"gate-1:{EPOCH}", *asked) == missing
    held.give_up(f"gate-1:{EPOCH}", missing)
    assert held.missing(f"gate-1:{EPOCH}", *asked) == []
    assert held.gone == sum(last - first + 1 for first, last in missing)


def test_a_repetition_is_stored_once_and_another_content_is_a_fault() -> None:
    """An id is worth one event: the same again is counted, something else under it is named."""
    held = Holdings()
    assert [held.take(each) for each in (event(1), event(1), event(1, 9))] == [True, False, False]
    assert (held.repeated, held.payloads) == (2, {f"gate-1:{EPOCH}:1": event(1)})
    assert held.faults == [f"gate-1:{EPOCH}:1 came twice with two contents"]


@pytest.mark.parametrize(
    ("strike", "count", "more"),
    [
        (trials.gate_killed, 3, ()),
        (trials.broker_killed, 1, ()),
        (trials.denied, 1, ()),
        (trials.bad_line, 1, (Fault.CUT,)),
        (trials.bad_line, 1, (Fault.RESET,)),
    ],
)
def test_no_event_is_lost(tmp_path: Path, strike: Callable[..., Told], count: int, more: tuple[Fault, ...]) -> None:
    """Whatever is killed, refused or cut off, the consumer ends up with every row of the journal, and no other."""
    told = strike(tmp_path / "trial", count, Random(8), *more)  # noqa: S311 - repeatable
    assert told.faults == []
    assert told.facts["stored"] == told.facts["events"] != 0
