"""Days of the calendar, a policy's own time, the age of lists: what decide() makes of dates."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.events import NEVER, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.rules.decide import Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.rules.timetable import posture_of
from firmware.signed import strict_json
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.test_decide import PASS, PLACE, SICK

DAY = 86_400
MIDNIGHT = NOON - 10 * 3600
"""Of the Monday 2026-01-05 in Jakarta, where NOON is ten o'clock."""

MONDAY = {"date": "2026-01-05", "kind": "public_holiday", "name": "A Monday"}
LEAVE = {"date": "2026-01-06", "kind": "collective_leave", "name": "A Tuesday"}
WEEKDAYS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "until": "16:00"}]
MORNING = {"from": "08:00", "until": "12:00"}


def policy(rule: dict[str, object] | None = None, **fields: object) -> Policy:
    """Read a policy as a gate does."""
    body = {"profile": "test", "calendar": [MONDAY, LEAVE], "classes": {"visitor": rule or {}}, **fields}
    found = strict_json.read_as(body, Policy)
    assert isinstance(found, Policy), found
    return found


def at(second: int) -> Instant:
    """A clock that is sure."""
    return Instant(0, second, second, "rtc")


def why(rules: Policy | Rulebook, now: Instant, **about: object) -> Reason | None:
    """Ask for the way in, by a pass that is good for the whole week."""
    book = rules if isinstance(rules, Rulebook) else Rulebook.unlimited(rules)
    credential = replace(PASS, not_before=0, expires=NOON + 9 * DAY, **about)  # type: ignore[arg-type]
    return decide(credential, Direction.IN, now, PLACE, book, Presence()).reason


CLOSED: dict[str, object] = {"holidays": "closed", "hours": WEEKDAYS}
LEAVE_MORNING: dict[str, object] = {
    "holiday_hours": [MORNING | {"kinds": ["collective_leave"]}],
    "hours": WEEKDAYS,
}
TIMES: list[tuple[str, dict[str, object], int, Reason | None]] = [
    ("as on any Monday", {"hours": WEEKDAYS}, NOON, None),
    ("closed all day", CLOSED, NOON, Reason.HOLIDAY),
    ("closed from its first second", CLOSED, MIDNIGHT, Reason.HOLIDAY),
    ("the second before is a Sunday", CLOSED, MIDNIGHT - 1, Reason.HOURS),
    ("the next day is leave and as closed", CLOSED, NOON + DAY, Reason.HOLIDAY),
    ("its last second", CLOSED, MIDNIGHT + 2 * DAY - 1, Reason.HOLIDAY),
    ("the day after, before hours", CLOSED, MIDNIGHT + 2 * DAY, Reason.HOURS),
    ("the day after, in hours", CLOSED, NOON + 2 * DAY, None),
    ("closed though without hours", {"holidays": "closed"}, NOON, Reason.HOLIDAY),
    ("open without hours on another day", {"holidays": "closed"}, NOON + 2 * DAY, None),
    ("not of this kind", LEAVE_MORNING, NOON, Reason.HOLIDAY),
    ("leave, in the morning", LEAVE_MORNING, NOON + DAY, None),
    ("leave, its last second", LEAVE_MORNING, MIDNIGHT + DAY + 12 * 3600 - 1, None),
    ("leave, afternoon, though the week says open", LEAVE_MORNING, MIDNIGHT + DAY + 12 * 3600, Reason.HOLIDAY),
    ("any kind where none is named", {"holiday_hours": [MORNING]}, NOON, None),
    ("the week goes on after it", LEAVE_MORNING, MIDNIGHT + 2 * DAY + 15 * 3600, None),
]


@pytest.mark.parametrize(("name", "rule", "second", "reason"), TIMES, ids=[row[0] for row in TIMES])
def test_days_of_the_calendar(name: str, rule: dict[str, object], second: int, reason: Reason | None) -> None:
    """On such a day the holiday rule is asked alone, from local midnight to local midnight."""
    assert (why(policy(rule), at(second)), bool(name)) == (reason, True)


def test_both_ends_of_the_clock_must_admit() -> None:
    """Within a second of midnight a holiday may have begun, or not be over, and that is enough to refuse."""
    rule: dict[str, object] = {"holidays": "closed"}
    assert why(policy(rule), Instant(0, MIDNIGHT - 1, MIDNIGHT, "rtc")) is Reason.HOLIDAY
    over = MIDNIGHT + 2 * DAY
    assert why(policy(rule), Instant(0, over - 1, over, "rtc")) is Reason.HOLIDAY
    assert why(policy(rule), Instant(0, over, over + 1, "rtc")) is None


def test_two_ends_that_refuse_for_two_reasons_ask_for_both() -> None:
    """Who may waive the hours does not waive the holiday that may have begun."""
    rule = CLOSED | {"verify": ["hours"]}
    assert why(policy(rule), Instant(0, MIDNIGHT - 1, MIDNIGHT, "rtc")) is Reason.HOLIDAY


@pytest.mark.parametrize(("zone", "reason"), [("Asia/Jakarta", None), ("Asia/Jayapura", None), ("UTC", Reason.HOLIDAY)])
def test_a_day_is_the_policys_day(zone: str, reason: Reason | None) -> None:
    """Half past midnight on Wednesday in Jakarta is still Tuesday by UTC."""
    second = MIDNIGHT + 2 * DAY + 1800
    assert why(policy({"holidays": "closed"}, timezone=zone), at(second)) is reason


FREE = {"posture": "free_access", "days": ["mon", "wed"], "from": "08:00", "until": "16:00"}
POSTURES: list[tuple[str, dict[str, object], int, dict[str, int], Posture | None]] = [
    ("as on any Monday", {}, NOON, {}, Posture.FREE_ACCESS),
    ("never on a holiday", {"holidays": "never"}, NOON, {}, None),
    ("on the day after", {"holidays": "never"}, NOON + 2 * DAY, {}, Posture.FREE_ACCESS),
    ("only on a holiday", {"holidays": "only"}, NOON, {}, Posture.FREE_ACCESS),
    ("not on the day after", {"holidays": "only"}, NOON + 2 * DAY, {}, None),
    ("nobody yet", {"first_in": ["staff"]}, NOON, {}, None),
    ("somebody else", {"first_in": ["staff"]}, NOON, {"visitor": NOON - 60}, None),
    ("staff a minute ago", {"first_in": ["staff"]}, NOON, {"staff": NOON - 60}, Posture.FREE_ACCESS),
    ("staff before the opening", {"first_in": ["staff"]}, NOON, {"staff": MIDNIGHT}, Posture.FREE_ACCESS),
    ("staff yesterday", {"first_in": ["staff"]}, NOON, {"staff": MIDNIGHT - 1}, None),
    ("one of two", {"first_in": ["staff", "guard"]}, NOON, {"guard": NOON}, Posture.FREE_ACCESS),
    ("too early all the same", {"first_in": ["staff"]}, MIDNIGHT + 3600, {"staff": MIDNIGHT}, None),
]


@pytest.mark.parametrize(("name", "fields", "second", "came", "posture"), POSTURES, ids=[row[0] for row in POSTURES])
def test_an_unlock_schedule_waits_for_its_day_and_its_first_person(
    name: str, fields: dict[str, object], second: int, came: dict[str, int], posture: Posture | None
) -> None:
    """It opens on the days it is meant for, and where it asks for somebody only after they came in that day."""
    book = Rulebook.unlimited(policy(postures=[FREE | fields]))
    assert (posture_of(book, at(second), came), bool(name)) == (posture, True)


def test_a_clock_that_may_be_past_midnight_waits_for_the_first_person() -> None:
    """Whoever came in came on one of two days, and nobody knows on which."""
    always = {"posture": "free_access", "days": ["sun", "mon"], "from": "00:00", "until": "24:00"}
    book = Rulebook.unlimited(policy(postures=[always | {"first_in": ["staff"]}]))
    unsure = Instant(0, MIDNIGHT - 1, MIDNIGHT + 1, "rtc")
    assert posture_of(book, unsure, {"staff": MIDNIGHT - 1}) is None
    assert posture_of(book, at(MIDNIGHT - 1), {"staff": MIDNIGHT - 1}) is Posture.FREE_ACCESS


def waiting(**effective: str) -> Rulebook:
    """A policy that admits visitors in its time alone, over one that admits nobody but staff."""
    before = Rulebook(policy(classes={"staff": {}}), 1, 0, NEVER)
    return Rulebook(policy(effective=effective), 2, 0, NEVER, earlier=(before,))


EFFECTIVE: list[tuple[str, Rulebook, Instant, Reason | None]] = [
    ("not yet", waiting(**{"from": "2026-01-05T10:01"}), at(NOON + 59), Reason.CLASS_NOT_ADMITTED),
    ("from its first second", waiting(**{"from": "2026-01-05T10:01"}), at(NOON + 60), None),
    ("by the latest the clock allows", waiting(**{"from": "2026-01-05T10:01"}), Instant(0, NOON, NOON + 60, "r"), None),
    ("its last second", waiting(until="2026-01-05T10:01"), at(NOON + 59), None),
    ("over", waiting(until="2026-01-05T10:01"), at(NOON + 60), Reason.CLASS_NOT_ADMITTED),
    (
        "not yet, and none before",
        replace(waiting(**{"from": "2026-01-05T10:01"}), earlier=()),
        at(NOON + 59),
        Reason.POLICY_EXPIRED,
    ),
    (
        "over, and none before",
        replace(waiting(until="2026-01-05T10:01"), earlier=()),
        at(NOON + 60),
        Reason.POLICY_EXPIRED,
    ),
]


@pytest.mark.parametrize(("name", "book", "now", "reason"), EFFECTIVE, ids=[row[0] for row in EFFECTIVE])
def test_a_policy_waits_for_its_time(name: str, book: Rulebook, now: Instant, reason: Reason | None) -> None:
    """The one before it goes on until then, and again after its end."""
    assert (why(book, now), bool(name)) == (reason, True)


def test_an_end_of_a_document_is_no_end_of_its_own_time() -> None:
    """A policy that has run out admits nobody; the one before it does not come back for that."""
    book = replace(waiting(**{"from": "2026-01-05T09:00"}), expires=NOON)
    assert why(book, AT_NOON) is Reason.POLICY_EXPIRED


AGES: list[tuple[dict[str, int], dict[str, int], int | None, int, Reason | None]] = [
    ({"trust_s": 60}, {"trust_issued": NOON - 60}, None, NOON - 9, None),
    ({"trust_s": 60}, {"trust_issued": NOON - 61}, None, NOON - 9, Reason.LISTS_TOO_OLD),
    ({"trust_s": 60}, {"trust_issued": 0}, None, NOON - 9, None),
    ({"policy_s": 60}, {}, None, NOON - 60, None),
    ({"policy_s": 60}, {}, None, NOON - 61, Reason.LISTS_TOO_OLD),
    ({"revocations_s": 60}, {}, NOON - 60, NOON - 9, None),
    ({"revocations_s": 60}, {}, NOON - 61, NOON - 9, Reason.LISTS_TOO_OLD),
    ({"revocations_s": 60}, {}, None, NOON - 9, Reason.LISTS_TOO_OLD),
    ({"policy_s": 60, "trust_s": 3600}, {"trust_issued": NOON - 61}, None, NOON - 9, None),
]


@pytest.mark.parametrize(("limits", "about", "revocations", "issued", "reason"), AGES)
def test_lists_may_be_so_old_and_no_older(
    limits: dict[str, int], about: dict[str, int], revocations: int | None, issued: int, reason: Reason | None
) -> None:
    """An age is counted from the signing to the latest second that the clock allows; a list that is missing is old."""
    book = Rulebook(policy({"limits": limits}), 1, issued, NEVER, revocations)
    assert why(book, AT_NOON, **about) is reason
    unsure = Instant(0, NOON - 600, NOON, "rtc")
    assert why(book, unsure, **about) is reason


def test_the_age_of_lists_stands_after_the_blocked_and_before_the_area() -> None:
    """In the order of the checks."""
    rule: dict[str, object] = {"limits": {"trust_s": 60}, "areas": ["vault"]}
    old = {"trust_issued": 1}
    assert why(policy(rule), AT_NOON, **old) is Reason.LISTS_TOO_OLD
    assert why(policy(rule, blocked=["a" * 32]), AT_NOON, **old) is Reason.BLOCKED
    assert why(policy(rule), AT_NOON, trust_issued=NOON) is Reason.WRONG_AREA


def observe(book: Rulebook) -> Rulebook:
    """The same rules, only observed."""
    assert book.policy is not None
    return replace(book, policy=book.policy.model_copy(update={"mode": "observe"}))


def test_a_policy_that_observes_softens_health_and_records_it() -> None:
    """Let in, with what would have been and why; what it does not soften refuses as ever."""
    said = decide(PASS, Direction.IN, AT_NOON, PLACE, observe(SICK), Presence())
    assert said == Decision(Outcome.ALLOW, Direction.IN, remark=Reason.HEALTH, observed=Outcome.DENY)
    assert said.shown.remark is Reason.SEE_OFFICER
    good = decide(replace(PASS, health_ok_until=NEVER), Direction.IN, AT_NOON, PLACE, observe(SICK), Presence())
    assert good == Decision(Outcome.ALLOW, Direction.IN, observed=Outcome.ALLOW)
    astray = decide(replace(PASS, areas=("vault",)), Direction.IN, AT_NOON, PLACE, observe(SICK), Presence())
    assert astray == Decision(Outcome.DENY, Direction.IN, Reason.WRONG_AREA, observed=Outcome.DENY)
    used = decide(
        replace(PASS, entries=1), Direction.IN, AT_NOON, PLACE, observe(SICK), Presence({PASS.reference: (1, NEVER)})
    )
    assert used == Decision(Outcome.DENY, Direction.IN, Reason.USED, Reason.HEALTH, observed=Outcome.DENY)


@pytest.mark.parametrize("posture", Posture)
def test_no_posture_is_softened_by_a_policy_that_observes(posture: Posture) -> None:
    """A lockdown is one whatever the policy is there for, and free access lets in whoever it did."""
    said = decide(PASS, Direction.IN, AT_NOON, PLACE, observe(SICK), Presence(), posture)
    strict = decide(PASS, Direction.IN, AT_NOON, PLACE, SICK, Presence(), posture)
    if posture is Posture.SECURE:
        assert (said.outcome, strict.outcome) == (Outcome.ALLOW, Outcome.DENY)
    else:
        assert (said.outcome, said.reason, said.remark) == (strict.outcome, strict.reason, strict.remark)


BODIES = st.fixed_dictionaries(
    {},
    optional={
        "holidays": st.just("closed"),
        "holiday_hours": st.just([MORNING]),
        "hours": st.just(WEEKDAYS),
        "limits": st.sampled_from([{"policy_s": 60}, {"trust_s": 3600}]),
        "verify": st.lists(st.sampled_from(["holiday", "hours", "lists_too_old"])),
        "health": st.just("required"),
    },
)
MOMENTS = st.integers(NOON - 9 * DAY, NOON + 9 * DAY)


@given(BODIES, st.sampled_from(["observe", "enforce"]), MOMENTS, st.integers(0, DAY), st.booleans())
def test_dates_never_hold_anybody_back_and_the_same_is_decided_twice(
    rule: dict[str, object],
    mode: str,
    second: int,
    unsure: int,
    leads_in: bool,  # noqa: FBT001  drawn by hypothesis
) -> None:
    """Total, the same twice; the way out is open; what an enforced policy admits an observed one does too."""
    now = Instant(0, second, second + unsure, "rtc")
    book = replace(
        Rulebook.unlimited(policy(rule, mode=mode, effective={"from": "2026-01-04T00:00"})), issued=NOON - DAY
    )
    direction = Direction.IN if leads_in else Direction.OUT
    said = decide(PASS, direction, now, PLACE, book, Presence())
    assert said == decide(PASS, direction, now, PLACE, book, Presence())
    assert said.outcome is Outcome.ALLOW or leads_in
    assert (said.observed is not None) is (leads_in and mode == "observe")
    if leads_in and said.observed is Outcome.ALLOW:
        assert said.outcome is Outcome.ALLOW


BAD: list[dict[str, object]] = [
    {"calendar": [MONDAY | {"date": "2026-02-30"}]},
    {"calendar": [MONDAY | {"date": "5 January"}]},
    {"calendar": [MONDAY | {"kind": "bank_holiday"}]},
    {"effective": {}},
    {"effective": {"from": "2026-01-05T25:00"}},
    {"effective": {"from": "2026-01-05T08:00", "until": "2026-01-05T08:00"}},
    {"effective": {"from": "2026-01-05T08:00:00Z"}},
    {"mode": "off"},
    {"classes": {"visitor": {"holidays": "open"}}},
    {"classes": {"visitor": {"limits": {}}}},
    {"classes": {"visitor": {"limits": {"trust_s": 59}}}},
    {"classes": {"visitor": {"limits": {"trust_s": "3600"}}}},
    {"postures": [FREE | {"posture": "lockdown", "first_in": ["staff"]}]},
    {"postures": [FREE | {"first_in": []}]},
]


@pytest.mark.parametrize("fields", BAD)
def test_a_date_that_is_none_is_refused_with_one_line(fields: dict[str, object]) -> None:
    """Each is one mistake, which names its place and what to write."""
    found = strict_json.read_as({"profile": "test", "classes": {"visitor": {}}} | fields, Policy)
    assert isinstance(found, tuple)
    assert len(found) == 1, found
    with pytest.raises(ValidationError):
        Policy.model_validate({"profile": "test", "classes": {"visitor": {}}} | fields)
