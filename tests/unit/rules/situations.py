"""Everything that decide() can be given, drawn at random: for tests that hold for all of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from firmware.events import NEVER, WAIVABLE, Direction, Instant, Posture, Reason
from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.passes.outcome import Pass, Presented, Reading, Unreadable, Untrusted
from firmware.rules.companions import Companion
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.passback import Last
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.rules.replay.facts import Given
from tests.issuing import NOON
from tests.unit.rules.colours import profile as shipped_profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.events import Decision

REFERENCES: Final = ("a" * 32, "b" * 32, "c" * 32)
CLASSES: Final = ("visitor", "staff", "guest")
AREAS: Final = ("lobby", "vault")
TODAY: Final = "2026-01-05"


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _some(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, unique=True)


HOURS = st.sampled_from(
    [{"days": ["sun"], "from": "00:00", "until": "24:00"}, {"days": ["mon"], "from": "08:00", "until": "12:00"}]
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "areas": _some(AREAS),
        "hours": st.lists(HOURS, min_size=1, max_size=1),
        "holidays": st.just("closed"),
        "limits": st.just({"trust_s": 3600}) | st.just({"policy_s": 3600}) | st.just({"revocations_s": 3600}),
        "health": st.sampled_from(["required", "colour"]),
        "duress": st.just("staff"),
        "proof": st.just("holder"),
        "issuers": st.sampled_from([["Ministry"], ["Ministry", "Hospital"]]),
        "escort": st.just({"by": ["staff"], "per_escort": 1}),
        "verify": st.lists(st.sampled_from(sorted(one.value for one in WAIVABLE)), unique=True),
    },
)
PASSBACK = st.sampled_from(
    [
        {"mode": "soft"},
        {"mode": "hard"},
        {"mode": "off"},
        {"mode": "timed", "minutes": 60},
        {"mode": "hard", "exempt": ["staff"], "reset": "09:30"},
    ]
)
POLICIES = st.fixed_dictionaries(
    {"classes": st.dictionaries(st.sampled_from(CLASSES), RULES, min_size=1)},
    optional={
        "mode": st.just("observe"),
        "calendar": st.just([{"date": TODAY, "kind": "public_holiday", "name": "A Monday"}]),
        "blocked": st.sampled_from([[REFERENCES[0]], [*REFERENCES[1:]]]),
        "capacity": st.integers(0, 4).map(lambda places: {"lobby": {"places": places, "gates": ["gate-1", "gate-2"]}}),
        "passback": PASSBACK,
        "two_person": st.sampled_from([{"lobby": {}}, {"lobby": {"first": ["staff"], "within_s": 1}}]),
        "effective": st.sampled_from([{"from": "2026-01-05T12:00"}, {"until": "2026-01-05T12:00"}]),
    },
)
NOWS = st.one_of(
    st.builds(
        lambda at, error: Instant(5, NOON + at, NOON + at + error, "rtc"), st.integers(-20, 20), st.integers(0, 9)
    ),
    st.just(Instant(5, NOON, NEVER)),
)
SECONDS = st.integers(NOON - 30, NOON + 30)
DAYS = st.dates(date(2025, 6, 1), date(2026, 1, 6))
HEALTH = st.builds(
    HealthFacts,
    st.lists(st.builds(Dose, DAYS, st.integers(1, 3), st.integers(1, 2)), max_size=3).map(tuple),
    st.lists(st.builds(Test, DAYS, st.sampled_from(TestKind), st.booleans()), max_size=2).map(tuple),
    st.lists(DAYS, max_size=1).map(tuple),
    st.lists(DAYS, max_size=1).map(tuple),
    _maybe(st.dates(date(1950, 1, 1), date(2020, 1, 1))),
)
PASSES = st.builds(
    Pass,
    format=st.sampled_from(["gp1", "gp1", "hc1"]),
    reference=st.sampled_from(REFERENCES),
    pass_class=st.sampled_from(CLASSES),
    areas=_maybe(_some(AREAS).map(tuple)),
    gates=st.sampled_from([(), ("gate-1",), ("gate-2",)]),
    issued=SECONDS,
    not_before=st.just(0) | SECONDS,
    expires=st.just(NEVER) | SECONDS,
    trust_until=st.just(NEVER) | SECONDS,
    entries=_maybe(st.integers(1, 2)),
    health_ok_until=_maybe(SECONDS),
    issuer_name=st.sampled_from(["Ministry", "Hospital"]),
    revocation_ids=st.sampled_from([(), (("uci", b"listed"),)]),
    holder_key=_maybe(st.just(b"key")),
    presented=_maybe(st.builds(Presented, SECONDS, st.sampled_from(["lobby", "east", "vault"]), st.booleans())),
    trust_issued=st.sampled_from([0, NOON - 60, NOON - 7200]),
    health=_maybe(HEALTH),
)
READINGS: st.SearchStrategy[Reading] = st.one_of(
    PASSES, PASSES, PASSES, st.just(Unreadable(Reason.UNKNOWN_FORMAT)), st.just(Untrusted(Reason.BAD_SIGNATURE, "gp1"))
)


class Listed:
    """A list of revoked passes with one name on it."""

    false_hit_rate = 0.0

    def revoked(self, names: Iterable[tuple[str, bytes]], issued: int) -> str | None:  # noqa: ARG002  a list's own
        """Say whether it is that name."""
        return next((kind for kind, name in names if name == b"listed"), None)


@dataclass(frozen=True)
class Situation:
    """One call of decide(), with its answer; `given.rules` are those in force."""

    given: Given
    decision: Decision


COLOURS: Final = shipped_profile()


def policy(body: dict[str, Any]) -> Policy:
    """Make a policy of a drawn body, with the shipped colours."""
    return Policy.model_validate({"profile": "drawn", **body, "health_profile": COLOURS})


COMPANIONS = st.lists(
    st.builds(
        Companion,
        st.sampled_from(REFERENCES),
        st.sampled_from(CLASSES),
        st.sampled_from([0, 900, 16_000]),
        goes_in=st.booleans(),
        ahead=st.booleans(),
    ),
    max_size=3,
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Draw a call of decide()."""
    now, direction = draw(NOWS), draw(st.sampled_from(Direction))
    book = Rulebook(
        draw(_maybe(POLICIES.map(policy))),
        issued=draw(st.sampled_from([0, NOON - 7200, NOON - 60, NOON + 1])),
        expires=draw(st.sampled_from([NEVER + 1, NOON])),
        revocations_issued=draw(st.sampled_from([None, 0, NOON - 60])),
        revocations=draw(_maybe(st.just(Listed()))),
        revocations_lost=draw(st.sampled_from([False, False, True])),
    )
    area = Occupancy("gate-1", Ledger("e", entered=draw(st.integers(0, 3)), left=draw(st.integers(0, 3))))
    taken = draw(st.dictionaries(st.sampled_from(REFERENCES), st.tuples(st.integers(1, 2), st.just(NEVER))))
    presence = Presence(taken, draw(st.just(0) | SECONDS), area=area)
    moves = draw(
        st.dictionaries(
            st.sampled_from(REFERENCES), st.tuples(st.sampled_from(Direction), st.integers(NOON - 7200, NOON))
        )
    )
    area.moves.here.update({name: Last(*move) for name, move in moves.items()})
    posture = draw(st.sampled_from([Posture.SECURE, Posture.SECURE, *Posture]))
    waived = draw(st.frozensets(st.sampled_from(sorted(WAIVABLE)), max_size=2))
    presence.proofs.newest.update(draw(st.dictionaries(st.sampled_from(REFERENCES), SECONDS)))
    place = Place("gate-1", "lobby", draw(st.booleans()), groups=frozenset({"east"}))
    beside = tuple(draw(COMPANIONS))
    asked = Given(draw(READINGS), direction, now, place, book, presence, posture, waived, beside)
    return Situation(replace(asked, rules=book.at(now)), decided(asked))


def decided(given: Given) -> Decision:
    """Ask decide() what it was given."""
    asked = (getattr(given, one.name) for one in fields(given))
    return decide(*asked)
