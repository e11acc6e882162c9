"""One verification timed: over and over in this process, or as the first of a fresh one that has only loaded the keys.

As a program it is that fresh process: a pickled code and trust list on stdin, the milliseconds on stdout. Nothing is
issued in it, because signing would already have warmed what is measured.
"""

from __future__ import annotations

import copyreg
import pickle  # what is unpickled was pickled by the process that started this one
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, cast

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from tests.bench.report import Spread
from tests.command import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.signed.signatures import PublicKey
    from tests.bench.samples import Sample

COLD_STARTS: Final = 7


def warm(call: Callable[[], object], times: int) -> Spread:
    """Time a call over and over (ms)."""
    return Spread.of([once(call) for _ in range(times)])


def once(call: Callable[[], object]) -> float:
    """Time a call (ms)."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def cold(sample: Sample) -> Spread:
    """Time the first verification of fresh processes, their imports done and their keys loaded (ms)."""
    for key in sample.trust.keys:
        copyreg.pickle(type(key.public), _reduced)
    given = pickle.dumps((sample.code, sample.trust))
    argv = [sys.executable, "-m", "tests.bench.timing"]
    said = (subprocess.run(argv, check=True, capture_output=True, input=given, cwd=ROOT) for _ in range(COLD_STARTS))
    return Spread.of([float(one.stdout) for one in said])


def _reduced(public: PublicKey) -> tuple[Callable[[bytes], PublicKey], tuple[bytes]]:
    """Say how a public key is loaded again."""
    return loaded, (public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),)


def loaded(der: bytes) -> PublicKey:
    """Load it, in the fresh process."""
    return cast("PublicKey", load_der_public_key(der))


def main() -> int:
    """Be the fresh process; what is refused has no figure."""
    code, trust = pickle.load(sys.stdin.buffer)  # noqa: S301  written by `cold`
    began = time.perf_counter()
    reading = read(code, trust)
    ended = time.perf_counter()
    if not isinstance(reading, Pass):
        sys.exit(f"the code that is to be verified is refused: {reading}")
    sys.stdout.write(str((ended - began) * 1000))
    return 0


if __name__ == "__main__":
    sys.exit(main())
