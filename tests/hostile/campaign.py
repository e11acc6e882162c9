"""A hostile campaign: many codes through reading and deciding, counted by the step that refused them.

Run it as `python -m tests.hostile --count 1000000 [--seed N]`; the default test tier runs a short one.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import STAGE_OF, Direction, Outcome
from firmware.passes.reading import read
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import ClassRule, visitor_management
from firmware.rules.presence import Presence
from tests.hostile.card_codes import CardAttacker
from tests.hostile.certificate_codes import CertificateAttacker
from tests.hostile.codes import Attacker, Case
from tests.hostile.seal_codes import SealAttacker
from tests.issuing import AT_NOON, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from firmware.trust.keys import TrustSet

PIECE = 20_000

ANYBODY = ClassRule(verify=frozenset({"identity"}))
POLICY = visitor_management().model_copy(
    update={"formats": ("gp1", "hc1", "shc", "vdsnc"), "classes": dict.fromkeys(("staff", "visitor"), ANYBODY)}
)
"""It asks for no colour, so that any pass that is believed is admitted, or an officer is asked whose it is."""


class Attacking(Protocol):
    """Whoever makes hostile codes of one format."""

    def trust(self) -> TrustSet:
        """Return the trust list of the gate that is attacked."""

    def cases(self, count: int) -> Iterator[Case]:
        """Yield so many codes, none of which may be admitted."""


def _own(chance: random.Random) -> Attacking:
    """Attack the passes of our own."""
    return Attacker(Issuer(Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))), chance)


ATTACKERS: Mapping[str, Callable[[random.Random], Attacking]] = {
    "gp1": _own,
    "hc1": CertificateAttacker,
    "shc": CardAttacker,
    "vdsnc": SealAttacker,
}
"""Who attacks each format."""


@dataclass
class Result:
    """What came of a campaign; `admitted` and `raised` hold the offending codes and must stay empty."""

    stages: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    admitted: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    worst_ms: float = 0.0

    def add(self, other: Result) -> None:
        """Join another part of the same campaign."""
        self.stages += other.stages
        self.families += other.families
        self.admitted += other.admitted
        self.raised += other.raised
        self.worst_ms = max(self.worst_ms, other.worst_ms)

    def share(self, *families: str) -> float:
        """Say which part of all codes came from these families."""
        return sum(self.families[family] for family in families) / max(1, sum(self.families.values()))


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
    """Run one part; it depends on the seed and its number only, down to the key."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  a campaign must be repeatable
    attacker = ATTACKERS[code_format](chance)
    trust = attacker.trust()
    rules = Rulebook.unlimited(POLICY)
    place, presence = Place("gate-1", "lobby"), Presence()
    result = Result()
    for case in attacker.cases(count):
        result.families[case.family] += 1
        began = time.thread_time()
        try:
            reading = read(case.code, trust)
            decision = decide(reading, Direction.IN, AT_NOON, place, rules, presence)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what we look for
            result.raised.append(f"{error!r} for {case.code!r}")
            continue
        result.worst_ms = max(result.worst_ms, (time.thread_time() - began) * 1000)
        if decision.outcome is not Outcome.DENY or decision.reason is None:
            result.admitted.append(repr(case.code))
        else:
            result.stages[STAGE_OF[decision.reason].value] += 1
    return result
