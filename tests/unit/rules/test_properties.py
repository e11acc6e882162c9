"""What holds of decide() whatever it is asked: its order, its defaults, and that it answers the same every time."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NO_ENTRY, SOFTENED, WAIVABLE, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.command import ROOT
from tests.issuing import NOON
from tests.unit.rules.faults import AFTERWARDS, FAULTS, FEW, NOTHING, SUNDAYS, TODAY, UNREAD, Case, case_of, expected

IN, OUT = Direction.IN, Direction.OUT
PAIRS = [(first, second) for second in range(len(FAULTS)) for first in range(second)]


def test_every_reason_has_its_place_in_the_order() -> None:
    """A reason that is new in the closed list has its row in FAULTS, or is one that decide() never gives."""
    assert {reason for reason, _ in FAULTS} | AFTERWARDS == set(Reason)
    assert not AFTERWARDS & {reason for reason, _ in FAULTS}
    assert {reason for reason, _ in FAULTS} >= WAIVABLE | SOFTENED | set(UNREAD)


def test_what_is_good_is_allowed_and_one_fault_is_told() -> None:
    """Each row alone refuses, and for its own reason."""
    assert Case().decided(IN) == Decision(Outcome.ALLOW, IN)
    assert Case().decided(OUT) == Decision(Outcome.ALLOW, OUT)
    for row, (reason, _) in enumerate(FAULTS):
        assert case_of({row}).decided(IN) == Decision(Outcome.DENY, IN, reason), reason


def test_of_two_faults_the_earlier_is_told() -> None:
    """Every pair of the table."""
    for first, second in PAIRS:
        assert case_of({first, second}).decided(IN).reason is FAULTS[first][0], (FAULTS[first][0], FAULTS[second][0])


def test_a_later_refusal_outranks_an_earlier_question() -> None:
    """Whatever is left to an officer, waived or not: something else that refuses is told in its place."""
    tried = 0
    for first, second in PAIRS:
        (asks, _), (refuses, _) = FAULTS[first], FAULTS[second]
        if asks in WAIVABLE and (asks, refuses) != (Reason.HOLIDAY, Reason.HOURS):
            case = case_of({first, second})
            case.left = frozenset({asks})
            for waived in (NOTHING, case.left, frozenset(Reason)):
                assert case.decided(IN, waived=waived) == Decision(Outcome.DENY, IN, refuses), (asks, refuses)
            tried += 1
    assert tried >= 29


@given(
    st.sets(st.sampled_from(FEW), max_size=6),
    st.frozensets(st.sampled_from(sorted(WAIVABLE))),
    st.frozensets(st.sampled_from(Reason)),
    st.sampled_from(("enforce", "observe")),
    st.booleans(),
    st.sampled_from(Direction),
)
def test_what_is_decided_follows_from_the_order_alone(  # noqa: PLR0917  drawn by hypothesis
    rows: set[int],
    left: frozenset[Reason],
    waived: frozenset[Reason],
    mode: str,
    observing: bool,  # noqa: FBT001  drawn by hypothesis
    direction: Direction,
) -> None:
    """Any number of faults, whatever is left to officers or waived, observed or enforced, both ways."""
    rows = _together(rows)
    case = case_of(rows)
    case.left, case.mode = left, mode
    says = case.decided(direction, waived=waived, observing=observing)
    assert says == expected(rows, case, direction, waived=waived, observing=observing)


def _together(rows: set[int]) -> set[int]:
    """Leave out what an earlier row keeps from being there: one code is read once, and a pass has one validity."""
    alone = {*range(len(NO_ENTRY))}
    unread = {*range(len(NO_ENTRY), len(NO_ENTRY) + 2 * len(UNREAD))}
    kept = rows - alone - unread
    if rows & unread:
        kept = {min(rows & unread)}
    return kept | ({min(rows & alone)} if rows & alone else set())


def test_a_door_that_lets_everybody_in_refuses_nobody_and_remarks() -> None:
    """Free access: every row but the postures themselves is a remark."""
    for row in range(len(NO_ENTRY), len(FAULTS)):
        case = case_of({row})
        case.posture = Posture.FREE_ACCESS
        assert case.decided(IN) == Decision(Outcome.ALLOW, IN, remark=FAULTS[row][0])


def test_the_same_is_decided_in_every_process() -> None:
    """Hashes that begin elsewhere change no byte of what is decided of any pair."""
    said = [
        subprocess.run(
            [sys.executable, "-m", "tests.unit.rules.faults"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=100,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count(b"\n") == 4 * len(FEW) * (len(FEW) + 1) // 2


NAMES = st.sampled_from(("visitor", "staff", "lobby", "vault", "gate-1", "gate-9", "", "\0", "é" * 99))
NUMBERS = st.one_of(st.integers(NOON - 9, NOON + 9), st.integers(-(2**70), 2**70), st.sampled_from((0, 2**63 - 1)))
HOSTILE: st.SearchStrategy[Reading] = st.one_of(
    st.builds(Unreadable, st.sampled_from(Reason)),
    st.builds(Untrusted, st.sampled_from(Reason), NAMES),
    st.builds(
        Pass,
        format=st.sampled_from(("gp1", "paper", "")),
        reference=st.sampled_from(("a" * 32, "", "\0")),
        pass_class=NAMES,
        areas=st.none() | st.lists(NAMES, max_size=3).map(tuple),
        gates=st.lists(NAMES, max_size=3).map(tuple),
        issued=NUMBERS,
        not_before=NUMBERS,
        expires=NUMBERS,
        trust_until=NUMBERS,
        trust_issued=NUMBERS,
        entries=st.none() | NUMBERS,
        health_ok_until=st.none() | NUMBERS,
    ),
)
CLASS: dict[str, st.SearchStrategy[object]] = {
    "areas": st.lists(st.sampled_from(("lobby", "vault")), min_size=1),
    "hours": st.just(SUNDAYS),
    "holidays": st.just("closed"),
    "holiday_hours": st.just([{"from": "00:00", "until": "24:00", "kinds": ["collective_leave"]}]),
    "limits": st.just({"trust_s": 60, "policy_s": 60, "revocations_s": 60}),
    "escort": st.just({"by": ["staff"]}),
    "duress": st.sampled_from(("visitor", "nobody")),
    "health": st.sampled_from(("required", "colour", "rules")),
    "verify": st.lists(st.sampled_from(sorted(WAIVABLE))),
}
POLICIES = st.fixed_dictionaries(
    {"profile": st.just("t"), "classes": st.fixed_dictionaries({"visitor": st.fixed_dictionaries({}, optional=CLASS)})},
    optional={
        "timezone": st.sampled_from(("Asia/Jakarta", "Pacific/Apia", "America/New_York", "UTC")),
        "effective": st.just({"from": "2026-01-05T10:00"}),
        "mode": st.sampled_from(("enforce", "observe")),
        "calendar": st.just(TODAY),
        "two_person": st.just({"lobby": {}}),
        "blocked": st.just(["a" * 32]),
        "capacity": st.builds(lambda places: {"lobby": {"places": places, "gates": ["gate-1"]}}, st.integers(0, 2)),
        "passback": st.sampled_from(({"mode": "hard"}, {"mode": "timed", "minutes": 5}, {"mode": "soft"})),
    },
)
BOOKS = st.one_of(
    st.just(Rulebook()),
    st.builds(lambda body: Rulebook.unlimited(Policy.model_validate(body)), POLICIES),
    st.builds(
        lambda body, issued, ends: Rulebook(Policy.model_validate(body), 1, issued, ends), POLICIES, NUMBERS, NUMBERS
    ),
)
LAST_YEAR = 253_370_764_800
"""The year 9999 begins: beyond it no wall shows a time, and no clock of a gate comes to it."""
CLOCKS = st.one_of(
    st.just(Instant(0)),
    st.tuples(st.integers(0, LAST_YEAR - 1), st.integers(0, LAST_YEAR - 1)).map(
        lambda two: Instant(0, min(two), max(two))
    ),
    st.integers(0, 9).map(lambda wide: Instant(0, NOON - wide, NOON + wide)),
)


@given(
    HOSTILE,
    BOOKS,
    CLOCKS,
    st.sampled_from(Posture),
    st.frozensets(st.sampled_from(Reason)),
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_shown_has_an_answer_and_deny_is_the_default(  # noqa: PLR0917  drawn by hypothesis
    reading: Reading,
    rules: Rulebook,
    now: Instant,
    posture: Posture,
    waived: frozenset[Reason],
    observing: bool,  # noqa: FBT001  drawn by hypothesis
    moved: bool,  # noqa: FBT001  drawn by hypothesis
) -> None:
    """No input makes it fail, the way out opens always, and whoever gets in has a pass of a named class, in time."""
    presence, place = Presence({"a" * 32: (1, NOON)}), Place("gate-1", "lobby", observing)
    if moved:
        presence.area.moves.note("a" * 32, IN, Instant(0, NOON, NOON))
    out = decide(reading, OUT, now, place, rules, presence, posture, waived)
    assert (out.outcome, out.reason, out.observed) == (Outcome.ALLOW, None, None)
    said = decide(reading, IN, now, place, rules, presence, posture, waived)
    assert said == decide(reading, IN, now, place, rules, presence, posture, waived)
    assert (said.outcome is Outcome.ALLOW) is (said.reason is None)
    if posture in NO_ENTRY:
        assert said.outcome is Outcome.DENY
    elif said.outcome is not Outcome.DENY and posture is Posture.SECURE and not observing:
        assert isinstance(reading, Pass)
        assert reading.not_before <= now.earliest <= now.latest < min(reading.expires, reading.trust_until)
        assert rules.policy is not None
        assert (reading.pass_class, reading.format) == ("visitor", "gp1")
        for areas in (reading.areas, rules.policy.classes["visitor"].areas):
            assert areas is None or "lobby" in areas
        assert reading.reference not in rules.policy.blocked
