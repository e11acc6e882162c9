"""From a scan message on the socket to the relay's edge, inside one process that holds all of the gate but its broker.

Real are the socket, the controller thread, the verification, the decision, the journal on this disk and gpiozero's
devices; the pins are gpiozero's mock, which note the moment of an edge. It measures and judges nothing.
"""

from __future__ import annotations

import os
import random
import socket
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpiozero.pins.mock import MockFactory, MockPWMPin

from firmware.control import loop
from firmware.control.accounts import Knowledge
from firmware.control.clock import SystemClock
from firmware.control.controller import Controller
from firmware.control.inbox import Inbox
from firmware.control.outputs import Fittings, Outputs
from firmware.door.settings import Settings
from firmware.events import Line, Side
from firmware.records.journal import Journal
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import visitor_management
from firmware.rules.presence import Presence
from hw.clock import boottime_ms
from hw.light import GpioLight
from hw.reader.messages import Scan, encode
from hw.relay import GpioRelay
from hw.scan_socket import ReaderSocket, SocketScanSource
from hw.simulated import SimulatedSounder
from tests.bench.edges import Edges, now_ns
from tests.bench.floor import Floor
from tests.bench.report import SPREAD_HEAD, Budget, Section, Spread, number
from tests.issuing import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

DISK: Final = Path("/var/tmp")  # noqa: S108  kept over a restart, so never memory; the folder below it is private
RELAY, LAMPS = 17, {"red": 22, "yellow": 23, "green": 24}
UNLOCK_MS: Final = 20
READERS: Final = ("one", "two", "three", "four")
"""So many that none exceeds the scans a second that the gate takes from one."""
WARM_UP: Final = 20
BUDGET_MS: Final = 5.0


class EdgePin(MockPWMPin):  # type: ignore[misc]  # gpiozero ships no types
    """A mock pin that tells its factory's `edges` when the relay's level changes."""

    def _change_state(self, value: float | bool) -> bool:  # noqa: FBT001  the signature is gpiozero's
        changed: bool = super()._change_state(value)
        edges: Edges | None = getattr(self.factory, "edges", None)
        if changed and edges is not None and self._number == RELAY:
            edges.note(level=value > 0)
        return changed


def measure(seed: int, count: int, progress: Callable[[str], None]) -> Section:
    """Show `count` one-entry passes, each when the door has locked again."""
    section = Section("scan on the socket -> relay energised, one process, ms", ("", *SPREAD_HEAD))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK)))
        edges, issuer = Edges(), Issuer()
        _gate(stack, folder, edges, issuer)
        links = [_connect(stack, folder / name) for name in READERS]
        pauses = random.Random(seed)  # noqa: S311  no secrets
        floor = stack.enter_context(Floor(folder / "floor.db"))
        times_ms, least_ms = _shown(links, edges, issuer, floor=floor, pauses=pauses, count=count, progress=progress)
    spread = Spread.of(times_ms)
    section.spread("scan to relay", "verified, decided, committed, energised", spread)
    least = Spread.of(least_ms)
    section.spread("floor", "socket, threads and a commit alone (beside it, in turn)", least)
    section.notes.append(f"journal in {DISK}; the lock opens for {UNLOCK_MS} ms so that each scan has an edge")
    section.budgets.append(
        Budget(
            f"scan received -> relay energised, p99 (the empty way {number(least.p99)})", spread.p99, BUDGET_MS, "ms"
        )
    )
    return section


def _shown(
    links: list[socket.socket],
    edges: Edges,
    issuer: Issuer,
    *,
    floor: Floor,
    pauses: random.Random,
    count: int,
    progress: Callable[[str], None],
) -> tuple[list[float], list[float]]:
    """Send a scan, wait for the edge, wait for the fall; then let the same message take the empty way."""
    now = int(time.time())
    times_ms: list[float] = []
    least_ms: list[float] = []
    for at in range(WARM_UP + count):
        code = issuer.code(pass_id=at.to_bytes(12), issued=now - 60, not_before=now - 60, expires=now + 3600, entries=1)
        message = encode(Scan(boottime_ms(), (code,)))
        sent_ns = now_ns()
        links[at % len(links)].send(message)
        rose_ns = edges.wait(level=True)
        times_ms.append((rose_ns - sent_ns) / 1e6)
        edges.wait(level=False)
        least_ms.append(floor.pass_once(message))
        time.sleep(pauses.uniform(0.001, 0.006))  # so that no phase of a timer is always met
        if at % 250 == 0:
            progress(f"latency: {at} of {WARM_UP + count} scans")
    return times_ms[WARM_UP:], least_ms[WARM_UP:]


def _gate(stack: ExitStack, folder: Path, edges: Edges, issuer: Issuer) -> None:
    """Put a gate together as its own composition root does, and run its controller on a thread."""
    clock, inbox = SystemClock(2), Inbox(boottime_ms)
    factory: Any = MockFactory(pin_class=EdgePin)
    factory.edges = edges
    relay = GpioRelay(RELAY, 1000, factory)
    outputs = Outputs(Fittings({Line.RELAY: relay}, GpioLight(LAMPS, factory), SimulatedSounder()))
    stack.callback(outputs.close)
    journal = Journal(folder / "journal.db", "bench", committed=inbox.committed, now=clock.now)
    stack.callback(journal.close)
    knowledge = Knowledge(
        run="bench",
        place=Place("bench", "lobby"),
        sides=dict.fromkeys(READERS, Side.OUTSIDE),
        trust=issuer.trust(),
        rules=Rulebook.unlimited(visitor_management()),
    )
    controller = Controller(
        knowledge, Settings(UNLOCK_MS, 1000), clock, outputs=outputs, journal=journal, presence=Presence()
    )
    scans = SocketScanSource(tuple(ReaderSocket(name, folder / name, os.getuid()) for name in READERS), boottime_ms)
    stack.callback(scans.close)
    scans.start(inbox)
    thread = threading.Thread(target=loop.run, args=(controller, inbox, clock, lambda: None), name="controller")
    thread.start()
    stack.callback(thread.join)
    stack.callback(inbox.stop)


def _connect(stack: ExitStack, path: Path) -> socket.socket:
    """Connect as a reader."""
    link = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    link.connect(os.fspath(path))
    return link
