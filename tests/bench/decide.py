"""decide() under a policy of five hundred rules and a mapped list of five million revoked passes, in microseconds.

A rule is one statement of the policy that can refuse somebody: an opening of a class, the areas it is kept to, its
holidays, the age of its lists, a limit of an area, anti-passback. It measures and judges nothing.
"""

from __future__ import annotations

import gc
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.control.revocation_files import mapped
from firmware.events import Decision, Direction, Instant, Use
from firmware.passes.outcome import Pass
from firmware.rules.capacity import AreaCapacity
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.trust.revocation_ids import NameKind
from tests.bench import revoked_lists
from tests.bench.report import SPREAD_HEAD, Budget, Section, Spread
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from firmware.rules.rulebook import Revocations

CLASSES: Final = 62
OPENINGS: Final = 5
TIMES: Final = 20_000
PLACE: Final = Place("gate-1", "lobby")
NOW: Final = Instant(0, NOON - 2, NOON + 2, "test")
US: Final = 1e6
BUDGET_US: Final = 50.0


def measure(seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Decide over passes of all classes, which are on the list or not."""
    policy = the_policy()
    section = Section(f"decide(), {rules_of(policy)} rules, {revoked_lists.ENTRIES:,} revoked, us", ("", *SPREAD_HEAD))
    with tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=revoked_lists.DISK) as name:
        path = Path(name) / "list"
        progress("decide: building the list")
        sample = revoked_lists.write(path, seed)
        listed = mapped(path)
        if listed is None:
            message = "the list that was just built cannot be read"
            raise TypeError(message)
        book = Rulebook.unlimited(policy)
        for what, rules in (("without a list", book), ("with the list", book.knowing(0, listed))):
            _rows(section, what, rules, sample, random.Random(seed))  # noqa: S311  no secrets
        progress("decide: the look-up alone")
        _lookups(section, listed, sample, random.Random(seed))  # noqa: S311  no secrets
    section.notes.append(
        f"{CLASSES} classes, each with {OPENINGS} openings, areas, holidays and an age of lists; beside them "
        "400 days of a calendar, 10,000 blocked passes and 10,000 used ones"
    )
    return section


def _rows(section: Section, what: str, rules: Rulebook, sample: revoked_lists.Sample, chance: random.Random) -> None:
    """Take the time of each way a pass can have, every one of another class and name."""
    cases: dict[str, Callable[[], Pass]] = {
        "our pass, allowed": lambda: shown(chance, ids=(("cti", chance.randbytes(16)),)),
        "EU certificate (three names), allowed": lambda: shown(chance, ids=_three(chance)),
        "our pass, revoked": lambda: shown(chance, ids=(("cti", chance.choice(sample[NameKind.CTI])),)),
        "our pass, after its hours": lambda: replace(
            shown(chance, ids=(("cti", chance.randbytes(16)),)), pass_class="c0"
        ),
    }
    presence = Presence(area=Occupancy(PLACE.gate, Ledger("e1"), AreaCapacity(places=100_000, gates=(PLACE.gate,))))
    for number in range(10_000):
        presence.note(Use(f"{number:032x}", 1, NOON + 3600))
    for case, make in cases.items():
        if "revoked" in case and rules.revocations is None:
            continue
        ways: set[tuple[str, str | None]] = set()
        times = list(_timed([make() for _ in range(TIMES)], rules, presence, ways))
        section.spread(f"{case}, {what}", f"{case}; {what}", Spread.of([wall for wall, _ in times]))
        section.spread(f"{case}, {what}, cpu", "  of that its own processor time", Spread.of([own for _, own in times]))
        told = sorted({f"{way} {why or ''}".strip() for way, why in ways})
        section.notes.append(f"{case}; {what}: {', '.join(told)}")


def _timed(
    passes: list[Pass], rules: Rulebook, presence: Presence, ways: set[tuple[str, str | None]]
) -> Iterator[tuple[float, float]]:
    """Decide each once, by the clock and by processor time; the garbage collector is not what is measured."""
    gc.disable()
    try:
        for one in passes:
            own_ns, began_ns = time.thread_time_ns(), time.perf_counter_ns()
            decided: Decision = decide(one, Direction.IN, NOW, PLACE, rules, presence)
            ended_ns = time.perf_counter_ns()
            yield (ended_ns - began_ns) / 1e3, (time.thread_time_ns() - own_ns) / 1e3
            ways.add((decided.outcome.value, decided.reason and decided.reason.value))
    finally:
        gc.enable()


def _lookups(section: Section, listed: Revocations, sample: revoked_lists.Sample, chance: random.Random) -> None:
    """Take the time of the list's own answer."""
    names = [(("cti", chance.choice(sample[NameKind.CTI])),) for _ in range(TIMES)]
    others = [(("cti", chance.randbytes(16)),) for _ in range(TIMES)]
    for what, many in (("hit", names), ("miss", others)):
        times_us = []
        for one in many:
            began = time.perf_counter()
            listed.revoked(one, NOON)
            times_us.append((time.perf_counter() - began) * US)
        spread = Spread.of(times_us)
        section.spread(f"look-up {what}", f"the look-up alone, {what}", spread)
        section.budgets.append(Budget(f"revoked, look-up, p99, {what}", spread.p99, BUDGET_US, "us"))


def shown(chance: random.Random, ids: tuple[tuple[str, bytes], ...]) -> Pass:
    """Make up a pass of a class that is open now, as the readers of formats make it."""
    return Pass(
        format="gp1",
        reference=chance.randbytes(16).hex(),
        pass_class=f"c{chance.randrange(1, CLASSES)}",
        areas=("lobby",),
        gates=(),
        issued=NOON - 60,
        not_before=NOON - 60,
        expires=NOON + 3600,
        trust_until=NOON + 86_400,
        trust_issued=NOON - 3600,
        entries=1,
        revocation_ids=ids,
    )


def _three(chance: random.Random) -> tuple[tuple[str, bytes], ...]:
    """Make up the names of an EU certificate."""
    return tuple((kind, chance.randbytes(16)) for kind in ("uci", "country_uci", "signature"))


def the_policy() -> Policy:
    """Word a policy with as many rules as the title says; of each class the last opening is the one that fits."""
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    def rule(number: int) -> dict[str, object]:
        hours = [{"days": week, "from": f"{at:02}:00", "until": f"{at:02}:30"} for at in range(OPENINGS - 1)]
        last = {"days": week, "from": "06:00", "until": "20:00" if number else "06:01"}
        return {
            "areas": ["lobby", f"area-{number}"],
            "hours": [*hours, last],
            "holidays": "closed",
            "limits": {"trust_s": 864_000},
        }

    return Policy.model_validate(
        {
            "profile": "bench",
            "classes": {f"c{number}": rule(number) for number in range(CLASSES)},
            "capacity": {name: {"places": 100_000, "gates": ["gate-1"]} for name in ("lobby", "hall", "yard")},
            "passback": {"mode": "soft"},
            "calendar": [
                {
                    "date": f"{2027 + at // 336}-{1 + at % 336 // 28:02}-{1 + at % 28:02}",
                    "kind": "public_holiday",
                    "name": "day",
                }
                for at in range(400)
            ],
            "blocked": [f"{number:032x}" for number in range(10_000)],
        }
    )


def rules_of(policy: Policy) -> int:
    """Count the statements that can refuse somebody; days of the calendar and blocked passes are data of theirs."""
    of_classes = sum(
        len(rule.hours or ()) + sum(one is not None for one in (rule.areas, rule.holidays, rule.limits, rule.health))
        for rule in policy.classes.values()
    )
    return of_classes + len(policy.capacity) + (policy.passback is not None)
