"""decide(): its order, its defaults, and that nobody is ever kept inside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from firmware.events import NEVER, Decision, Direction, Instant, Outcome, Reason, Use
from firmware.passes.outcome import Pass, Presented, Reading, Unreadable, Untrusted
from firmware.rules.capacity import AreaCapacity
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.passback import AntiPassback
from firmware.rules.policy import Policy, visitor_management
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON, NOON

PLACE = Place("gate-1", "lobby")
OPEN = Rulebook.unlimited(visitor_management())
PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, NOON - 3600, NOON + 3600, NEVER)
ALLOWED = Decision(Outcome.ALLOW, Direction.IN)


def rulebook(**rule: object) -> Rulebook:
    """Make a policy with one class."""
    return Rulebook.unlimited(Policy.model_validate({"profile": "test", "classes": {"visitor": rule}}))


def replace_blocked(rules: Rulebook) -> Policy:
    """Block the one pass of this file in a policy."""
    assert rules.policy is not None
    return rules.policy.model_copy(update={"blocked": frozenset({"a" * 32})})


def opening(days: list[str], from_: str, until: str) -> dict[str, object]:
    """Write one weekly opening."""
    return {"days": days, "from": from_, "until": until}


def ask(
    reading: Reading = PASS, rules: Rulebook = OPEN, now: Instant = AT_NOON, presence: Presence | None = None
) -> Decision:
    """Ask for the way in."""
    return decide(reading, Direction.IN, now, PLACE, rules, presence or Presence())


USED = Presence({PASS.reference: (1, NOON + 3600)})
USED.proofs.newest[PASS.reference] = NOON
USED.area.moves.note(PASS.reference, Direction.IN, AT_NOON)
CROWDED = Rulebook.unlimited(
    visitor_management().model_copy(
        update={
            "capacity": {"lobby": AreaCapacity(places=0, gates=("gate-1",))},
            "passback": AntiPassback(mode="hard"),
        }
    )
)
BAD = replace(PASS, expires=NOON, pass_class="nobody", areas=("vault",), gates=("gate-9",), entries=1)
CLOSED = rulebook(hours=[opening(["sun"], "00:00", "24:00")])
SICK = rulebook(health="required")
FOREIGN = Rulebook.unlimited(visitor_management().model_copy(update={"formats": ("hc1",)}))
NAMED = Rulebook.unlimited(replace_blocked(CLOSED))
ORDER: list[tuple[Reason, Reading, Rulebook]] = [
    (Reason.BAD_ENCODING, Unreadable(Reason.BAD_ENCODING), Rulebook()),
    (Reason.UNKNOWN_KEY, Untrusted(Reason.UNKNOWN_KEY, "gp1"), Rulebook()),
    (Reason.EXPIRED, BAD, Rulebook()),
    (Reason.NO_POLICY, replace(BAD, expires=NOON + 1), Rulebook()),
    (Reason.POLICY_EXPIRED, replace(BAD, expires=NOON + 1), replace(CLOSED, expires=NOON)),
    (Reason.POLICY_EXPIRED, replace(BAD, expires=NOON + 1), replace(CLOSED, issued=NOON + 1)),
    (Reason.BLOCKED, replace(BAD, expires=NOON + 1), NAMED),
    (Reason.NO_PROOF, replace(BAD, expires=NOON + 1, holder_key=b"\2" * 33), CLOSED),
    (Reason.STALE, replace(BAD, expires=NOON + 1, presented=Presented(NOON - 31, "lobby")), CLOSED),
    (Reason.REPLAYED, replace(BAD, expires=NOON + 1, presented=Presented(NOON - 9, "lobby")), CLOSED),
    (Reason.CLASS_NOT_ADMITTED, replace(BAD, expires=NOON + 1), CLOSED),
    (Reason.WRONG_AREA, replace(BAD, expires=NOON + 1, pass_class="visitor"), CLOSED),
    (Reason.WRONG_GATE, replace(BAD, expires=NOON + 1, pass_class="visitor", areas=("lobby",)), CLOSED),
    (Reason.HOURS, replace(PASS, entries=1), CLOSED),
    (Reason.HEALTH, replace(PASS, entries=1), SICK),
    (Reason.IDENTITY, replace(PASS, entries=1, format="hc1"), FOREIGN),
    (Reason.USED, replace(PASS, entries=1), CROWDED),
    (Reason.PASSBACK, PASS, CROWDED),
    (Reason.FULL, replace(PASS, reference="b" * 32), CROWDED),
]


@pytest.mark.parametrize(("reason", "reading", "rules"), ORDER, ids=[f"{n}-{row[0]}" for n, row in enumerate(ORDER)])
def test_the_first_check_that_refuses_gives_the_reason(reason: Reason, reading: Reading, rules: Rulebook) -> None:
    """Each row also fails everything after it, so the order of the checks is what is pinned."""
    assert ask(reading, rules, presence=USED) == Decision(Outcome.DENY, Direction.IN, reason)


def test_a_good_pass_is_allowed() -> None:
    """A verified, valid pass of an admitted class for this area gets in."""
    assert ask() == ALLOWED
    assert ask(replace(PASS, gates=("gate-9", "gate-1"))) == ALLOWED
    assert ask(rules=rulebook(areas=["lobby", "vault"])) == ALLOWED


@pytest.mark.parametrize(
    ("until", "now", "reason"),
    [
        (None, AT_NOON, Reason.HEALTH),
        (NOON - 1, AT_NOON, Reason.HEALTH),
        (NOON, AT_NOON, Reason.HEALTH),
        (NOON + 1, AT_NOON, None),
        (NOON + 5, Instant(0, NOON - 5, NOON + 5, "rtc"), Reason.HEALTH),
        (NOON + 6, Instant(0, NOON - 5, NOON + 5, "rtc"), None),
    ],
)
def test_health_is_judged_on_the_whole_time_interval(until: int | None, now: Instant, reason: Reason | None) -> None:
    """Where the policy asks for it the pass must vouch for it at every second that the clock allows."""
    assert ask(replace(PASS, health_ok_until=until), SICK, now).reason is reason
    assert ask(replace(PASS, health_ok_until=until), OPEN, now) == ALLOWED


@pytest.mark.parametrize("reason", [Reason.HEALTH, Reason.BLOCKED, Reason.REVOKED])
def test_what_is_for_a_few_is_shown_to_everybody_as_one_word(reason: Reason) -> None:
    """Refused or only remarked upon: nobody who may not know can tell the two apart."""
    refused = Decision(Outcome.DENY, Direction.IN, reason)
    noted = Decision(Outcome.ALLOW, Direction.OUT, remark=reason)
    assert refused.restricted
    assert refused.shown == Decision(Outcome.DENY, Direction.IN, Reason.SEE_OFFICER)
    assert noted.shown == Decision(Outcome.ALLOW, Direction.OUT, remark=Reason.SEE_OFFICER)
    assert ALLOWED.shown is ALLOWED


def test_a_policy_can_keep_a_class_out_of_an_area() -> None:
    """The pass names the area, the policy does not: the policy wins."""
    assert ask(rules=rulebook(areas=["vault"])).reason is Reason.WRONG_AREA


WEEK = [
    ("mon", "10:00", "11:00", NOON, NOON, None),
    ("mon", "10:01", "11:00", NOON, NOON, Reason.HOURS),
    ("mon", "09:00", "10:00", NOON, NOON, Reason.HOURS),
    ("mon", "09:00", "10:00", NOON - 1, NOON - 1, None),
    ("mon", "09:00", "10:00", NOON - 1, NOON, Reason.HOURS),
    ("tue", "00:00", "24:00", NOON, NOON, Reason.HOURS),
]


@pytest.mark.parametrize(("day", "from_", "until", "earliest", "latest", "reason"), WEEK)
def test_hours_are_local_and_hold_on_the_whole_interval(  # noqa: PLR0917  a table
    day: str, from_: str, until: str, earliest: int, latest: int, reason: Reason | None
) -> None:
    """An opening includes its first minute and not its last, in the policy's time zone, at both ends of the clock."""
    rules = rulebook(hours=[opening([day], from_, until)])
    assert ask(rules=rules, now=Instant(0, earliest, latest)).reason is reason


def test_a_one_entry_pass_gets_in_once() -> None:
    """An entry taken closes the way in, an entry given back opens it again."""
    presence, once = Presence(), replace(PASS, entries=1)
    use = Use(PASS.reference, 1, PASS.expires)
    assert ask(once, presence=presence) == ALLOWED
    presence.note(use)
    assert ask(once, presence=presence).reason is Reason.USED
    assert ask(PASS, presence=presence) == ALLOWED
    presence.note(replace(use, delta=-1))
    assert ask(once, presence=presence) == ALLOWED
    presence.note(replace(use, delta=-1))
    presence.note(use)
    assert ask(once, presence=presence).reason is Reason.USED


def test_a_counted_pass_from_before_a_loss_of_uses_is_used_up() -> None:
    """Nobody knows whether it was used, so it stays out; a pass issued since, or one without a count, passes."""
    presence = Presence.rebuilt({}, PASS.issued + 1)
    once = replace(PASS, entries=1)
    assert ask(once, presence=presence).reason is Reason.USED
    assert ask(replace(once, issued=PASS.issued + 1), presence=presence) == ALLOWED
    assert ask(PASS, presence=presence) == ALLOWED


def test_presence_forgets_only_what_can_never_come_back() -> None:
    """A use is kept until its pass has certainly been expired for a month."""
    presence = Presence.rebuilt({"a": (1, NOON), "b": (1, NOON + 1)})
    presence.forget_expired(NOON + 30 * 86_400)
    assert presence.taken == {"b": (1, NOON + 1)}


def test_leaving_with_a_used_up_pass_is_not_odd() -> None:
    """Whoever leaves after the one entry of a pass leaves no remark; any other fault does."""
    presence = Presence({PASS.reference: (1, NOON)})
    out = decide(replace(PASS, entries=1), Direction.OUT, AT_NOON, PLACE, OPEN, presence)
    assert out == Decision(Outcome.ALLOW, Direction.OUT)
    odd = decide(Unreadable(Reason.NO_CODE), Direction.OUT, AT_NOON, PLACE, OPEN, presence)
    assert odd == Decision(Outcome.ALLOW, Direction.OUT, remark=Reason.NO_CODE)


MISTAKES = [
    ({"classes": {"visitor": {}}}, "profile"),
    ({"profile": "x", "classes": {}}, "classes"),
    ({"profile": "x", "classes": {"visitor": {}}, "color": 1}, "color"),
    ({"profile": "x", "classes": {"Visitor": {}}}, "Visitor"),
    ({"profile": "x", "timezone": "Mars/Olympus", "classes": {"visitor": {}}}, "time zone"),
    ({"profile": "x", "timezone": "localtime", "classes": {"visitor": {}}}, "time zone"),
    ({"profile": "x", "timezone": "posix/UTC", "classes": {"visitor": {}}}, "time zone"),
    ({"profile": "x", "timezone": "right/UTC", "classes": {"visitor": {}}}, "time zone"),
    ({"profile": "x", "timezone": "posixrules", "classes": {"visitor": {}}}, "time zone"),
    ({"profile": "x", "timezone": "../../etc/passwd", "classes": {"visitor": {}}}, "time zone"),
    ({"profile": "x", "formats": ["hc9"], "classes": {"visitor": {}}}, "formats"),
    ({"profile": "x", "classes": {"visitor": {"areas": []}}}, "areas"),
    ({"profile": "x", "classes": {"visitor": {"hours": [opening(["mon"], "18:00", "08:00")]}}}, "not after"),
    ({"profile": "x", "classes": {"visitor": {"hours": [opening(["mon"], "08:00", "25:00")]}}}, "until"),
    ({"profile": "x", "classes": {"visitor": {"hours": [opening(["monday"], "08:00", "09:00")]}}}, "days"),
    ({"profile": "x", "classes": {"visitor": {"hours": [opening([], "08:00", "09:00")]}}}, "days"),
]


@pytest.mark.parametrize(("document", "where"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_a_policy_that_is_not_understood_is_refused(document: dict[str, object], where: str) -> None:
    """Unknown keys, wrong types and impossible times never become a policy; the message names the place."""
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate(document)
    assert where in str(caught.value)
