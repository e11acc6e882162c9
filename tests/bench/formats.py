"""One verification of a pass of each format: the first in a fresh process, then warm; joserfc beside the health card.

It measures and judges nothing. joserfc is asked in the interpreter that GAPURA_PEER_PYTHON names, as python-cwt is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from tests.bench.report import SPREAD_HEAD, Section, Spread
from tests.bench.verify import PEER
from tests.cards import CardIssuer, State
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.divoc import CertificateIssuer
from tests.issuing import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.trust.keys import TrustSet

TIMES: Final = 500
COLD_STARTS: Final = 5
ROOT: Final = Path(__file__).parents[2]


def _own() -> tuple[bytes, TrustSet]:
    issuer = Issuer()
    return issuer.code(entries=1), issuer.trust()


def _certificate() -> tuple[bytes, TrustSet]:
    signer = Signer()
    return signer.code(claims(dcc(v=[VACCINATION]))), signer.trust()


def _card() -> tuple[bytes, TrustSet]:
    issuer = CardIssuer()
    return issuer.code(), issuer.trust()


def _seal() -> tuple[bytes, TrustSet]:
    state = State()
    return state.seal(), state.trust()


def _graph() -> tuple[bytes, TrustSet]:
    issuer = CertificateIssuer()
    return issuer.code(), issuer.trust()


MAKERS: Final[Mapping[str, Callable[[], tuple[bytes, TrustSet]]]] = {
    "gp1": _own,
    "hc1": _certificate,
    "shc": _card,
    "vdsnc": _seal,
    "divoc": _graph,
}
"""A code of each format, and the list of a gate that believes it."""


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Verify one code of each format, cold and warm."""
    section = Section("one verification of each format, ms", ("", *SPREAD_HEAD))
    for name, make in MAKERS.items():
        progress(f"formats: {name}")
        code, trust = make()
        if not isinstance(read(code, trust), Pass):
            message = f"the code of {name} that is to be verified is refused"
            raise TypeError(message)
        section.spread(
            f"{name} cold", f"{name}, first in a process", Spread.of([_cold(name) for _ in range(COLD_STARTS)])
        )
        times_ms = [_once(code, trust) for _ in range(TIMES)]
        section.spread(name, f"{name}, warm: text to pass ({len(code)} bytes)", Spread.of(times_ms))
    _peer(section, progress)
    return section


def _peer(section: Section, progress: Callable[[str], None]) -> None:
    """Ask joserfc, where an interpreter has it."""
    python = os.environ.get(PEER)
    if python is None:
        section.skips.append(f"joserfc (beside shc): set {PEER} to an interpreter that has joserfc installed")
        return
    progress("formats: joserfc")
    argv = [python, str(Path(__file__).with_name("peer_joserfc.py")), str(TIMES)]
    ended = subprocess.run(argv, check=False, capture_output=True, text=True)
    if ended.returncode:
        section.skips.append(f"joserfc (beside shc): the interpreter that {PEER} names does not have it")
        return
    said = ended.stdout.split()
    section.spread(
        "joserfc", f"joserfc {said[0]}, ES256 token inflated (beside shc)", Spread.of([*map(float, said[1:])])
    )


def _once(code: bytes, trust: TrustSet) -> float:
    """Time one verification (ms)."""
    began = time.perf_counter()
    read(code, trust)
    return (time.perf_counter() - began) * 1000


def _cold(name: str) -> float:
    """Time the first verification of a fresh process, its imports done (ms)."""
    argv = [sys.executable, "-m", "tests.bench.formats", name]
    return float(subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


if __name__ == "__main__":
    sys.stdout.write(str(_once(*MAKERS[sys.argv[1]]())))
