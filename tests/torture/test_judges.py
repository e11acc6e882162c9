"""The judges themselves: each must find the fault that it is there to find, in records made for the purpose."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hw.keeper_client import PinChange
from provisioning.broker.watcher import Seen
from provisioning.rig.gate import GREEN, RELAY
from tests.torture.ledger import Arrivals, Entry, Ledger
from tests.torture.pins import Span, green_without_release

BEGUN = Entry(1, "access", 10, {"decision": "allow", "reason": None, "reader": "lane"}, "g-1")
ENDED = Entry(2, "grant", 20, {"grant": "g-1", "result": "assumed"}, "g-1")
REFUSED = Entry(3, "access", 30, {"decision": "deny", "reason": "used", "reader": "lane"}, None)
SOUND = Ledger("0badcafe", "ok", (BEGUN, ENDED, REFUSED))


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        (SOUND, None),
        (replace(SOUND, check="row 1 missing"), "quick_check"),
        (replace(SOUND, entries=(BEGUN, ENDED, replace(REFUSED, seq=4))), "gap"),
        (replace(SOUND, entries=(BEGUN,)), "ended []"),
        (replace(SOUND, entries=(BEGUN, ENDED, replace(ENDED, seq=3))), "ended ['assumed', 'assumed']"),
        (replace(SOUND, entries=(replace(ENDED, seq=1),)), "never begun"),
    ],
)
def test_journal_judge_names_the_fault(ledger: Ledger, words: str | None) -> None:
    """A damaged file, a gap, and a grant that does not end exactly once are each found; a sound journal has none."""
    found = ledger.faults()
    assert (found == []) if words is None else (len(found) == 1 and words in found[0])


def event(entry: Entry, *, retained: bool = False, **changes: object) -> Seen:
    """Put a row on the broker, perhaps altered."""
    body = {"id": f"gate-1:0badcafe:{entry.seq}", "data": {**entry.body, **changes}}
    return Seen(f"gapura/1/gate-1/event/{entry.kind}", json.dumps(body).encode(), retained)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ([event(BEGUN), event(ENDED), event(REFUSED)], None),
        ([event(BEGUN), event(ENDED), event(ENDED), event(REFUSED)], None),
        ([event(BEGUN), event(REFUSED)], "never arrived"),
        ([event(BEGUN), event(ENDED), event(REFUSED), event(replace(REFUSED, seq=9))], "not in the journal"),
        ([event(ENDED), event(BEGUN), event(REFUSED)], "out of order"),
        ([event(BEGUN), event(ENDED), event(REFUSED, decision="allow")], "differs from the journal"),
        ([event(BEGUN), event(ENDED), event(ENDED, more=1), event(REFUSED)], "two contents"),
        ([event(BEGUN, retained=True), event(ENDED), event(REFUSED)], "retained"),
    ],
)
def test_broker_judge_names_the_fault(seen: list[Seen], words: str | None) -> None:
    """A lost, invented, altered, disordered or retained event is found; a faithful repetition is only counted."""
    arrivals = Arrivals("gate-1")
    arrivals.feed(seen)
    found = arrivals.judge(SOUND)
    assert (found == []) if words is None else (len(found) == 1 and words in found[0])
    assert arrivals.repeated == len(seen) - len(arrivals.first)


def test_broker_judge_awaits_what_was_waited_for() -> None:
    """A row that a running gate wrote after the last wait is not lost yet; one that was waited for in vain is."""
    arrivals = Arrivals("gate-1")
    arrivals.feed([event(BEGUN)])
    assert arrivals.has(replace(SOUND, entries=(BEGUN,)))
    assert arrivals.judge(SOUND) == []
    assert not arrivals.has(SOUND)
    assert [words.split(":")[0] for words in arrivals.judge(SOUND)] == ["2 never arrived"]


@pytest.mark.parametrize(
    ("changes", "spans"),
    [
        ([(1, RELAY, True), (2, GREEN, True), (8, GREEN, False), (9, RELAY, False)], []),
        ([(1, RELAY, True), (2, GREEN, True), (8, RELAY, False), (9, GREEN, False)], [Span(8, 9)]),
        ([(1, GREEN, True), (4, RELAY, True)], [Span(1, 4)]),
        ([(1, GREEN, True)], [Span(1, None)]),
    ],
)
def test_green_judge_finds_green_without_release(changes: list[tuple[int, int, bool]], spans: list[Span]) -> None:
    """Every stretch of green while the relay is at rest is found, and no other."""
    assert green_without_release(PinChange(*change) for change in changes) == spans
