"""`make rush`: five real minutes in which twenty people a minute come to one door, every kind of paper among them.

Each comes at a random moment of a slot of their own, so that two may meet at the door; whoever finds it busy waits. If
the door cannot keep up the waits grow beyond a slot. CHECK and SUMMARY lines go to stdout, who passes to stderr.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from provisioning.rig.gate import RELAY, Plan
from tests.bench import memory
from tests.torture import verdict
from tests.torture.checks import Checks
from tests.torture.ledger import outcomes
from tests.torture.stand import Stand
from tests.torture.wounds import LANE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.torture.papers import Paper

SLOT_MS: Final = 3_000
"""Twenty people a minute."""

STALE_MS: Final = 1_000
"""A code that waited longer for its answer lets nobody in: a gate that is this late has lost its people."""

LEAK_MB: Final = 5.0
RESIDENT_MB: Final = 80.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One person: how long they waited for the door, and how long the door took to show its answer."""

    waited_ms: int
    answer_ms: int


@dataclass(slots=True)
class Rush:
    """What came of a rush: what was wrong, who came, and what it cost the gate."""

    answers: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)
    resident_mb: list[float] = field(default_factory=list)
    longest_on_ms: int = 0

    @property
    def queue(self) -> list[str]:
        """Say who waited longer than a slot: a queue that the door does not work off."""
        return [
            f"person {number} waited {one.waited_ms} ms"
            for number, one in enumerate(self.visits, 1)
            if one.waited_ms > SLOT_MS
        ]

    @property
    def late(self) -> list[str]:
        """Say who was answered too late to be let in."""
        return [
            f"person {number} after {one.answer_ms} ms"
            for number, one in enumerate(self.visits, 1)
            if one.answer_ms > STALE_MS
        ]

    @property
    def leak(self) -> list[str]:
        """Say whether the gate grew."""
        first, last = self.resident_mb
        found = [f"{last:.1f} MB resident, {last - first:.1f} more than at the start"]
        return found if last > RESIDENT_MB or last - first > LEAK_MB else []


def run(folder: Path, people: int, seed: int, *, slot_ms: int = SLOT_MS, unlock_ms: int = 1500) -> Rush:
    """Let so many people come, one a slot, and judge every answer."""
    rush = Rush()
    with Stand(folder, Plan({LANE: None}, unlock_ms=unlock_ms, max_unlock_ms=2 * unlock_ms, health_s=1), seed) as stand:
        rush.answers += stand.present(stand.office.good(), LANE)  # whatever is loaded only once is loaded now
        rush.resident_mb.append(_resident_mb(stand))
        seq, mark, began_ms = stand.ledger().last, stand.pins.mark(), boottime_ms()
        for number, paper in enumerate(stand.office.papers(people)):
            comes_ms = began_ms + number * slot_ms + stand.chance.randrange(slot_ms)
            time.sleep(max(0, comes_ms - boottime_ms()) / 1000)
            _visit(rush, stand, paper, comes_ms)
        rush.resident_mb.append(_resident_mb(stand))
        if not stand.caught_up() or not stand.next_health():
            rush.events.append("not everything arrived")
        ledger = stand.ledger()
        rush.said = dict(sorted(outcomes(ledger.after(seq)).items()))
        rush.events += ledger.faults() + stand.arrivals.judge(ledger)
        rush.longest_on_ms = verdict.longest_on_ms(stand.pins.since(mark), RELAY)
        counted = {name: stand.counted(name) for name in ("inbox_dropped", "journal_dropped", "journal_waiting")}
        rush.dropped += [f"{name}={number}" for name, number in counted.items() if number]
    return rush


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.rush", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long (default 5)")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps journal, pins and logs")
    options = parser.parse_args(arguments)
    seed = secrets.randbits(32) if options.seed is None else options.seed
    people = max(1, round(options.minutes * 60_000 / SLOT_MS))
    sys.stderr.write(f"rush: {people} people in {options.minutes:g} minutes, seed {seed}\n")
    checks = Checks("rush", seed)
    if options.out is not None:
        return _report(checks, run(options.out, people, seed))
    with tempfile.TemporaryDirectory(prefix="gapura-rush-") as folder:
        return _report(checks, run(Path(folder), people, seed))


def _visit(rush: Rush, stand: Stand, paper: Paper, comes_ms: int) -> None:
    mark, shown_ms = stand.pins.mark(), boottime_ms()
    rush.answers += stand.present(paper, LANE)
    told = [change.boottime_ms for change in stand.pins.since(mark) if change.level]
    rush.visits.append(Visit(shown_ms - comes_ms, (told[0] if told else boottime_ms()) - shown_ms))
    one = rush.visits[-1]
    sys.stderr.write(f"{len(rush.visits):4d} {paper.kind:13} waited={one.waited_ms} ms answer={one.answer_ms} ms\n")


def _resident_mb(stand: Stand) -> float:
    pid = stand.rig.gate.pid
    return 0.0 if pid is None else memory.of(pid).resident_mb


def _report(checks: Checks, rush: Rush) -> int:
    minute = 60_000 // SLOT_MS
    first, last, number = rush.visits[:minute], rush.visits[-minute:], len(rush.visits)
    checks.check("answers-right", number, rush.answers, kinds=len(rush.said), relay_on_ms=rush.longest_on_ms)
    checks.check("queue-never-grows", number, rush.queue, **_figures("waited_ms", first, last, rush.visits))
    checks.check("answers-in-time", number, rush.late, **_figures("answer_ms", first, last, rush.visits))
    checks.check("nothing-dropped", number, rush.dropped)
    checks.check("events-complete", number, rush.events)
    start_mb, end_mb = (f"{megabytes:.1f}" for megabytes in rush.resident_mb)
    checks.check("memory-steady", number, rush.leak, start_mb=start_mb, end_mb=end_mb)
    return checks.summary()


def _figures(what: str, first: Sequence[Visit], last: Sequence[Visit], every: Sequence[Visit]) -> dict[str, object]:
    """Set the first minute beside the last, by their medians, and name the worst of all."""
    middle = {
        f"{side}_{what}": round(statistics.median(getattr(one, what) for one in visits))
        for side, visits in (("first", first), ("last", last))
    }
    return {**middle, f"worst_{what}": max(getattr(one, what) for one in every)}


if __name__ == "__main__":
    sys.exit(main())
