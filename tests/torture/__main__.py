"""`make torture`: kill, freeze, starve and mislead a running gate, and see that the door stays right.

CHECK and SUMMARY lines go to stdout, what happens to stderr. Exit 1 if a check failed.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.cli import end_as_by_hand
from tests.torture import campaign, cuts, offline
from tests.torture.checks import Checks
from tests.torture.delivery import campaign as deliveries
from tests.torture.wounds import Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Iterable

CODES = 100
BLOWS = 100
KILLS = 500
EVERY_BYTE = 500
"""So many kills and the journal is cut at every byte; with fewer, at every few."""


def main() -> int:
    """Run a campaign of blows at the door, and then one at whatever carries its events."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--n", type=int, help=f"how many blows, and kills (default {BLOWS} and {KILLS})")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps journal, pins and logs")
    options = parser.parse_args()
    end_as_by_hand()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    count, kills = options.n or BLOWS, options.n or KILLS
    sys.stderr.write(f"torture: {count} blows, {kills} kills under load, {CODES} codes without a broker, seed {seed}\n")
    if options.out is not None:
        return _run(options.out, count, kills, seed)
    with tempfile.TemporaryDirectory(prefix="gapura-torture-") as folder:
        return _run(Path(folder), count, kills, seed)


def _run(folder: Path, count: int, kills: int, seed: int) -> int:
    checks = Checks("torture", seed)
    every = max(1, EVERY_BYTE // kills)
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(offline.run, folder / "offline", CODES, seed)
        outcome = campaign.run(folder / "blows", count, seed)
        away = waiting.result()
    tolds = deliveries.run(folder / "events", kills, seed)  # afterwards: the door's times are not to pay for it
    cut, broken = cuts.run(every)
    for kind in Kind:
        if kind in outcome.skipped:
            checks.skipped(kind, outcome.skipped[kind])
        elif kind in outcome.wounds:
            _report(checks, kind, outcome.wounds[kind])
        else:
            checks.skipped(kind, "none drawn: raise N")
    alone = outcome.green_alone
    checks.check("green-only-with-release", len(alone), outcome.green, worst_ms=max(alone, default=0))
    machine = {"disk_too_slow": outcome.slow, "machine_stalled_ms": outcome.stalled_ms}
    checks.check("journal-whole", outcome.records, outcome.journal, **machine)
    checks.check("broker-complete", outcome.records, outcome.broker, redelivered=outcome.repeated)
    checks.check("log-without-traceback", count, outcome.log)
    checks.check("codes-without-broker", CODES, away.doors, answers=len(away.answers))
    checks.check("events-after-broker", away.arrived, away.events, repeated=away.repeated)
    deliveries.report(checks, tolds)
    replaced = sum(number for words, number in cut.items() if words.endswith("said so"))
    checks.check("journal-cut", cut.total(), broken, every_byte=every, replaced=replaced)
    return checks.summary()


def _report(checks: Checks, kind: Kind, wounds: list[Wound]) -> None:
    gate, memory = kind.startswith("gate"), kind is Kind.GATE_OUT_OF_MEMORY
    checks.check(
        kind,
        len(wounds),
        [fault for wound in wounds for fault in (*wound.faults, *wound.late)],
        relay_on=sum(wound.relay_off_ms is not None for wound in wounds) if gate else None,
        relay_off_ms=_worst(wound.relay_off_ms for wound in wounds),
        green_off_ms=_worst(wound.green_off_ms for wound in wounds),
        release_ms=_worst(wound.release_ms for wound in wounds),
        ready_ms=_worst(wound.ready_ms for wound in wounds),
        unknown=sum(wound.unknown for wound in wounds) if gate else None,
        survived=sum(wound.survived for wound in wounds) if memory else None,
        hung=sum(wound.hung for wound in wounds) if memory else None,
        again=sum(wound.again for wound in wounds) if kind is Kind.READER_KILLED else None,
        refused=sum(wound.refused for wound in wounds) if kind is Kind.DISK_FULL else None,
        pulse_off_ms=_worst(None if wound.pulse_off_ms is None else abs(wound.pulse_off_ms) for wound in wounds),
    )


def _worst(times: Iterable[int | None]) -> int | None:
    known = [ms for ms in times if ms is not None]
    return max(known, default=None)


if __name__ == "__main__":
    sys.exit(main())
