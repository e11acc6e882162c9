"""A campaign: many blows in an order drawn from the seed, and one judgement over all of it at the end.

It says what happens on stderr; what it found is for whoever called.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count as counter
from random import Random
from typing import TYPE_CHECKING, Final, assert_never

from hw.reader.sources import stage
from tests.torture import blows, disk, shortage, skew
from tests.torture.benches import CAMERA, benches, missing
from tests.torture.pins import Span, green_without_release
from tests.torture.stalls import Stalls
from tests.torture.wounds import LANE, Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.torture.benches import Bench
    from tests.torture.stand import Stand

GREEN_ALONE_MS: Final = 200
"""The relay falls first and the lamp after it: how long that may take a gate that lives, on a machine under load."""

SHARES: Final[Mapping[Kind, int]] = {
    Kind.GATE_KILLED: 5,
    Kind.GATE_SEGFAULT: 2,
    Kind.GATE_EXCEPTION: 2,
    Kind.GATE_OUT_OF_MEMORY: 2,
    Kind.READER_KILLED: 2,
    Kind.BROKER_KILLED: 2,
    Kind.CLOCK_STEP: 2,
    Kind.GATE_STOPPED: 1,
    Kind.GATE_TERMINATED: 1,
    Kind.DISK_FULL: 1,
}
"""How often each blow falls in twenty. A frozen gate costs a whole watchdog each time."""

SIGNALS: Final[Mapping[Kind, signal.Signals]] = {
    Kind.GATE_KILLED: signal.SIGKILL,
    Kind.GATE_SEGFAULT: signal.SIGSEGV,
    Kind.GATE_STOPPED: signal.SIGSTOP,
    Kind.GATE_TERMINATED: signal.SIGTERM,
}


@dataclass(slots=True)
class Outcome:
    """What a campaign found: the wounds of each kind, and what was wrong on the whole."""

    wounds: dict[Kind, list[Wound]] = field(default_factory=lambda: defaultdict(list))
    skipped: dict[Kind, str] = field(default_factory=dict)
    green_alone: list[int] = field(default_factory=list)
    green: list[str] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    broker: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    records: int = 0
    repeated: int = 0
    slow: int = 0
    """Who had to come again because this machine's disk was too slow."""

    stalled_ms: int = 0
    """The longest this machine kept everybody waiting."""

    def add(self, other: Outcome) -> None:
        """Take in what was found at another gate."""
        for kind, wounds in other.wounds.items():
            self.wounds[kind] += wounds
        self.green_alone += other.green_alone
        self.green += other.green
        self.journal += other.journal
        self.broker += other.broker
        self.log += other.log
        self.records += other.records
        self.repeated += other.repeated
        self.slow += other.slow


def order(count: int, chance: Random, without: Collection[Kind] = ()) -> list[Kind]:
    """Draw the order of the blows: twenty at a time in their shares, and one of every kind first."""
    shares = {kind: share for kind, share in SHARES.items() if kind not in without}
    drawn: list[Kind] = []
    while len(drawn) < count:
        rest = [kind for kind, share in shares.items() for _ in range(share)]
        head = [] if drawn else chance.sample(list(shares), len(shares))
        for kind in head:
            rest.remove(kind)
        chance.shuffle(rest)
        drawn += [*head, *rest]
    return drawn[:count]


def run(folder: Path, count: int, seed: int) -> Outcome:
    """Strike `count` times, at every gate its own blows side by side, and judge."""
    outcome = Outcome(skipped=missing(folder))
    for kind, why in outcome.skipped.items():
        _say(f"torture: no {kind}: {why}")
    kinds = order(count, Random(seed), outcome.skipped)  # noqa: S311 - a run must be repeatable
    dealt = benches(folder, kinds, seed)
    with Stalls() as stalls, ThreadPoolExecutor(len(dealt)) as side_by_side:
        told = _Told(count, stalls)
        parts = [side_by_side.submit(_run, bench, blows_of_it, told) for bench, blows_of_it in dealt]
        try:
            for part in parts:
                outcome.add(part.result())
        except BaseException:  # somebody pressed Ctrl-C, or a bench fell: the others strike no more
            told.over.set()
            raise
        outcome.stalled_ms = stalls.worst_ms()
    return outcome


def _run(bench: Bench, kinds: Sequence[Kind], told: _Told) -> Outcome:
    """Strike one gate until its blows are used up or it is not whole any more."""
    outcome = Outcome()
    with bench:
        for kind in kinds:
            if told.over.is_set():
                break
            before = bench.stand.rig.log.stat().st_size
            wound = strike(bench, kind)
            outcome.wounds[kind].append(wound)
            number = told.tell(wound)
            if kind is not Kind.GATE_OUT_OF_MEMORY:  # whoever has no memory left may say so as Python does
                outcome.log += [f"blow {number}: {line}" for line in _tracebacks(bench.stand, before)]
            if wound.ready_ms is None:
                outcome.journal.append(f"the gate is not whole after blow {number}; no more of its blows were struck")
                return outcome
        _judge(bench.stand, outcome)
    return outcome


def strike(bench: Bench, kind: Kind) -> Wound:
    """Strike once, and see that the door is at rest afterwards."""
    stand = bench.stand
    match kind:
        case Kind.GATE_KILLED | Kind.GATE_SEGFAULT | Kind.GATE_STOPPED | Kind.GATE_TERMINATED:
            wound = blows.kill(stand, kind, SIGNALS[kind])
        case Kind.GATE_EXCEPTION:
            wound = blows.break_pins(stand, bench.proxy)
        case Kind.GATE_OUT_OF_MEMORY:
            wound = shortage.starve(stand)
        case Kind.READER_KILLED:
            wound = blows.strike_reader(stand, CAMERA, lambda code: stage.write(bench.scene, stage.Stage(code=code)))
        case Kind.BROKER_KILLED:
            wound = blows.strike_broker(stand)
        case Kind.DISK_FULL:
            wound = disk.fill_up(stand)
        case Kind.CLOCK_STEP:
            wound = skew.step(stand, bench.clock)
        case _:
            assert_never(kind)
    if not stand.caught_up():
        wound.faults.append("the broker did not hear of everything")
    return wound


def _judge(stand: Stand, outcome: Outcome) -> None:
    """Judge the whole: a last good pass opens, nothing is lost, no lamp ever lied."""
    outcome.journal += stand.insist(stand.office.good(), LANE)
    if not stand.caught_up():
        outcome.broker.append("the last events never arrived")
    ledger = stand.ledger()
    outcome.journal += ledger.faults()
    outcome.broker += stand.arrivals.judge(ledger)
    outcome.records, outcome.repeated, outcome.slow = len(ledger.entries), stand.arrivals.repeated, stand.slow
    wounds = [wound for each in outcome.wounds.values() for wound in each]
    unattended = [wound.span for wound in wounds if wound.kind.startswith("gate")]
    for span in green_without_release(stand.pins.since(0)):
        _judge_green(span, unattended, outcome)


def _judge_green(span: Span, unattended: list[Span], outcome: Outcome) -> None:
    if span.to_ms is None:
        outcome.green.append("green is still lit")
    elif not span.within(unattended):
        outcome.green_alone.append(span.to_ms - span.from_ms)
        if outcome.green_alone[-1] > GREEN_ALONE_MS:
            outcome.green.append(f"green outlived the relay by {outcome.green_alone[-1]} ms")


def _tracebacks(stand: Stand, before: int) -> list[str]:
    said = stand.rig.log.read_bytes()[before:].decode("utf-8", errors="replace")
    return [line for line in said.splitlines() if line.startswith("Traceback")]


class _Told:
    """Says on stderr what each blow came to, from every bench, and numbers them as they end."""

    def __init__(self, count: int, stalls: Stalls) -> None:
        """Count to `count`."""
        self._stalls = stalls
        self.over = threading.Event()
        self._count = count
        self._numbers: Iterator[int] = counter(1)
        self._speaking = threading.Lock()

    def tell(self, wound: Wound) -> int:
        """Say one and return its number."""
        with self._speaking:
            number = next(self._numbers)
            _say(f"{number:4d}/{self._count} {_line(wound)}")
            stalled_ms = self._stalls.worst_ms(wound.span)
            if stalled_ms and (wound.faults or wound.late):
                _say(f"     meanwhile this machine kept everybody waiting for {stalled_ms} ms")
            return number


def _line(wound: Wound) -> str:
    times = {"relay": wound.relay_off_ms, "green": wound.green_off_ms, "ready": wound.ready_ms}
    shown = " ".join(f"{name}={ms} ms" for name, ms in times.items() if ms is not None)
    shown += " survived" if wound.survived else ""
    return f"{wound.kind:18} {shown}" + "".join(f"\n     WRONG {fault}" for fault in (*wound.faults, *wound.late))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
