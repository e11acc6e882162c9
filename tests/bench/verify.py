"""One verification of a pass: the first in a fresh process, then warm, beside the bare signature and another library.

It measures and judges nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import Direction, Instant
from firmware.passes import gp1, presented
from firmware.passes.outcome import Pass
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import visitor_management
from firmware.rules.presence import Presence
from tests.bench import peers, timing
from tests.bench.report import SPREAD_HEAD, Section
from tests.bench.samples import MAKERS
from tests.issuing import NOON, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.report import Spread

TIMES: Final = 3000


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Verify the same pass in every way."""
    section = Section("one verification of a pass, ms", ("", *SPREAD_HEAD))
    sample = MAKERS["gp1"]()
    code, trust = sample.code, sample.trust
    issuer = Issuer()
    known = issuer.trust()
    shown, reading = issuer.shown(), gp1.read(issuer.code(entries=1), known)
    if not isinstance(reading, Pass) or not isinstance(gp1.read(code, trust), Pass):
        message = f"the pass that is to be verified is refused: {reading}"
        raise TypeError(message)
    progress("verify: fresh processes")
    section.spread("ours cold", "ours, first in a process", timing.cold(sample))
    progress("verify: warm")
    section.spread("ours", "ours, warm: text to pass", _warm(lambda: gp1.read(code, trust)))
    section.spread("wallet", "a wallet's code, warm: text to pass", _warm(lambda: presented.read(shown, known)))
    noon, place, rules = (
        Instant(0, NOON, NOON, "test"),
        Place("gate-1", "lobby"),
        Rulebook.unlimited(visitor_management()),
    )
    presence = Presence()
    section.spread(
        "decide", "and its decision", _warm(lambda: decide(reading, Direction.IN, noon, place, rules, presence))
    )
    payload = bytes(200)
    signature, public = issuer.key.sign(payload), issuer.key.public_key()
    section.spread(
        "ed25519", "cryptography, Ed25519 over 200 bytes (beside it)", _warm(lambda: public.verify(signature, payload))
    )
    progress("verify: python-cwt")
    peers.beside(section, "gp1", sample, TIMES)
    return section


def _warm(call: Callable[[], object]) -> Spread:
    """Time a call as often as all others here."""
    return timing.warm(call, TIMES)
