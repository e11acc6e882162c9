"""A thousand gates that lose their broker at one moment: when each is back, and that no event is missing afterwards.

The gates are the shipped journals and links, a hundred to a process, with shipped patience. The broker is killed, stays
away, and comes back having forgotten; a consumer asks for what is missing. It measures and judges nothing.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import Broker
from tests.bench.gates import name
from tests.bench.latency import DISK
from tests.bench.report import SPREAD_HEAD, Section, Spread
from tests.torture.delivery.consumer import NAME, Consumer
from tests.torture.delivery.replaying import order

if TYPE_CHECKING:
    from collections.abc import Callable

A_PROCESS: Final = 100
WORK_S: Final = 5.0
AWAY_S: Final = 10.0
WAIT_S: Final = 180.0
EDGES_S: Final = (0, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Up to beyond `WAIT_S`, after which nobody is waited for."""

BAR: Final = 40


class Fleet:
    """The processes with their gates, and what they have said."""

    def __init__(self) -> None:
        """Begin with none."""
        self.changed = threading.Condition()
        self.ups: dict[str, list[int]] = {}
        self.holds: dict[str, tuple[str, int, int]] = {}
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, folder: Path, broker: Broker, count: int) -> None:
        """Make certificates and start the gates, a process when those of the one before are up: no crowd yet."""
        (folder / "certificates").mkdir()
        for number in range(count):
            broker.device_ca.issue(Holder.GATE, name(number)).write(folder / "certificates")
        for first in range(0, count, A_PROCESS):
            parts = (folder, broker.port, broker.ca, first, min(A_PROCESS, count - first))
            argv = [sys.executable, "-m", "tests.bench.gates", *map(str, parts)]
            with (folder / "log").open("a") as log:
                process = subprocess.Popen(
                    argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1
                )
            threading.Thread(target=self._listen, args=(process,), daemon=True).start()
            self._processes.append(process)
            _need(self.back(min(first + A_PROCESS, count), 0), "not every gate came up")

    def back(self, count: int, since_ms: int) -> bool:
        """Wait until so many gates came up after a moment."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.times(since_ms)) >= count, WAIT_S)

    def times(self, since_ms: int) -> list[float]:
        """Give how many seconds after a moment each gate came up first."""
        firsts = (next((ms for ms in ups if ms >= since_ms), None) for ups in self.ups.values())
        return [(ms - since_ms) / 1000 for ms in firsts if ms is not None]

    def say(self, words: str) -> None:
        """Tell every process."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.write(words + "\n")
                process.stdin.flush()

    def memory_mb(self) -> float:
        """Sum up what the processes hold for themselves and their share of what they share (PSS)."""
        total_kib = 0
        for process in self._processes:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii").splitlines()
            total_kib += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total_kib / 1024

    def end(self, count: int) -> bool:
        """Have them name what they hold, and end; says whether all did."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        with self.changed:
            return self.changed.wait_for(lambda: len(self.holds) >= count, WAIT_S)

    def kill(self) -> None:
        """End whatever still runs."""
        for process in self._processes:
            process.kill()
            process.wait()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            with self.changed:
                match line.split():
                    case ["up", gate, ms]:
                        self.ups.setdefault(gate, []).append(int(ms))
                    case ["holds", gate, epoch, last, waiting]:
                        self.holds[gate] = (epoch, int(last), int(waiting))
                    case _:
                        continue
                self.changed.notify_all()


def measure(_seed: int, count: int, progress: Callable[[str], None]) -> Section:
    """Start, work, kill the broker, bring it back, and count."""
    section = Section(f"{count} gates whose broker is killed and comes back after {AWAY_S:.0f} s", ("s", *SPREAD_HEAD))
    enough_files(count)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK)))
        (folder / "broker").mkdir()
        broker = Broker(folder / "broker", rights=Rights(operators=(NAME,), restricted=(NAME,)))
        stack.enter_context(broker)
        consumer = Consumer(broker, order)
        stack.callback(consumer.disconnect)
        consumer.connect()
        progress("fleet: certificates and gates")
        fleet = Fleet()
        stack.callback(fleet.kill)
        fleet.start(folder, broker, count)
        progress("fleet: at work, then without a broker")
        time.sleep(WORK_S)
        broker.kill()
        time.sleep(AWAY_S)
        broker.start()
        again_ms = _now_ms()
        fleet.back(count, again_ms)
        times = fleet.times(again_ms)
        if len(times) < count:
            section.notes.append(f"{count - len(times)} were not back within {WAIT_S:.0f} s")
        section.spread("reconnect", "back, from when the broker served again", Spread.of(times))
        section.notes += histogram(times)
        _complete(section, fleet, consumer, count, progress)
    return section


def _complete(section: Section, fleet: Fleet, consumer: Consumer, count: int, progress: Callable[[str], None]) -> None:
    """Let the gates rest and the consumer ask, and tell what is missing."""
    progress("fleet: what is missing")
    memory_mb = fleet.memory_mb()
    fleet.say("rest")  # a gate has told of everything only with the health that follows
    rested_s = time.monotonic()
    told_before = dict(consumer.health)
    consumer.wait(lambda: _quiet(consumer, told_before, count), WAIT_S)
    settled_s = time.monotonic() - rested_s
    _need(fleet.end(count), "not every gate said what it holds")
    wanted = {f"{gate}:{epoch}:{seq}" for gate, (epoch, last, _) in fleet.holds.items() for seq in range(1, last + 1)}
    missing, invented = wanted - consumer.held.payloads.keys(), consumer.held.payloads.keys() - wanted
    waiting = sum(backlog for *_, backlog in fleet.holds.values())
    section.figures |= {
        "events": len(wanted),
        "missing": len(missing),
        "replayed": consumer.deliveries["replay"],
        "pss_mb": memory_mb,
    }
    held = consumer.held
    for words in (
        f"{len(wanted)} events, {len(missing)} missing ({waiting} still at a gate), {len(invented)} invented",
        f"{held.repeated} duplicates were dropped",
        f"{consumer.deliveries['replay']} came by {consumer.asked} replays; complete {settled_s:.0f} s after the last",
        f"{memory_mb:.0f} MB proportional in all, {memory_mb * 1024 / count:.0f} KiB a gate",
    ):
        section.notes.append(words)


def _quiet(consumer: Consumer, before: dict[str, dict[str, int]], count: int) -> bool:
    """Whether every gate has told of its health since it rests, and none of them holds what is not here."""
    if len(consumer.health) < count:
        return False
    for gate, numbers in consumer.health.items():
        epoch = f"{gate}:{numbers['journal_epoch']:08x}"
        if numbers is before.get(gate) or numbers["journal_unsent"]:
            return False
        if consumer.held.missing(epoch, 1, numbers["journal_last"]):
            return False
    return True


def histogram(times_s: list[float]) -> list[str]:
    """Draw how many came back within which seconds."""
    counts = [(low, high, sum(low <= each < high for each in times_s)) for low, high in pairwise(EDGES_S)]
    most = max((number for *_, number in counts), default=1) or 1
    last = max((at for at, (*_, number) in enumerate(counts) if number), default=0)
    return [f"{low:>4} to {high:>3} s {n:>5} {'#' * -(-n * BAR // most)}" for low, high, n in counts[: last + 1]]


def enough_files(count: int) -> None:
    """Let this process and those it starts, the broker among them, open as many files as the system grants."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(count + 256, A_PROCESS * 24)
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def _need(so: bool, words: str) -> None:  # noqa: FBT001 - it is what is looked at
    if not so:
        raise TimeoutError(words)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
