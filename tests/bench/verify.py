"""One verification of a pass: the first in a fresh process, then warm, beside the bare signature and another library.

It measures and judges nothing. python-cwt cannot live in this environment (it wants cbor2 below 6, ours is 6.2 or
newer), so it is asked in an interpreter of its own, named by GAPURA_PEER_PYTHON.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.events import Direction, Instant
from firmware.passes import gp1, presented
from firmware.passes.outcome import Pass
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import visitor_management
from firmware.rules.presence import Presence
from tests.bench.report import SPREAD_HEAD, Section, Spread
from tests.issuing import NOON, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES: Final = 3000
COLD_STARTS: Final = 7
ROOT: Final = Path(__file__).parents[2]
PEER: Final = "GAPURA_PEER_PYTHON"


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Verify the same pass in every way."""
    section = Section("one verification of a pass, ms", ("", *SPREAD_HEAD))
    issuer = Issuer()
    code, trust = issuer.code(entries=1), issuer.trust()
    reading = gp1.read(code, trust)
    if not isinstance(reading, Pass):
        message = f"the pass that is to be verified is refused: {reading}"
        raise TypeError(message)
    progress("verify: fresh processes")
    section.spread("ours cold", "ours, first in a process", Spread.of([_cold() for _ in range(COLD_STARTS)]))
    progress("verify: warm")
    section.spread("ours", "ours, warm: text to pass", _timed(lambda: gp1.read(code, trust)))
    shown = issuer.shown()
    section.spread("wallet", "a wallet's code, warm: text to pass", _timed(lambda: presented.read(shown, trust)))
    noon, place, rules = (
        Instant(0, NOON, NOON, "test"),
        Place("gate-1", "lobby"),
        Rulebook.unlimited(visitor_management()),
    )
    presence = Presence()
    section.spread(
        "decide", "and its decision", _timed(lambda: decide(reading, Direction.IN, noon, place, rules, presence))
    )
    payload = bytes(200)
    signature, public = issuer.key.sign(payload), issuer.key.public_key()
    section.spread(
        "ed25519", "cryptography, Ed25519 over 200 bytes (beside it)", _timed(lambda: public.verify(signature, payload))
    )
    _peer(section, progress)
    return section


def _peer(section: Section, progress: Callable[[str], None]) -> None:
    """Ask python-cwt, where an interpreter has it."""
    python = os.environ.get(PEER)
    if python is None:
        section.skips.append(f"python-cwt (beside it): set {PEER} to an interpreter that has cwt installed")
        return
    progress("verify: python-cwt")
    argv = [python, str(Path(__file__).with_name("peer_cwt.py")), str(TIMES)]
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    section.spread("cwt", f"python-cwt {said[0]} (beside it)", Spread.of([float(each) for each in said[1:]]))


def _timed(call: Callable[[], object]) -> Spread:
    """Time a call over and over (ms)."""
    times_ms: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()
        times_ms.append((time.perf_counter() - began) * 1000)
    return Spread.of(times_ms)


def _cold() -> float:
    """Time the first verification of a fresh process, its imports done (ms)."""
    argv = [sys.executable, "-m", "tests.bench.verify"]
    return float(subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


def main() -> int:
    """Be that fresh process."""
    issuer = Issuer()
    code, trust = issuer.code(entries=1), issuer.trust()
    began = time.perf_counter()
    gp1.read(code, trust)
    sys.stdout.write(str((time.perf_counter() - began) * 1000))
    return 0


if __name__ == "__main__":
    sys.exit(main())
