"""Anti-passback: who is taken to be inside, by which gate's word, for how long, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from firmware.events import NEVER, Decision, Direction, Instant, Move, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.passback import DAY_S, MOST_ENTRIES, MOST_KEPT, AntiPassback, Last, Moves, odd
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON, NOON

ZONE = ZoneInfo("Asia/Jakarta")
IN, OUT = Direction.IN, Direction.OUT
PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, 0, NEVER, NEVER)
ANN = "d" * 16
HARD: dict[str, object] = {"mode": "hard"}


def ask(
    presence: Presence, direction: Direction = IN, rule: dict[str, object] | None = None, credential: Pass = PASS
) -> Decision:
    """Show a pass under one rule."""
    policy = Policy.model_validate({"profile": "t", "classes": {"visitor": {}, "staff": {}}, "passback": rule or {}})
    return decide(credential, direction, AT_NOON, Place("gate-1", "lobby"), Rulebook.unlimited(policy), presence)


def moved(*moves: tuple[Direction, int]) -> Presence:
    """Let the pass have moved at this gate."""
    presence = Presence()
    for direction, second in moves:
        presence.area.moves.note(PASS.reference, direction, Instant(0, second, second))
    return presence


MODES: list[tuple[dict[str, object], Outcome, Reason | None, Reason | None]] = [
    ({"mode": "off"}, Outcome.ALLOW, None, None),
    ({}, Outcome.ALLOW, None, Reason.PASSBACK),
    ({"mode": "soft"}, Outcome.ALLOW, None, Reason.PASSBACK),
    ({"mode": "hard"}, Outcome.DENY, Reason.PASSBACK, None),
    ({"mode": "timed", "minutes": 2}, Outcome.DENY, Reason.PASSBACK, None),
    ({"mode": "timed", "minutes": 1}, Outcome.ALLOW, None, None),
    ({"mode": "hard", "exempt": ["visitor"]}, Outcome.ALLOW, None, None),
    ({"mode": "hard", "exempt": ["staff"]}, Outcome.DENY, Reason.PASSBACK, None),
    ({"mode": "hard", "reset": "10:00"}, Outcome.ALLOW, None, None),
    ({"mode": "hard", "reset": "09:59"}, Outcome.DENY, Reason.PASSBACK, None),
]


@pytest.mark.parametrize(("rule", "outcome", "reason", "remark"), MODES)
def test_what_becomes_of_somebody_who_is_inside(
    rule: dict[str, object], outcome: Outcome, reason: Reason | None, remark: Reason | None
) -> None:
    """Came in a minute ago, at 09:59 local, and shows again."""
    assert ask(moved((IN, NOON - 60)), rule=rule) == Decision(outcome, IN, reason, remark)


def test_whoever_left_comes_in_again_and_whoever_leaves_twice_is_remarked_upon() -> None:
    """The way out is never refused; going out without having come in since is odd, and no more."""
    gone = moved((IN, NOON - 60), (OUT, NOON - 30))
    assert ask(gone, rule=HARD) == Decision(Outcome.ALLOW, IN)
    assert ask(gone, OUT, HARD) == Decision(Outcome.ALLOW, OUT, remark=Reason.PASSBACK)
    assert ask(moved((IN, NOON - 60)), OUT, rule=HARD) == Decision(Outcome.ALLOW, OUT)
    assert ask(Presence(), OUT, HARD) == Decision(Outcome.ALLOW, OUT)


def test_a_grant_that_nobody_used_lets_them_try_again_at_once() -> None:
    """While it is open the pass does not come back through the door; annulled, all is as before."""
    presence = moved((OUT, NOON - 60))
    moves = presence.area.moves
    for grant, before in (("g", OUT), ("h", None)):
        if before is None:
            moves.here.clear()
        moves.begin(grant, PASS.reference, IN, AT_NOON)
        assert ask(presence, rule=HARD).reason is Reason.PASSBACK
        moves.end(grant, used=False)
        assert ask(presence, rule=HARD) == Decision(Outcome.ALLOW, IN)
    moves.begin("i", PASS.reference, IN, AT_NOON)
    moves.end("i", used=True)
    moves.end("i", used=False)
    assert ask(presence, rule=HARD).reason is Reason.PASSBACK


def told(*moves: Move) -> Presence:
    """Hear a sibling say so, of the pass's subject of today."""
    presence = Presence(subject=lambda reference, now: ANN if (reference, now) == (PASS.reference, AT_NOON) else None)
    presence.area.moves.hear("gate-2", moves)
    return presence


def test_what_a_sibling_saw_counts_here() -> None:
    """In by another gate is inside; out by another gate is not; of both at one second the way out counts."""
    assert ask(told(Move(ANN, IN, NOON - 60)), rule=HARD).reason is Reason.PASSBACK
    assert ask(told(Move("e" * 16, IN, NOON - 60)), rule=HARD).outcome is Outcome.ALLOW
    assert ask(told(Move(ANN, IN, NOON - 60), Move(ANN, OUT, NOON - 60)), rule=HARD).outcome is Outcome.ALLOW
    assert ask(told(Move(ANN, OUT, NOON - 60), Move(ANN, IN, NOON - 60)), rule=HARD).outcome is Outcome.ALLOW
    late = told(Move(ANN, IN, NOON - 60), Move(ANN, OUT, NOON - 90))
    assert ask(late, rule=HARD).reason is Reason.PASSBACK


def test_the_newer_of_here_and_there_counts() -> None:
    """In there and out here since, or the other way round."""
    presence = told(Move(ANN, IN, NOON - 60))
    presence.area.moves.note(PASS.reference, OUT, Instant(0, NOON - 30, NOON - 30))
    assert ask(presence, rule=HARD).outcome is Outcome.ALLOW
    presence.area.moves.hear("gate-2", [Move(ANN, IN, NOON - 10)])
    assert ask(presence, rule=HARD).reason is Reason.PASSBACK


def test_a_one_entry_pass_used_at_a_sibling_is_used_up_here() -> None:
    """Each entry counts once however often it is told; one of two entries is left."""
    presence = told(Move(ANN, IN, NOON - 60), Move(ANN, OUT, NOON - 30))
    presence.area.moves.hear("gate-2", [Move(ANN, IN, NOON - 60)])
    assert ask(presence, credential=replace(PASS, entries=1)).reason is Reason.USED
    assert ask(presence, credential=replace(PASS, entries=2)).outcome is Outcome.ALLOW
    presence.area.moves.hear("gate-3", [Move(ANN, IN, NOON - 60)])
    assert ask(presence, credential=replace(PASS, entries=2)).reason is Reason.USED
    assert ask(presence).outcome is Outcome.ALLOW


def test_a_clock_that_does_not_know_says_nobody_is_inside() -> None:
    """Unbounded, or wide enough for the night's reset or the limit to lie between."""
    rule = AntiPassback(mode="timed", minutes=1)
    last = Last(IN, NOON)
    assert odd(rule, "visitor", IN, last, Instant(0, NOON, NOON + 59), ZONE)
    assert not odd(rule, "visitor", IN, last, Instant(0, NOON, NOON + 60), ZONE)
    assert not odd(AntiPassback(mode="hard"), "visitor", IN, last, Instant(0, NOON, NEVER), ZONE)
    assert not odd(AntiPassback(mode="hard"), "visitor", IN, last, Instant(0, NOON, NOON + 50_400), ZONE)
    assert odd(AntiPassback(mode="hard"), "visitor", IN, last, Instant(0, NOON, NOON + 50_399), ZONE)


def test_what_this_gate_saw_later_counts_later_whatever_its_clock_did() -> None:
    """A clock put back an hour, or lost, does not turn leaving into coming."""
    moves = Moves()
    moves.note("r", IN, Instant(0, NOON, NOON))
    moves.note("r", OUT, Instant(0, NOON - 3600, NOON - 3600))
    assert moves.last("r", None) == Last(OUT, NOON)
    moves.note("r", IN, Instant(0, NOON + 5, NEVER))
    assert moves.last("r", None) == Last(IN, NOON + 5)
    moves.note("r", OUT, Instant(0, NOON + 5 - DAY_S, NOON + 5 - DAY_S))
    assert moves.last("r", None) == Last(OUT, NOON + 5)


def test_what_an_earlier_run_remembered_of_siblings_counts_unless_something_newer_was_heard() -> None:
    """Nothing that was heard since is forgotten for it, and nobody who was not heard of."""
    kept, moves = Moves(), Moves()
    kept.hear("gate-2", [Move(ANN, IN, NOON), Move("b" * 16, IN, NOON), Move("c" * 16, IN, NOON)])
    moves.hear("gate-2", [Move("b" * 16, OUT, NOON + 1), Move("c" * 16, OUT, NOON - 1), Move("e" * 16, OUT, NOON)])
    moves.recall(kept)
    found = [moves.last("nobody", subject * 16) for subject in ("d", "b", "c", "e")]
    assert found == [Last(IN, NOON), Last(OUT, NOON + 1), Last(IN, NOON), Last(OUT, NOON)]


def test_moves_are_forgotten_after_two_days_and_bounded_before() -> None:
    """No memory fills up: of a sibling's flood the oldest go first, which lets somebody in rather than not."""
    moves = Moves()
    moves.note("r", IN, Instant(0, NOON, NOON))
    moves.hear("gate-2", [Move(ANN, IN, NOON), Move("e" * 16, IN, NOON + 1)])
    moves.forget(NOON + 2 * DAY_S)
    assert (moves.here, list(moves.elsewhere), list(moves.entries)) == ({}, ["e" * 16], ["e" * 16])
    moves.hear("gate-2", [Move(f"{number:016x}", IN, NOON) for number in range(MOST_KEPT)])
    assert len(moves.elsewhere) == len(moves.entries) == MOST_KEPT
    assert "e" * 16 not in moves.elsewhere


def test_marks_name_whoever_may_have_moved_and_each_once() -> None:
    """Noted, taken back, forgotten for their age or crowded out: the journal is told of these and of nobody else."""
    moves = Moves()
    moves.note("r", IN, AT_NOON)
    moves.begin("g", "s", IN, AT_NOON)
    moves.begin("h", "s", OUT, AT_NOON)
    assert moves.changed() == (("r", "s"), ())
    moves.end("g", used=True)
    moves.hear("gate-2", [Move("d" * 16, IN, NOON), Move("e" * 16, IN, NOON + 1)])
    assert moves.changed() == ((), ())
    moves.end("h", used=False)
    moves.forget(NOON + 2 * DAY_S - 1)
    assert moves.changed() == (("s",), ())
    moves.forget(NOON + 2 * DAY_S)
    assert moves.changed() == (("r", "s"), ("d" * 16,))
    flood = [f"{number:016x}" for number in range(MOST_KEPT)]
    moves.hear("gate-2", [Move(subject, IN, NOON) for subject in flood])
    assert moves.changed() == ((), ("e" * 16,))
    moves.hear("gate-2", [Move(ANN, IN, NOON + 1)])
    moves.forget(NOON + 2 * DAY_S)
    assert moves.changed() == ((), tuple(flood))


@pytest.mark.parametrize(
    "rule", [{"mode": "timed"}, {"mode": "hard", "minutes": 5}, {"mode": "firm"}, {"reset": "25:00"}, {"minutes": 0}]
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, object]) -> None:
    """A limit without a time, a time without a limit, a mode nobody knows."""
    with pytest.raises(ValidationError):
        AntiPassback.model_validate(rule)


def test_entries_at_siblings_are_remembered_to_a_bound() -> None:
    """A gate's key that was stolen can name any number of seconds, of the far future too; the oldest are let go."""
    moves = Moves()
    moves.hear("gate-3", [Move("e" * 16, IN, NOON), *(Move(ANN, IN, NOON + at) for at in range(MOST_ENTRIES - 1))])
    assert (moves.taken("e" * 16), moves.taken(ANN)) == (1, MOST_ENTRIES - 1)
    for begin in range(0, 2 * MOST_ENTRIES, 1_000):
        moves.hear("gate-2", [Move(ANN, IN, 10**12 + begin + at) for at in range(1_000)])
        assert sum(map(len, moves.entries.values())) <= MOST_ENTRIES
    moves.hear("gate-3", [Move(ANN, IN, NOON), Move(ANN, IN, NOON)])
    assert moves.taken("e" * 16) == 0
    assert moves.taken(ANN) >= 1


@pytest.mark.parametrize("rule", [HARD, {"mode": "timed", "minutes": 60}])
def test_a_clock_that_was_a_year_ahead_keeps_nobody_out_for_a_year(rule: dict[str, object]) -> None:
    """What it saw then is nobody's reset away; what is seen from now on counts again."""
    presence = moved((IN, NOON + 365 * DAY_S))
    assert ask(presence, rule=rule).outcome is Outcome.ALLOW
    presence.area.moves.note(PASS.reference, IN, AT_NOON)
    assert ask(presence, rule=rule).reason is Reason.PASSBACK
    assert ask(moved((IN, NOON + 60)), rule=rule).reason is Reason.PASSBACK
    assert ask(moved((IN, NOON + DAY_S)), rule=rule).reason is Reason.PASSBACK
    assert ask(moved((IN, NOON + DAY_S + 1)), rule=rule).outcome is Outcome.ALLOW


GRANTS: list[tuple[list[tuple[str, bool]], Direction | None]] = [
    ([("g", False), ("h", False)], None),
    ([("h", False), ("g", False)], None),
    ([("g", False), ("h", True)], IN),
    ([("h", True), ("g", False)], IN),
    ([("g", True), ("h", False)], IN),
    ([("h", False), ("g", True)], IN),
]


@pytest.mark.parametrize(("ends", "moved_last"), GRANTS)
def test_a_pass_that_was_granted_twice_moved_if_one_grant_was_used(
    ends: list[tuple[str, bool]], moved_last: Direction | None
) -> None:
    """In whatever order they end: an unused one takes nothing back but itself."""
    moves = Moves()
    for grant in "gh":
        moves.begin(grant, PASS.reference, IN, AT_NOON)
    for grant, used in ends:
        moves.end(grant, used=used)
    last = moves.last(PASS.reference, None)
    assert (last and last.direction) == moved_last
