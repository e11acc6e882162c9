"""What the gate says is wrong with itself: time, lists and certificate, each at its second, each with its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.control.conditions import CERTIFICATE_S, ERROR_S, LOOK_EVERY_MS, Conditions, Term, wrong
from firmware.door.asked import Noticed
from firmware.door.meanings import MEANINGS
from firmware.events import Alarm, Instant
from firmware.rules.decide import Rulebook
from firmware.rules.policy import visitor_management
from firmware.trust.keys import TrustSet
from tests.issuing import NOON, Issuer

DAY = 86_400
LONG = Term(NOON - 50 * DAY, NOON + 50 * DAY)
AT = Instant(LOOK_EVERY_MS, NOON - 2, NOON + 2, "rtc")
TABLE: list[tuple[Term | None, Alarm | None]] = [
    (None, Alarm.LIST_UNUSABLE),
    (LONG, None),
    (Term(NOON + 2, NOON + 100 * DAY), None),
    (Term(NOON + 3, NOON + 100 * DAY), Alarm.LIST_UNUSABLE),
    (replace(LONG, expires=NOON + 2), Alarm.LIST_UNUSABLE),
    (replace(LONG, expires=NOON + 3), Alarm.LIST_EXPIRING),
    (replace(LONG, expires=NOON + 2 + 7 * DAY), Alarm.LIST_EXPIRING),
    (replace(LONG, expires=NOON + 3 + 7 * DAY), None),
    (Term(NOON + 2 - 3 * DAY, NOON + 2 + DAY), Alarm.LIST_EXPIRING),
    (Term(NOON + 1 - 3 * DAY, NOON + 3 + DAY), None),
]


@pytest.mark.parametrize(("term", "alarm"), TABLE)
def test_a_list_is_said_to_run_out_before_nobody_gets_in_by_it(term: Term | None, alarm: Alarm | None) -> None:
    """A week before, of a short-lived one in its last quarter; then that it cannot be used, as when it is missing."""
    assert wrong(AT, {"policy": term}, None) == (frozenset() if alarm is None else {(alarm, "policy")})


@pytest.mark.parametrize(
    ("left_s", "alarm"),
    [
        (CERTIFICATE_S + 1, None),
        (CERTIFICATE_S, Alarm.CERTIFICATE_EXPIRING),
        (1, Alarm.CERTIFICATE_EXPIRING),
        (0, Alarm.CERTIFICATE_EXPIRED),
    ],
)
def test_a_certificate_is_said_to_end_a_month_before(left_s: int, alarm: Alarm | None) -> None:
    """A month before it ends, and from then on; never both."""
    assert wrong(AT, {}, AT.latest + left_s) == (frozenset() if alarm is None else {(alarm, "")})


GOOD = (Issuer().trust(), Rulebook.unlimited(visitor_management()))


def test_nothing_is_said_before_a_machine_had_time_to_find_its_time() -> None:
    """The first look comes a minute after the start, the next a minute later, or at once when lists change."""
    conditions = Conditions(0)
    none = (TrustSet(), Rulebook())
    assert conditions.changes(*none, replace(AT, ms=1)) == []
    assert conditions.changes(*none, replace(AT, ms=LOOK_EVERY_MS - 1)) == []
    assert [one.subject for one in conditions.changes(*none, AT)] == ["policy", "trust"]
    assert conditions.deadline_ms() == 2 * LOOK_EVERY_MS
    assert conditions.changes(*none, replace(AT, ms=AT.ms + 1)) == []
    assert conditions.changes(*GOOD, replace(AT, ms=AT.ms + 2)) == [
        Noticed(Alarm.LIST_UNUSABLE, active=False, subject="policy"),
        Noticed(Alarm.LIST_UNUSABLE, active=False, subject="trust"),
    ]


def test_without_a_time_only_that_is_said() -> None:
    """An unbounded clock makes no list expire and ends no alarm; what held before is judged again with the time."""
    ends = [NOON + DAY]
    conditions = Conditions(0, lambda: ends[0], lambda: Term(NOON - DAY, NOON - 5))
    assert {one.alarm for one in conditions.changes(*GOOD, AT)} == {Alarm.CERTIFICATE_EXPIRING, Alarm.LIST_UNUSABLE}
    ends[0] = NOON + 90 * DAY
    untrusted = Noticed(Alarm.CLOCK_UNTRUSTED, active=True)
    assert conditions.changes(*GOOD, Instant(2 * LOOK_EVERY_MS)) == [untrusted]
    assert conditions.changes(*GOOD, replace(AT, ms=3 * LOOK_EVERY_MS)) == [
        Noticed(Alarm.CERTIFICATE_EXPIRING, active=False),
        replace(untrusted, active=False),
    ]


@pytest.mark.parametrize(
    ("keys", "ending"),
    [
        (None, False),
        (Term(NOON - DAY, NOON + 3 + 7 * DAY), False),
        (Term(NOON - DAY, NOON + 2 + 7 * DAY), True),
        (Term(NOON - DAY, NOON - DAY), True),
        (Term(NOON + DAY, NOON + 30 * DAY), True),
    ],
    ids=["never-any", "more-than-a-week", "a-week", "over", "none-of-today"],
)
def test_keys_of_the_day_are_said_to_run_out_a_week_before(keys: Term | None, ending: bool) -> None:  # noqa: FBT001  a table
    """Nobody is kept out for want of them, so there is one alarm for both, before and after the end."""
    found = Conditions(0, keys=lambda: keys).changes(*GOOD, AT)
    assert found == ([Noticed(Alarm.AREA_KEYS_ENDING, active=True)] if ending else [])


def test_what_the_library_finds_wrong_is_told_and_ends_with_it() -> None:
    """A document whose signer was taken back is an alarm of its kind, until another counts."""
    found: set[tuple[Alarm, str]] = {(Alarm.SIGNER_REVOKED, "trust")}
    conditions = Conditions(0, documents=lambda: frozenset(found))
    assert conditions.changes(*GOOD, AT) == [Noticed(Alarm.SIGNER_REVOKED, active=True, subject="trust")]
    found.clear()
    later = replace(AT, ms=AT.ms + LOOK_EVERY_MS)
    assert conditions.changes(*GOOD, later) == [Noticed(Alarm.SIGNER_REVOKED, active=False, subject="trust")]


@pytest.mark.parametrize(("error_s", "alarmed"), [(ERROR_S, False), (ERROR_S + 1, True)])
def test_a_time_that_is_hardly_known_is_no_time(error_s: int, alarmed: bool) -> None:  # noqa: FBT001  a table
    """An hour either way is the most that a clock may be wrong before somebody is called."""
    found = Conditions(0).changes(*GOOD, Instant(LOOK_EVERY_MS, NOON - error_s, NOON + error_s, "rtc"))
    assert bool(found) is alarmed


def test_whatever_can_be_wrong_has_its_meaning_and_first_action() -> None:
    """The table of meanings is total; each says what to do in a sentence of its own."""
    assert set(MEANINGS) == set(Alarm)
    actions = [meaning.action for meaning in MEANINGS.values()]
    assert len(set(actions)) == len(actions)
