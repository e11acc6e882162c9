"""A hostile campaign: many codes through reading and deciding, counted by the step that refused them.

`make hostile` runs a million over all formats; the default test tier runs a short one of each.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING

from firmware.events import STAGE_OF, Direction, Outcome, Stage
from firmware.passes.reading import read
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import ClassRule, visitor_management
from firmware.rules.presence import Presence
from firmware.trust import certificates, public
from tests.hostile import memory
from tests.hostile.codes import REENCODED
from tests.hostile.formats import FORMATS
from tests.issuing import AT_NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.events import Decision
    from firmware.trust.keys import TrustSet

PIECE = 5_000

DEEP = (
    Stage.FORMAT,
    Stage.ENCODING,
    Stage.STRUCTURE,
    Stage.TRUST,
    Stage.SIGNATURE,
    Stage.CLAIMS,
    Stage.VALIDITY,
)
"""How deep the codes of every format must get."""

LEAST_REENCODED, LEAST_RESIGNED = 0.5, 0.09
"""Which part of the codes is encoded properly again, and which a trusted key has signed with one claim wrong: a tenth,
less what chance takes from a short campaign."""

SUSPECT_MS = 10
"""A code that takes longer is tried again: what a collection of garbage or a busy machine took is not its cost."""

TRIES = 3

ANYBODY = ClassRule(verify=frozenset({"identity"}))
POLICY = visitor_management().model_copy(
    update={"formats": tuple(FORMATS), "classes": dict.fromkeys(("staff", "visitor"), ANYBODY)}
)
"""It asks for no colour, so that any pass that is believed is admitted, or an officer is asked whose it is."""


@dataclass
class Result:
    """What came of a campaign; `admitted` and `raised` hold the offending codes and must stay empty.

    `worst_ms` is the most of its thread's CPU time that one code took, at the least of its tries where there were more
    (`again` counts those codes), `worst_code` which one that was, `worst_bytes` the most by which the process grew
    while one piece of the campaign was made, read and decided.
    """

    stages: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    admitted: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    again: int = 0
    worst_ms: float = 0.0
    worst_code: str = ""
    worst_bytes: int = 0

    def add(self, other: Result) -> None:
        """Join another part of the same campaign."""
        self.stages += other.stages
        self.families += other.families
        self.admitted += other.admitted
        self.raised += other.raised
        self.again += other.again
        self.cost(other.worst_ms, other.worst_code)
        self.worst_bytes = max(self.worst_bytes, other.worst_bytes)

    def cost(self, ms: float, code: str) -> None:
        """Keep the dearest code."""
        if ms > self.worst_ms:
            self.worst_ms, self.worst_code = ms, code

    def share(self, *families: str) -> float:
        """Say which part of all codes came from these families."""
        return sum(self.families[family] for family in families) / max(1, sum(self.families.values()))

    def reencoded(self) -> float:
        """Say which part was encoded properly again after it was changed."""
        return self.share(*REENCODED)

    def resigned(self) -> float:
        """Say which part a trusted key has signed with one claim wrong."""
        return self.share("resigned")


def run(seed: int, count: int, processes: int = 1, code_format: str = "gp1") -> Result:
    """Send `count` codes of a format through the gate's reading and deciding."""
    pieces = [min(PIECE, count - begun) for begun in range(0, count, PIECE)]
    whole = Result()
    if processes == 1:
        for number, size in enumerate(pieces):
            whole.add(piece(seed, number, size, code_format))
        return whole
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(piece, repeat(seed), range(len(pieces)), pieces, repeat(code_format)):
            whole.add(part)
    return whole


def piece(seed: int, number: int, count: int, code_format: str) -> Result:
    """Run one part; it depends on the seed and its number only, down to the keys."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  a campaign must be repeatable
    attacker = FORMATS[code_format].attacker(chance)
    judge = gate(attacker.trust())
    result = Result()
    before = memory.resident()
    for case in attacker.cases(count):
        result.families[case.family] += 1
        try:
            decision, ms = _timed(judge, case.code)
            if ms > SUSPECT_MS:
                result.again += 1
                ms = min(ms, *(_cold(judge, case.code) for _ in range(TRIES)))
        except Exception as error:  # noqa: BLE001  whatever it is, it is what we look for
            result.raised.append(f"{error!r} for {case.code!r}")
            continue
        result.cost(ms, repr(case.code))
        if decision.outcome is not Outcome.DENY or decision.reason is None:
            result.admitted.append(repr(case.code))
        else:
            result.stages[STAGE_OF[decision.reason].value] += 1
    result.worst_bytes = memory.peak() - before
    return result


def _timed(judge: Callable[[bytes], Decision], code: bytes) -> tuple[Decision, float]:
    """Decide about a code; answer also the milliseconds of this thread's CPU time that it took."""
    began = time.thread_time()
    decision = judge(code)
    return decision, (time.thread_time() - began) * 1000


def _cold(judge: Callable[[bytes], Decision], code: bytes) -> float:
    """Time a code once more as if it had never been seen: what is remembered of keys and certificates is forgotten."""
    certificates.parse.cache_clear()
    public.from_bytes.cache_clear()
    return _timed(judge, code)[1]


def gate(trust: TrustSet) -> Callable[[bytes], Decision]:
    """Return what reads a code and decides about it at the lobby's gate at noon."""
    rules = Rulebook.unlimited(POLICY)
    place, presence = Place("gate-1", "lobby"), Presence()
    return lambda code: decide(read(code, trust), Direction.IN, AT_NOON, place, rules, presence)
