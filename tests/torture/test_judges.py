"""The judges themselves: each must find the fault that it is there to find, in records made for the purpose."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from hw.keeper_client import PinChange
from provisioning.broker.watcher import Seen
from provisioning.rig.gate import GREEN, RELAY
from tests.torture import benches, campaign, verdict
from tests.torture.ledger import Arrivals, Entry, Ledger
from tests.torture.pins import Span, green_without_release
from tests.torture.wounds import Kind

if TYPE_CHECKING:
    from pathlib import Path

BEGUN = Entry(1, "access", 10, {"decision": "allow", "reason": None, "reader": "lane"}, "g-1")
ENDED = Entry(2, "grant", 20, {"grant": "g-1", "result": "assumed"}, "g-1")
REFUSED = Entry(3, "access", 30, {"decision": "deny", "reason": "used", "reader": "lane"}, None)
UNKNOWN = Entry(4, "a-kind-to-come", 40, {"anything": 1}, None)
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
        (replace(SOUND, entries=(BEGUN, ENDED, REFUSED, UNKNOWN)), None),
        (replace(SOUND, entries=(BEGUN, ENDED, REFUSED, replace(UNKNOWN, seq=5))), "gap"),
        (replace(SOUND, entries=(BEGUN, replace(ENDED, body={"result": "confirmed"}))), None),
    ],
)
def test_journal_judge_names_the_fault(ledger: Ledger, words: str | None) -> None:
    """A damaged file, a gap, and a grant that does not end exactly once are found; another kind of row is none."""
    found = ledger.faults()
    assert (found == []) if words is None else (len(found) == 1 and words in found[0])


def drawing(seed: int) -> Random:
    """Make a repeatable order of blows."""
    return Random(seed)  # noqa: S311


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


@pytest.mark.parametrize(
    ("changes", "longest_ms"),
    [
        ([], 0),
        ([(1, RELAY, True), (9, RELAY, False), (20, RELAY, True), (23, RELAY, False)], 8),
        ([(1, RELAY, True), (2, GREEN, False), (4, RELAY, True), (9, RELAY, False)], 8),
        ([(5, RELAY, False), (6, RELAY, True)], 0),
    ],
)
def test_pulse_judge_finds_the_longest_stretch(changes: list[tuple[int, int, bool]], longest_ms: int) -> None:
    """A stretch lasts from the first rise to the next fall of its own pin; one that has not ended does not count."""
    assert verdict.longest_on_ms((PinChange(*change) for change in changes), RELAY) == longest_ms


@pytest.mark.parametrize("without", [frozenset[Kind](), frozenset({Kind.DISK_FULL, Kind.CLOCK_STEP})])
def test_every_blow_is_drawn_that_can_be_struck(without: frozenset[Kind]) -> None:
    """As many blows as there are kinds hold each once, five hundred hold each in its share, none that is left out."""
    struck = frozenset(Kind) - without
    assert set(campaign.order(len(struck), drawing(1), without)) == struck
    drawn = Counter(campaign.order(500, drawing(2), without))
    assert drawn.keys() == struck
    assert sum(drawn.values()) == 500
    assert all(drawn[kind] >= 25 * campaign.SHARES[kind] for kind in struck)


def test_each_blow_goes_to_one_gate(tmp_path: Path) -> None:
    """The benches share the blows without losing, doubling or reordering any, and none of them stands idle."""
    kinds = campaign.order(60, drawing(3))
    dealt = benches.benches(tmp_path, kinds, 3)
    assert Counter(kind for _, mine in dealt for kind in mine) == Counter(kinds)
    assert all(mine == [kind for kind in kinds if kind in bench.kinds] for bench, mine in dealt)
    assert len({bench.folder for bench, _ in dealt}) == len(dealt) == 3
