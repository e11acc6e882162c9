"""The whole gate as real processes: scan to relay, readable frame to relay, and the memory of each process.

The pin keeper is the judge of the relay; a proxy on the reader's socket tells what part the frame, the decoder and the
gate had in it. It measures and judges nothing.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from hw.reader.messages import Scan, encode
from provisioning.issuing import Order
from provisioning.rig.gate import RELAY, UNITS, Plan, Rig
from provisioning.rig.supervisor import Supervisor
from tests.bench import memory
from tests.bench.cameras import DrawnByReader, DrawnHere
from tests.bench.edges import Edges, now_ns
from tests.bench.latency import DISK
from tests.bench.proxy import Proxy
from tests.bench.report import SPREAD_HEAD, Budget, Section, Spread, number
from tests.bench.slow import one_core

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.keeper_client import Watch
    from tests.bench.cameras import Camera

SCANS, FRAMES, SLOW_FRAMES = 40, 40, 20
UNLOCK_MS: Final = 500
FRACTION: Final = 8
"""What part of this machine's core a Pi 4's core is taken for: recent server cores do seven to nine times its work."""
FRAME_BUDGET_MS: Final = 150.0
GATE_MB, READER_MB = 80.0, 120.0
ROOT: Final = Path(__file__).parents[2]


@dataclass(slots=True)
class Doorway:
    """A running rig with everything that watches it."""

    rig: Rig
    folder: Path
    edges: Edges
    proxy: Proxy
    chance: random.Random

    def new_pass(self) -> bytes:
        """Issue a one-entry pass of a visitor."""
        now = int(time.time())
        return self.rig.desk.issue(Order("visitor", ("lobby",), now - 60, now + 3600, entries=1), now=now).code.encode()

    def reader(self, stack: ExitStack, camera: Camera) -> Supervisor:
        """Start a reader with this camera behind the proxy."""
        argv = [sys.executable, "-m", *camera.program(self.folder / "run" / "window.sock")]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(ROOT)}
        reader = Supervisor(UNITS / "gapura-reader.service", argv, env=environment, cwd=self.folder)
        stack.callback(reader.stop)
        reader.start()
        reader.wait_for("ready")
        return reader

    def pids(self, reader: Supervisor) -> dict[str, int]:
        """Name the processes of the gate and a reader."""
        gate_pid, reader_pid = self.rig.gate.pid, reader.pid
        if gate_pid is None or reader_pid is None:
            message = f"a process has ended: gate {gate_pid}, reader {reader_pid}"
            raise RuntimeError(message)
        children = Path(f"/proc/{reader_pid}/task/{reader_pid}/children").read_text("ascii").split()
        pids = {"gate": gate_pid, "reader": reader_pid}
        return pids | ({"zbar's child": int(children[0])} if children else {})


def measure(seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Build a gate, let people come for a minute, and look at its processes."""
    section = Section("the real processes, ms", ("", *SPREAD_HEAD))
    with ExitStack() as stack:
        door = _open(stack, seed)
        with ExitStack() as shift:
            camera = DrawnByReader(door.folder, seed)
            reader = door.reader(shift, camera)
            progress("doorway: scans on the socket")
            section.spread("socket to relay", "scan on the socket -> relay", Spread.of(_scans(door)))
            progress("doorway: codes before the camera")
            _frames(section, door, camera, FRAMES, "")
            progress("doorway: memory")
            _memory(section, door.pids(reader))
        with ExitStack() as shift:
            slow = DrawnHere(door.folder, seed)
            reader = door.reader(shift, slow)
            progress(f"doorway: one core at 1/{FRACTION} of its speed")
            try:
                pids = door.pids(reader)
                shift.enter_context(one_core([pids.pop("gate")], pids.values(), FRACTION))
            except OSError as error:
                section.skips.append(f"one core at 1/{FRACTION} of its speed: needs root ({error.strerror})")
            else:
                _frames(section, door, slow, SLOW_FRAMES, f", one core at 1/{FRACTION}")
    section.notes += [
        f"codes are shown at random moments to a reader at 10 frames/s; the lock opens for {UNLOCK_MS} ms",
        "wait ends when the frame is taken: the frame interval and, at full speed, the drawing that no camera has",
        f"at 1/{FRACTION} gate, reader and zbar share one core, the gate first; the frames come from another",
    ]
    return section


def _open(stack: ExitStack, seed: int) -> Doorway:
    """Start broker, pin keeper and gate, a proxy for the reader, and a watch on the relay."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK)))
    rig = stack.enter_context(Rig(folder, Plan(readers={"outside": None}, unlock_ms=UNLOCK_MS)))
    watch, edges = stack.enter_context(rig.keeper()).watch(), Edges()
    threading.Thread(target=_follow, args=(watch, edges), name="watch", daemon=True).start()
    stack.callback(watch.close)
    proxy = stack.enter_context(Proxy(folder / "run" / "window.sock", rig.socket("outside")))
    return Doorway(rig, folder, edges, proxy, random.Random(seed))  # noqa: S311  no secrets


def _follow(watch: Watch, edges: Edges) -> None:
    """Note the relay's edges as the keeper tells them."""
    for change in watch:
        if change.pin == RELAY:
            edges.note(level=change.level)


def _scans(door: Doorway) -> list[float]:
    """Say codes on the socket while the reader beside looks at an empty room."""
    times_ms: list[float] = []
    for _ in range(SCANS):
        sent_ns = door.proxy.say(encode(Scan(boottime_ms(), (door.new_pass(),))))
        times_ms.append((door.edges.wait(level=True) - sent_ns) / 1e6)
        door.edges.wait(level=False)
        time.sleep(door.chance.uniform(0, 0.01))
    return times_ms


def _frames(section: Section, door: Doorway, camera: Camera, count: int, how: str) -> None:
    """Hold codes before the camera, one after the other, and take the way of each apart."""
    names = ("shown -> relay", "  wait", "  decode", "  gate", "frame -> relay")
    parts: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(count):
        code = door.new_pass()
        camera.prepare(code, door.chance)
        time.sleep(door.chance.uniform(0, 0.1))
        shown_ns = now_ns()
        camera.show()
        rose_ns = door.edges.wait(level=True)
        frame_ms, said_ns = door.proxy.scans[code]
        frame_ns = frame_ms * 1_000_000
        steps = (rose_ns - shown_ns, frame_ns - shown_ns, said_ns - frame_ns, rose_ns - said_ns, rose_ns - frame_ns)
        for times_ms, step_ns in zip(parts.values(), steps, strict=True):
            times_ms.append(step_ns / 1e6)
        camera.clear()
        door.edges.wait(level=False)
    for name, times_ms in parts.items():
        section.spread(f"{name.strip()}{how}", name + how, Spread.of(times_ms))
    p95 = Spread.of(parts["frame -> relay"]).p95
    section.budgets.append(Budget(f"readable frame -> relay, p95{how}", p95, FRAME_BUDGET_MS, "ms"))
    restarts = door.proxy.beat.get("zbar_restarts", 0)
    section.figures[f"zbar restarts{how}"] = restarts
    if restarts:
        section.notes.append(f"zbar's child was replaced {restarts} times{how}")


def _memory(section: Section, pids: dict[str, int]) -> None:
    """Read what each process holds now, beside interpreters that only imported the libraries."""
    sizes = {name: memory.of(pid) for name, pid in pids.items()}
    beside = {f"{name} (beside it)": memory.after_importing(what) for name, what in memory.BESIDE.items()}
    for name, size in (sizes | beside).items():
        text = f"{number(size.resident_mb)} MB resident, {number(size.proportional_mb)} MB proportional"
        section.notes.append(f"memory of {name}: {text}")
        section.figures |= {f"{name}: rss_mb": size.resident_mb, f"{name}: pss_mb": size.proportional_mb}
    section.budgets.append(Budget("gate process, resident", sizes["gate"].resident_mb, GATE_MB, "MB"))
    section.budgets.append(Budget("reader process, resident", sizes["reader"].resident_mb, READER_MB, "MB"))
    both_mb = sum(size.proportional_mb for name, size in sizes.items() if name != "gate")
    section.budgets.append(Budget("reader and zbar's child, proportional", both_mb, READER_MB, "MB"))
