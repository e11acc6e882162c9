"""One verification of a pass of each format: the first in a fresh process, then warm, beside a peer that reads it too.

It measures and judges nothing. Where no library of the kind reads a format, the bare signatures stand beside it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from tests.bench import bare, peers, timing
from tests.bench.report import SPREAD_HEAD, Section
from tests.bench.samples import MAKERS

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES: Final = 500


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Verify one code of each format, cold and warm."""
    section = Section("one verification of each format, ms", ("", *SPREAD_HEAD))
    for name, make in MAKERS.items():
        progress(f"formats: {name}")
        sample = make()
        code, trust = sample.code, sample.trust
        if not isinstance(read(code, trust), Pass):
            message = f"the code of {name} that is to be verified is refused"
            raise TypeError(message)
        section.spread(f"{name} cold", f"{name}, first in a process", timing.cold(sample))
        spread = timing.warm(partial(read, code, trust), TIMES)
        section.spread(name, f"{name}, warm: text to pass ({len(code)} bytes)", spread)
        if name in peers.LIBRARIES:
            progress(f"formats: {peers.LIBRARIES[name]}")
            peers.beside(section, name, sample, TIMES)
        floor = bare.of(name, sample)
        if floor is not None:
            what, verify = floor
            section.spread(
                f"{name} bare", f"cryptography, {what} alone (beside {name}), warm", timing.warm(verify, TIMES)
            )
    return section
