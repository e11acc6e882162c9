"""Gates that go away: since when, together or alone, for good or again and again."""

from __future__ import annotations

import pytest

from provisioning.watch import gates
from provisioning.watch.fleet import Fleet
from tests.unit.provisioning.watch.told import T0, Told, fleet_of


def a_fleet(count: int = 40, per_switch: int = 10, per_site: int = 20) -> Told:
    """Let a fleet be online."""
    told = Told()
    for name, labels in fleet_of(count, per_switch, per_site):
        told.born(name, labels)
    return told


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (range(10), ["critical: 10 of 10 gates offline @ switch sw-0"]),
        (range(20), ["critical: 20 of 20 gates offline @ site site-0"]),
        (range(40), ["critical: 40 of 40 gates offline @ area lobby"]),
        (range(9), ["critical: 9 of 10 gates offline @ switch sw-0"]),
        (range(3), ["critical: 3 of 10 gates offline @ switch sw-0"]),
        (range(2), [f"warning: offline @ gate-000{at} (sw-0, site-0, lobby)" for at in range(2)]),
        (
            [*range(10), 39],
            ["critical: 10 of 10 gates offline @ switch sw-0", "warning: offline @ gate-0039 (sw-3, site-1, lobby)"],
        ),
        (
            [*range(10), *range(30, 40)],
            ["critical: 10 of 10 gates offline @ switch sw-0", "critical: 10 of 10 gates offline @ switch sw-3"],
        ),
        ([0, 10, 11], ["critical: 3 of 20 gates offline @ site site-0"]),
        ([0, 20, 39], ["warning: 3 of 40 gates offline @ area lobby"]),
    ],
)  # fmt: skip
def test_what_went_away_together_is_one_line(gone: list[int], words: list[str]) -> None:
    """A dead switch is one line, a dead site is one, and a gate alone keeps its own."""
    told = a_fleet()
    for at in gone:
        told.says(f"gate-{at:04}", online=False)
    assert told.words() == words


@pytest.mark.parametrize(("between_s", "lines"), [(0, 1), (59, 1), (60, 1), (61, 2), (600, 2)])
def test_only_the_same_minute_counts_as_together(between_s: int, lines: int) -> None:
    """Gates of one switch that went away a minute apart are two outages."""
    told = a_fleet()
    for at in range(5):
        told.says(f"gate-{at:04}", online=False)
    told.after(between_s)
    for at in range(5, 10):
        told.says(f"gate-{at:04}", online=False)
    assert len(told.lines()) == lines


@pytest.mark.parametrize(
    ("age_s", "since", "exact"),
    [(None, T0, False), (0, T0, True), (7200, T0 - 7200, True), (-5, T0, False), (4_000_000_000, T0, False)],
)
def test_a_desk_that_begins_learns_since_when(age_s: int | None, since: int, exact: bool) -> None:  # noqa: FBT001
    """What the broker kept has an age; without one, or with a lie, `since` is the latest it can have been."""
    told = Told()
    told.born("gate-1")
    told = Told()
    told.says("gate-1", online=False, age_s=age_s)
    (line,) = told.lines()
    assert (line.since, line.exact) == (since, exact)


def test_what_the_desk_saw_itself_is_exact() -> None:
    """A gate that goes away before the desk's eyes is away since then, and its return ends the line."""
    told = a_fleet()
    told.after(30)
    told.says("gate-0001", online=False)
    told.after(300)
    (line,) = told.lines()
    assert (line.since, line.exact) == (T0 + 30, True)
    told.says("gate-0001", online=True)
    assert told.lines() == []


def test_a_gate_that_comes_and_goes_is_one_line_that_stands_still() -> None:
    """Three falls in ten minutes are one trouble, which ends after ten minutes without a fall."""
    told = a_fleet()
    for fall in range(1, 6):
        told.says("gate-0001", online=False)
        what = "offline" if fall < gates.UNSTEADY_FALLS else f"comes and goes, {fall} times"
        assert told.words() == [f"warning: {what} @ gate-0001 (sw-0, site-0, lobby)"]
        told.says("gate-0001", online=True)
        assert len(told.lines()) == (fall >= gates.UNSTEADY_FALLS)
        told.after(60)
    told.after(gates.UNSTEADY_S - 60)
    assert len(told.lines()) == 1
    told.after(1)
    assert told.lines() == []


def test_an_unsteady_gate_that_stays_away_is_offline_in_the_end() -> None:
    """Once it no longer comes and goes it is simply away."""
    told = a_fleet()
    for _ in range(3):
        told.says("gate-0001", online=True)
        told.says("gate-0001", online=False)
    told.after(gates.UNSTEADY_S + 1)
    assert told.words() == ["warning: offline @ gate-0001 (sw-0, site-0, lobby)"]


@pytest.mark.parametrize(("lives_s", "quiet_s"), [(None, 200), (180, 200), (900, 900), (10**9, 3 * 3600)])
def test_a_gate_that_is_online_and_says_nothing_is_named(lives_s: int | None, quiet_s: int) -> None:
    """It may be silent for as long as its health message lives, within reason; then it is a line until it speaks."""
    told = Told()
    told.born("gate-1")
    if lives_s is not None:
        told.say("gate-1/health", {"uptime_s": 1}, lives_s)
    told.broker.heard = told.now + 10**6
    told.after(quiet_s - 1, quiet=True)
    assert told.lines() == []
    told.after(1, quiet=True)
    assert told.words() == ["warning: says nothing @ gate-1 (lobby)"]
    told.say("gate-1/health", {"uptime_s": 2})
    assert told.lines() == []
    told.broker.heard = told.now + 10**6
    told.after(max(200, quiet_s), quiet=True)
    assert told.words() == ["warning: says nothing @ gate-1 (lobby)"]


def test_a_desk_that_was_away_itself_keeps_what_no_broker_repeats() -> None:
    """On a new connection what was cleared is gone, and what happened and since when is still known."""
    told = a_fleet(4)
    told.after(60)
    told.says("gate-0001", online=False)
    for _ in range(3):
        told.says("gate-0002", online=False)
        told.says("gate-0002", online=True)
    told.alert("gate-0003", "held")
    told.say("gate-0003/event/access", {"id": "e", "data": {"decision": "allow", "direction": "in"}})
    before = told.fleet
    told.fleet = Fleet()
    told.now += 3600
    told.broker.answers(told.now, 3)
    for at, online in enumerate((True, False, True, True)):
        told.born(f"gate-000{at}", online=online)
    told.fleet.inherit(before)
    assert {(line.what, line.since) for line in told.lines()} == {
        ("comes and goes, 3 times", T0 + 60),
        ("offline", T0 + 60),
    }
    assert [one.id for one in told.picture().decisions] == ["e"]
    told.after(1)
    assert [line.what for line in told.lines()] == ["offline"]


def test_many_restarts_do_not_make_the_desk_remember_more() -> None:
    """A gate that comes and goes a thousand times waits in one place only."""
    told = Told()
    for _ in range(1000):
        told.says("gate-1", online=True)
        told.says("gate-1", online=False)
    assert len(told.fleet._due) == 1
    assert len(told.fleet.gates["gate-1"].falls) == gates.KEPT_FALLS
