"""Every trial side by side in lines of their own, sized by one number; it says what each came to.

`python -m tests.torture.delivery` runs it alone; `make torture` runs it beside the blows at the door.
"""

from __future__ import annotations

import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

from tests.torture.delivery import trials, whole
from tests.torture.delivery.line import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.torture.checks import Checks
    from tests.torture.delivery.desk import Told


def run(folder: Path, count: int, seed: int) -> list[Told]:
    """Kill the gate `count` times and strike everything else in proportion; every trial runs to its end."""

    def trial(number: int, strike: Callable[..., Told], times: int, *more: object) -> Told:
        chance = Random(seed + number)  # noqa: S311 - a run must be repeatable
        told = strike(folder / f"{number}-{strike.__name__}", max(1, times), chance, *more)
        sys.stderr.write(f"torture: {told.name} n={told.n} {'WRONG' if told.faults else 'ok'}\n")
        return told

    def brokers() -> list[Told]:
        return [
            trial(1, trials.broker_killed, count // 10),
            trial(2, trials.queue_overflow, count // 100),
            trial(3, trials.denied, count // 50),
            trial(4, whole.signed_replay, count // 100),
        ]

    def lines(faults: list[Fault]) -> list[Told]:
        return [trial(10 + list(Fault).index(fault), trials.bad_line, count // 25, fault) for fault in faults]

    def gates() -> list[Told]:
        return [trial(0, trials.gate_killed, count)]

    every = list(Fault)
    with ThreadPoolExecutor(4) as side_by_side:
        ways = [side_by_side.submit(way) for way in (gates, brokers)]
        ways += [side_by_side.submit(lines, faults) for faults in (every[:3], every[3:])]
        return [told for way in ways for told in way.result()]


def report(checks: Checks, tolds: list[Told]) -> None:
    """Print one line for each trial; `lost` and `gaps` are in its faults, which fail it."""
    for told in tolds:
        times = sorted(told.recovered_ms)
        checks.check(
            told.name,
            told.n,
            told.faults,
            **told.facts,
            recovered_ms_p50=round(statistics.median(times)) if times else None,
            recovered_ms_worst=max(times, default=None),
        )
