"""From the start of a process to its readiness, for the gate and the reader as their units run them.

Each is ended by SIGTERM and started again by its supervisor, on the journal and the sockets that the last run left. It
measures and judges nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.rig.gate import Plan, Rig
from tests.bench import memory
from tests.bench.latency import DISK
from tests.bench.report import SPREAD_HEAD, Budget, Section, Spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from provisioning.rig.supervisor import Supervisor

STARTS: Final = 10
GATE_BUDGET_MS: Final = 1500.0


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Start each process ten times."""
    section = Section("process start -> READY, ms", ("", *SPREAD_HEAD))
    with tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK) as name:
        folder = Path(name)
        scene = folder / "scene"
        scene.mkdir()
        with Rig(folder, Plan(readers={"outside": f"scene:{scene}"})) as rig:
            for who, supervisor in {"gate": rig.gate, "reader": rig.readers["outside"]}.items():
                progress(f"start: {who}")
                spread = Spread.of(_starts(supervisor))
                section.spread(who, who, spread)
                if who == "gate":
                    section.budgets.append(
                        Budget("gate ready after its start, worst", spread.worst, GATE_BUDGET_MS, "ms")
                    )
    progress("start: the libraries alone")
    for what, imports in memory.BESIDE.items():
        section.spread(what, f"{what} (beside it)", Spread.of([_alone(imports) for _ in range(STARTS)]))
    return section


def _starts(supervisor: Supervisor) -> list[float]:
    """End the program and let its supervisor start it again, over and over."""
    times_ms: list[float] = []
    for count in range(2, STARTS + 2):
        if supervisor.pid is not None:
            os.kill(supervisor.pid, signal.SIGTERM)
        ready = supervisor.wait_for("ready", count)
        begun = supervisor.wait_for("start", count)
        times_ms.append(float(ready.boottime_ms - begun.boottime_ms))
    return times_ms


def _alone(imports: str) -> float:
    """Time an interpreter that imports and ends (ms)."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", imports], check=True)
    return (time.perf_counter() - began) * 1000
