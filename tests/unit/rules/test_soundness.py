"""Policies that contradict themselves: every mistake is a line, and what is sound has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.rules.hours import DAYS, local
from firmware.rules.policy import Policy, visitor_management
from firmware.rules.soundness import CHECKS, mistakes, read_policy
from tests.issuing import NOON

DAY = 86_400
WEEK = ["mon", "tue", "wed", "thu", "fri"]
HOLIDAY = {"date": "2026-01-05", "kind": "public_holiday", "name": "A Monday"}


def opening(from_: str, until: str, days: list[str] | None = None) -> dict[str, object]:
    """Write an opening."""
    return {"days": days or WEEK, "from": from_, "until": until}


def timed(from_: str, until: str, days: list[str] | None = None, **more: object) -> dict[str, object]:
    """Write a time of the door's timetable."""
    return opening(from_, until, days) | {"posture": "free_access"} | more


def found(body: dict[str, object], issued: int = 0, expires: int | None = None) -> tuple[str, ...]:
    """List the mistakes of a policy."""
    read = read_policy({"profile": "test", "classes": {"visitor": {}}} | body, issued, expires)
    return read if isinstance(read, tuple) else ()


def rule(**fields: object) -> dict[str, object]:
    """A policy with one class, on a calendar of one day."""
    return {"calendar": [HOLIDAY], "classes": {"visitor": fields}}


BAD: list[tuple[str, dict[str, object], str]] = [
    (
        "an unknown area",
        {"areas": ["lobby"], "classes": {"visitor": {"areas": ["lobby", "loby"]}}},
        "classes.visitor.areas.1",
    ),
    ("duress as nobody", {"classes": {"forced": {"duress": "staff"}}}, "classes.forced.duress"),
    ("duress as itself", {"classes": {"forced": {"duress": "forced"}}}, "classes.forced.duress"),
    (
        "an opening inside another",
        rule(hours=[opening("08:00", "16:00"), opening("09:00", "12:00")]),
        "classes.visitor.hours.1",
    ),
    (
        "an opening inside a later one",
        rule(hours=[opening("09:00", "12:00"), opening("08:00", "16:00")]),
        "classes.visitor.hours.0",
    ),
    ("an opening twice", rule(hours=[opening("08:00", "16:00")] * 2), "classes.visitor.hours.1"),
    (
        "closed and open",
        rule(holidays="closed", holiday_hours=[{"from": "08:00", "until": "09:00"}]),
        "classes.visitor.holidays",
    ),
    ("no calendar", {"classes": {"visitor": {"holidays": "closed"}}}, "classes.visitor.holidays"),
    (
        "no calendar for hours",
        {"classes": {"visitor": {"holiday_hours": [{"from": "08:00", "until": "09:00"}]}}},
        "classes.visitor.holiday_hours",
    ),
    (
        "no day of its kind",
        rule(holiday_hours=[{"from": "08:00", "until": "09:00", "kinds": ["collective_leave"]}]),
        "classes.visitor.holiday_hours.0",
    ),
    ("a day twice", {"calendar": [HOLIDAY, HOLIDAY | {"kind": "collective_leave"}]}, "calendar.1.date"),
    ("no calendar for a posture", {"postures": [timed("08:00", "09:00", holidays="never")]}, "postures.0.holidays"),
    (
        "a posture under another",
        {"postures": [timed("08:00", "16:00"), timed("09:00", "12:00", ["mon"])]},
        "postures.1",
    ),
    (
        "a posture under two",
        {"postures": [timed("08:00", "10:00"), timed("10:00", "12:00"), timed("09:00", "11:00")]},
        "postures.2",
    ),
    ("a posture twice", {"postures": [timed("08:00", "16:00")] * 2}, "postures.1"),
    ("a first person of no class", {"postures": [timed("08:00", "16:00", first_in=["staff"])]}, "postures.0.first_in"),
    ("left hours without hours", rule(verify=["hours"]), "classes.visitor.verify"),
    ("left holidays without any", rule(verify=["holiday"]), "classes.visitor.verify"),
    ("left health without health", rule(verify=["health"]), "classes.visitor.verify"),
    (
        "places of an unknown area",
        {"areas": ["lobby"], "capacity": {"loby": {"places": 5, "gates": ["gate-1"]}}},
        "capacity.loby",
    ),
    ("an exempt class that is none", {"passback": {"exempt": ["staff"]}}, "passback.exempt"),
    ("left passback without a rule", rule(verify=["passback"]), "classes.visitor.verify"),
    (
        "left passback of an exempt class",
        rule(verify=["passback"]) | {"passback": {"mode": "hard", "exempt": ["visitor"]}},
        "classes.visitor.verify",
    ),
    (
        "left passback that only remarks",
        rule(verify=["passback"]) | {"passback": {"mode": "soft"}},
        "classes.visitor.verify",
    ),
    ("a proof that no format has", rule(proof="holder") | {"formats": ["hc1"]}, "classes.visitor.proof"),
    ("left age without limits", rule(verify=["lists_too_old"]), "classes.visitor.verify"),
]


@pytest.mark.parametrize(("name", "body", "where"), BAD, ids=[row[0] for row in BAD])
def test_a_contradiction_is_one_line(name: str, body: dict[str, object], where: str) -> None:
    """It begins with its place and ends with what to write."""
    lines = found(body)
    assert [line.partition(": ")[0] for line in lines] == [where], (name, lines)
    assert "; " in lines[0]


GOOD: list[tuple[str, dict[str, object]]] = [
    ("the smallest", {}),
    ("known areas", {"areas": ["lobby", "vault"], "classes": {"visitor": {"areas": ["lobby"]}}}),
    ("duress", {"classes": {"staff": {}, "forced": {"duress": "staff"}}}),
    ("a proof", rule(proof="holder", formats=["gp1"]) | {"formats": ["gp1", "hc1"]}),
    ("openings that touch", rule(hours=[opening("08:00", "12:00"), opening("12:00", "16:00")])),
    ("openings that overlap", rule(hours=[opening("08:00", "12:00"), opening("11:00", "16:00")])),
    (
        "the same hours on other days",
        rule(hours=[opening("08:00", "12:00", ["mon"]), opening("08:00", "12:00", ["tue"])]),
    ),
    ("closed on holidays", rule(holidays="closed", verify=["holiday", "used", "wrong_gate"])),
    ("a posture half under another", {"postures": [timed("08:00", "10:00"), timed("09:00", "11:00")]}),
    ("on another day", {"postures": [timed("08:00", "10:00", ["mon"]), timed("08:00", "10:00", ["mon", "tue"])]}),
    (
        "under one that waits",
        {"classes": {"staff": {}}, "postures": [timed("08:00", "16:00", first_in=["staff"]), timed("09:00", "10:00")]},
    ),
    (
        "holidays and other days",
        {
            "calendar": [HOLIDAY],
            "postures": [timed("08:00", "16:00", holidays="never"), timed("08:00", "16:00", holidays="only")],
        },
    ),
]


@pytest.mark.parametrize(("name", "body"), GOOD, ids=[row[0] for row in GOOD])
def test_what_is_sound_has_no_mistake(name: str, body: dict[str, object]) -> None:
    """Nothing is refused that a policy may mean."""
    assert (found(body), bool(name)) == ((), True)


DATES: list[tuple[dict[str, str], int, int | None, list[str]]] = [
    ({"from": "2026-01-05T10:00"}, NOON, NOON + DAY, []),
    ({"from": "2026-01-05T09:59"}, NOON, NOON + DAY, ["effective.from"]),
    ({"from": "2026-01-05T09:59"}, 0, None, []),
    ({"until": "2026-01-05T09:59"}, NOON, NOON + DAY, ["effective.until"]),
    (
        {"from": "2026-01-04T10:00", "until": "2026-01-05T09:59"},
        NOON,
        NOON + DAY,
        ["effective.from", "effective.until"],
    ),
    ({"from": "2026-01-06T10:00"}, NOON, NOON + DAY, ["effective.from"]),
    ({"from": "2026-01-06T09:59"}, NOON, NOON + DAY, []),
]


@pytest.mark.parametrize(("effective", "issued", "expires", "places"), DATES)
def test_a_time_of_its_own_lies_within_its_documents(
    effective: dict[str, str], issued: int, expires: int | None, places: list[str]
) -> None:
    """Nothing was in force before it was signed, and nothing is after its document's end."""
    lines = found({"effective": effective}, issued, expires)
    assert [line.partition(": ")[0] for line in lines] == places, lines


def test_every_mistake_is_listed() -> None:
    """A mistake of every kind is a line of its own."""
    body: dict[str, object] = {
        "effective": {"from": "2026-01-04T00:00"},
        "areas": ["lobby"],
        "classes": {
            "visitor": {"areas": ["loby"], "holidays": "closed", "verify": ["health", "identity"]},
            "guest": {"health": "colour"},
            "forced": {"duress": "staff", "hours": [opening("08:00", "09:00")] * 2},
        },
        "postures": [timed("08:00", "09:00")] * 2,
        "capacity": {"loby": {"places": 5, "gates": ["gate-1"]}},
        "officers": ["chief"],
        "two_person": {"loby": {}},
    }
    assert len(found(body, NOON, NOON + DAY)) == len(CHECKS) + 1


def test_the_default_policy_is_sound() -> None:
    """What a gate without a policy is shown with contradicts nothing."""
    assert mistakes(visitor_management()) == ()


CLOCK = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")
TIMED = st.builds(
    lambda days, begins, length, holidays: timed(
        f"{begins:02}:00", f"{min(24, begins + length):02}:00", sorted(days), **holidays
    ),
    st.sets(st.sampled_from(["mon", "tue"]), min_size=1),
    st.integers(0, 23),
    st.integers(1, 24),
    st.sampled_from([{}, {"holidays": "never"}, {"holidays": "only"}]),
)


@given(st.lists(TIMED, min_size=1, max_size=4))
def test_a_posture_is_called_shadowed_exactly_where_no_minute_is_its_own(postures: list[dict[str, object]]) -> None:
    """Held against every half hour of both days, as a holiday and as none."""
    body = {"profile": "test", "classes": {"visitor": {}}, "calendar": [HOLIDAY], "postures": postures}
    policy = Policy.model_validate(body)
    own: set[int] = set()
    for day in ("mon", "tue"):
        for minute in range(15, 1440, 30):
            for kind in (None, "public_holiday"):
                at = local(NOON - 10 * 3600 + (day == "tue") * DAY + minute * 60, policy.zone)
                assert at.day == day
                assert at.day in DAYS
                first = (n for n, one in enumerate(policy.postures) if one.holds_at(at, kind))
                own |= set(list(first)[:1])
    told = {int(line.split(".")[1].split(":")[0]) for line in mistakes(policy)}
    assert told == set(range(len(postures))) - own
