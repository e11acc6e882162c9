"""The holder's proof: asked for, meant for these gates, of now, and used once, whatever clocks and restarts do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import Direction, Instant, Leaf, Move, Outcome, Reason
from firmware.passes.outcome import Pass, Presented
from firmware.passes.presented import FRESH_S, freshness
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.policy import Policy, visitor_management
from firmware.rules.presence import Presence
from firmware.rules.proofs import KEPT, KEPT_S, MOST, WAITED_S, Proofs
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.test_decide import PASS

PLACE = Place("gate-1", "lobby", groups=frozenset({"ground-floor"}))
OPEN = Rulebook.unlimited(visitor_management())
HELD = Rulebook.unlimited(Policy.model_validate({"profile": "t", "classes": {"visitor": {"proof": "holder"}}}))
BOUND = replace(PASS, holder_key=b"\2" * 33)


def shown(at: int = NOON, group: str = "lobby", *, waited: bool = False) -> Pass:
    """Present the pass."""
    return replace(BOUND, presented=Presented(at, group, waited))


def ask(
    credential: Pass,
    presence: Presence | None = None,
    rules: Rulebook = OPEN,
    now: Instant = AT_NOON,
    direction: Direction = Direction.IN,
) -> Reason | None:
    """Say why a pass does not get in here; on the way out what is odd about it."""
    decision = decide(credential, direction, now, PLACE, rules, presence or Presence())
    assert (decision.outcome is Outcome.ALLOW) is (direction is Direction.OUT or decision.reason is None)
    return decision.reason or decision.remark


def after(*uses: Pass, now: Instant = AT_NOON) -> Presence:
    """Remember that these were used."""
    presence = Presence()
    for one in uses:
        presence.proofs.note(one, now)
    return presence


def of_sibling(at: int) -> Presence:
    """Have heard that the pass went through another gate at a second."""
    presence = Presence(subject=lambda _reference, now: "5" * 32 if now == AT_NOON else None)
    leaf = Leaf("00000001", 0, 1, 1, 0, used=(Move("5" * 32, Direction.IN, at),))
    assert presence.area.hear("gate-2", leaf, 0) is None
    return presence


ROWS: dict[str, tuple[Pass, Presence, Rulebook, Reason | None]] = {
    "a bearer's pass": (PASS, Presence(), OPEN, None),
    "a bearer's pass of a class that has to prove": (PASS, Presence(), HELD, Reason.NO_PROOF),
    "a bound pass as it was issued": (BOUND, Presence(), OPEN, Reason.NO_PROOF),
    "a presentation": (shown(), Presence(), OPEN, None),
    "a presentation of a class that has to prove": (shown(), Presence(), HELD, None),
    "for a group of the gate": (shown(group="ground-floor"), Presence(), OPEN, None),
    "for another group": (shown(group="roof"), Presence(), OPEN, Reason.BAD_PROOF),
    "for the gate by its own name": (shown(group="gate-1"), Presence(), OPEN, Reason.BAD_PROOF),
    "for another group, and old": (shown(NOON - 99, "roof"), Presence(), OPEN, Reason.BAD_PROOF),
    "old": (shown(NOON - 31), Presence(), OPEN, Reason.STALE),
    "of a time to come": (shown(NOON + 31), Presence(), OPEN, Reason.STALE),
    "old, and used": (shown(NOON - 31), after(shown()), OPEN, Reason.STALE),
    "used": (shown(), after(shown()), OPEN, Reason.REPLAYED),
    "used, and as far ahead as any that counts": (shown(NOON + 30), after(shown(NOON + 30)), OPEN, Reason.REPLAYED),
    "an older one than was used": (shown(NOON - 1), after(shown()), OPEN, Reason.REPLAYED),
    "used, and then an older one to leave": (shown(), after(shown(), shown(NOON - 5)), OPEN, Reason.REPLAYED),
    "a newer one than was used": (shown(NOON + 1), after(shown()), OPEN, None),
    "another pass's was used": (shown(), after(replace(shown(), reference="b" * 32)), OPEN, None),
    "one for another second of the same pass": (shown(), after(shown(NOON - 1)), OPEN, None),
    "made before a sibling's passage": (shown(NOON - 9), of_sibling(NOON - 4), OPEN, Reason.REPLAYED),
    "made in the second of a sibling's passage": (shown(NOON - 4), of_sibling(NOON - 4), OPEN, Reason.REPLAYED),
    "made after a sibling's passage": (shown(NOON - 3), of_sibling(NOON - 4), OPEN, None),
    "made before a damaged journal was replaced": (shown(), Presence(since=NOON - 30), OPEN, Reason.REPLAYED),
    "made long after a damaged journal was replaced": (shown(), Presence(since=NOON - 31), OPEN, None),
    "waited for an officer": (shown(NOON - 99, waited=True), Presence(), OPEN, None),
    "waited, and a newer one was used meanwhile": (
        shown(NOON - 99, waited=True),
        after(shown()),
        OPEN,
        Reason.REPLAYED,
    ),
}


@pytest.mark.parametrize(("credential", "presence", "rules", "reason"), ROWS.values(), ids=ROWS.keys())
def test_a_proof_is_of_now_and_for_here_and_unused(
    credential: Pass, presence: Presence, rules: Rulebook, reason: Reason | None
) -> None:
    """Going in it is refused for the first of these; going out the same is a remark and opens."""
    assert ask(credential, presence, rules) is reason
    assert ask(credential, presence, rules, direction=Direction.OUT) is reason


@pytest.mark.parametrize(
    ("made", "told"), [(None, 0), (-5, 0), (0, 0), (1, 1), (FRESH_S, FRESH_S), (FRESH_S + 1, FRESH_S), (10**9, FRESH_S)]
)
def test_siblings_are_told_the_second_of_a_code_that_is_ahead(made: int | None, told: int) -> None:
    """In and out alike, and never more than half a minute after the passage; without a code it is the passage's own."""
    area = Occupancy("gate-1", Ledger("00000001"))
    area.let_in("a", "5" * 32)
    area.let_out("b", "6" * 32)
    for grant in ("a", "b"):
        if made is None:
            area.ended(grant, "confirmed", AT_NOON)
        else:
            area.ended(grant, "confirmed", AT_NOON, NOON + made)
    assert [(move.direction, move.at) for move in area.own.used] == [
        (Direction.IN, NOON + told),
        (Direction.OUT, NOON + told),
    ]
    assert [stay.at for stay in area.own.stays] == [NOON]


def test_no_policy_gives_a_proof_up() -> None:
    """Neither an officer nor a policy that only observes waives what a proof lacks."""
    rules = {"profile": "t", "mode": "observe", "classes": {"visitor": {}}}
    every = frozenset(Reason)
    for credential, reason in ((BOUND, Reason.NO_PROOF), (shown(NOON - 31), Reason.STALE), (shown(), Reason.REPLAYED)):
        found = decide(
            credential,
            Direction.IN,
            AT_NOON,
            PLACE,
            Rulebook.unlimited(Policy.model_validate(rules)),
            after(shown()),
            waived=every,
        )
        assert (found.outcome, found.reason) == (Outcome.DENY, reason)


def test_what_opened_though_it_is_of_another_time_is_not_remembered() -> None:
    """One of a time to come, or so old that nobody can have waited with it, opens to let out and uses nothing up."""
    proofs = Proofs()
    for at in (NOON + 31, NOON + 10**6):
        proofs.note(shown(at), AT_NOON)
    proofs.note(PASS, AT_NOON)
    proofs.note(shown(NOON), Instant(0, NOON - 31, 2 * NOON, "rtc"))
    proofs.note(shown(NOON - WAITED_S - 1), AT_NOON)
    assert (proofs, proofs.take()) == (Proofs(), ())


@pytest.mark.parametrize(
    "then", [Instant(0, NOON + WAITED_S, NOON + WAITED_S, "rtc"), Instant(0, NOON - 30, NOON + 40, "rtc"), AT_NOON]
)
def test_who_waited_for_an_officer_has_used_their_code_by_any_clock(then: Instant) -> None:
    """It was fresh when shown, and is old, or not surely fresh, when it opens; put the clock back, and it is used."""
    presence = after(shown(), now=then)
    assert ask(shown(), presence) is Reason.REPLAYED
    assert ask(shown(NOON + 1), presence) is None
    again = Proofs()
    again.recall({name: text for name, text in presence.proofs.take() if text is not None})
    assert again.used(BOUND.reference, NOON)


def test_the_disk_has_the_newest_second_of_all_and_nothing_else() -> None:
    """It is handed over when it rises, and again after the file was replaced; a lower one never takes its place."""
    proofs = Proofs()
    proofs.recall({KEPT: str(NOON - 20), "area": "[]"})
    newest = ((KEPT, str(NOON - 10)),)
    for at, told in ((NOON - 25, ()), (NOON - 10, newest), (NOON - 15, ())):
        proofs.note(shown(at), AT_NOON)
        assert proofs.take() == told
    proofs.lost()
    assert (proofs.take(), proofs.take()) == (newest, ())


@pytest.mark.parametrize("text", ["", "soon", "-1", "9" * 13, "٣", "1.5"])
def test_what_the_disk_garbled_is_as_if_it_were_not_there(text: str) -> None:
    """A number that cannot be one is none, and nobody is kept out by it for ever."""
    proofs = Proofs()
    proofs.recall({KEPT: text})
    assert proofs.before == 0


def test_whom_it_forgets_leaves_a_second_behind() -> None:
    """After two minutes, or when there are too many, single passes go; what they used stays used by any clock."""
    presence = after(shown(NOON - 5), replace(shown(NOON + 9), reference="b" * 32))
    presence.forget_expired(NOON - 5 + KEPT_S)
    assert presence.proofs.before == 0
    presence.forget_expired(NOON - 4 + KEPT_S)
    assert (presence.proofs.before, presence.proofs.newest) == (NOON - 5, {"b" * 32: NOON + 9})
    assert ask(shown(NOON - 5), presence) is Reason.REPLAYED
    crowd = after(*(replace(shown(NOON + n % 9), reference=f"{n:032x}") for n in range(MOST + 1)))
    assert len(crowd.proofs.newest) == MOST // 2 + 1
    assert crowd.proofs.before >= NOON + 3


@dataclass
class Gate:
    """A gate that is killed and started, whose clock may be put anywhere, and all codes that got somebody in."""

    presence: Presence = field(default_factory=Presence)
    disk: dict[str, str] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    def show(self, reference: str, at: int, now: Instant) -> None:
        """Show a code; what opens is on disk first."""
        credential = replace(shown(at), reference=reference, expires=2 * NOON)
        if ask(credential, self.presence, now=now) is not None:
            return
        assert freshness(Presented(at, "lobby"), now) is None
        assert (reference, at) not in self.used
        assert all(at > before for whose, before in self.used if whose == reference)
        self.used.add((reference, at))
        self.presence.proofs.note(credential, now)
        self.disk |= {name: text for name, text in self.presence.proofs.take() if text is not None}

    def killed(self) -> None:
        """Begin with what is on disk."""
        self.presence = Presence()
        self.presence.proofs.recall(self.disk)


MOMENTS = st.integers(NOON - 200, NOON + 200)
STORY = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.sampled_from(["a" * 32, "b" * 32]), MOMENTS),
        st.tuples(st.just("clock"), MOMENTS, st.integers(0, 20)),
        st.tuples(st.just("kill")),
        st.tuples(st.just("forget")),
    ),
    max_size=60,
)


@given(STORY)
def test_no_code_gets_anybody_in_twice_whatever_happens_between(story: list[tuple[object, ...]]) -> None:
    """Clocks put forward and back, kills, forgetting: what opens is fresh, and later than all before of that pass."""
    gate, now = Gate(), AT_NOON
    for what, *more in story:
        match what, *more:
            case ["show", str(reference), int(at)]:
                gate.show(reference, at, now)
                gate.show(reference, at, now)
            case ["clock", int(at), int(unsure)]:
                now = Instant(0, at - unsure, at + unsure, "rtc")
            case ["kill"]:
                gate.killed()
            case _:
                gate.presence.forget_expired(now.earliest)


def test_right_wallets_are_never_kept_out() -> None:
    """A code of this second gets its holder in again and again, at a steady clock, over forgetting as well."""
    gate = Gate()
    for second in range(0, 600, 5):
        now = Instant(0, NOON + second - 2, NOON + second + 2, "ntp")
        gate.show("a" * 32, NOON + second, now)
        gate.show("b" * 32, NOON + second - FRESH_S // 2, now)
        gate.presence.forget_expired(now.earliest)
    assert len(gate.used) == 240
