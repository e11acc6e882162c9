"""What is done to a gate while somebody passes: each blow is struck at a random moment and judged by pins and journal.

A blow returns what was measured and what was wrong; it leaves the stand whole, with the door at rest.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hw.clock import boottime_ms
from provisioning.rig.gate import GREEN, RELAY
from tests.torture import verdict
from tests.torture.stand import TRIES
from tests.torture.wounds import LANE, Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.torture.pinproxy import PinProxy
    from tests.torture.stand import Stand

WHILE_ON = 0.75
"""How many blows fall while the relay is on; the others fall around the decision."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where things stood before somebody was let in, and whether the door had opened when the blow was due."""

    lives: int
    mark: int
    seq: int
    opened: bool


def meet(stand: Stand, *, while_on: bool) -> Moment:
    """Let somebody in with a one-entry pass, and return at a random moment of it."""
    moment = _knock(stand)
    if not while_on:
        time.sleep(stand.chance.uniform(0, 0.02))
        return moment
    tries = 1
    while not (opened := stand.pins.rose(RELAY, moment.mark)) and tries < TRIES and stand.too_slow(moment.seq, LANE):
        moment, tries = _knock(stand), tries + 1
    if opened:
        time.sleep(stand.chance.uniform(0, 0.8) * stand.rig.plan.unlock_ms / 1000)
    return replace(moment, opened=opened)


def _knock(stand: Stand) -> Moment:
    """Hold up a one-entry pass, and say how things stood before."""
    moment = Moment(len(stand.rig.gate.marks("ready")), stand.pins.mark(), stand.ledger().last, opened=True)
    stand.lanes[LANE].show(stand.office.good(entries=1).code)
    return moment


def kill(stand: Stand, kind: Kind, number: signal.Signals) -> Wound:
    """End or freeze the gate by a signal."""
    pid = stand.rig.gate.pid
    if pid is None:
        return Wound(kind, boottime_ms(), ["the gate was not running"])
    return strike_gate(stand, kind, lambda: os.kill(pid, number))


def break_pins(stand: Stand, proxy: PinProxy) -> Wound:
    """Have the driver fail under the gate, so that the next grant or the end of this one raises in the controller."""

    def blow() -> None:
        proxy.fail()
        stand.lanes[LANE].show(stand.office.good().code)

    return strike_gate(stand, Kind.GATE_EXCEPTION, blow)


def strike_gate(stand: Stand, kind: Kind, blow: Callable[[], None]) -> Wound:
    """Let somebody in, strike while the relay is on or while the gate decides, and wait until the gate is back."""
    # A frozen gate costs a whole watchdog, so it is frozen while the relay is on.
    moment = meet(stand, while_on=kind is Kind.GATE_STOPPED or stand.chance.random() < WHILE_ON)
    wound = Wound(kind, boottime_ms(), [] if moment.opened else ["the door stayed shut"])
    blow()
    came_back(stand, wound, moment)
    return wound


def came_back(stand: Stand, wound: Wound, moment: Moment) -> None:
    """Wait until a gate that ended is ready again, and judge what its end came to."""
    gate = stand.rig.gate
    try:
        ready = gate.wait_for("ready", moment.lives + 1, 40)
    except TimeoutError as error:
        wound.faults.append(f"the gate did not come back: {error}")
        return
    death, post = gate.marks("death")[moment.lives - 1], gate.marks("post")[moment.lives - 1]
    wound.ready_ms = ready.boottime_ms - wound.struck_ms
    wound.hung = any(mark.pid == death.pid for mark in gate.marks("watchdog"))
    verdict.outputs(stand, wound, stand.pins.since(moment.mark), death, post)
    verdict.grants(stand, wound, moment.mark, moment.seq, death)


def strike_reader(stand: Stand, name: str, show: Callable[[str | None], None]) -> Wound:
    """Kill the reader at a random moment after a one-entry pass came before its camera, and hold the pass still.

    A reader remembers on no disk what it saw. So a pass that is still held when it comes back is one new scan: it opens
    if the old reader had not told of it, and is refused as used if it had. It never opens twice.
    """
    reader = stand.rig.readers[name]
    lives, seq, gate_pid = len(reader.marks("ready")), stand.ledger().last, stand.rig.gate.pid
    show(stand.office.good(entries=1).code.decode())
    time.sleep(stand.chance.uniform(0, 1.0))
    wound = Wound(Kind.READER_KILLED, boottime_ms())
    if reader.pid is not None:
        os.kill(reader.pid, signal.SIGKILL)
    try:
        ready = reader.wait_for("ready", lives + 1, 40)
    except TimeoutError as error:
        wound.faults.append(f"the reader did not come back: {error}")
        return wound
    wound.ready_ms = ready.boottime_ms - wound.struck_ms
    if not stand.watcher.wait(lambda _: _scanned_since(stand, seq, name, ready.boottime_ms), 15):
        wound.faults.append("the reader came back blind: the pass held before it was not scanned")
    show(None)
    stand.pins.rests(RELAY, GREEN)
    said = [(entry.body["decision"], entry.body["reason"]) for entry in stand.ledger().after(seq, name)]
    wound.again = len(said) - 1
    if said[:1] != [("allow", None)] or said[1:] not in ([], [("deny", "used")]):
        wound.faults.append(f"one pass held still came to {said}")
    if stand.rig.gate.pid != gate_pid:
        wound.faults.append("the gate died with its reader")
    return wound


def strike_broker(stand: Stand) -> Wound:
    """Kill the broker while people pass, let more of them pass without it, and bring it back."""
    broker, chance = stand.rig.broker, stand.chance
    connected, mark, seq = stand.watcher.subscriptions, stand.pins.mark(), stand.ledger().last
    stand.lanes[LANE].show(stand.office.good().code)
    time.sleep(chance.uniform(0, 0.03))
    wound = Wound(Kind.BROKER_KILLED, boottime_ms())
    broker.kill()
    opened = stand.pins.rose(RELAY, mark) or stand.too_slow(seq, LANE)
    if not opened or not stand.pins.rests(RELAY, GREEN):
        wound.faults.append("the door did not open and close")
    for paper in stand.office.papers(3):
        wound.faults += stand.insist(paper, LANE)
    broker.start()
    if not stand.watcher.wait(lambda _: stand.watcher.subscriptions > connected, 15):
        wound.faults.append("the subscriber did not come back")
    if not stand.caught_up():
        wound.faults.append("the broker never heard what happened while it was away")
    wound.ready_ms = boottime_ms() - wound.struck_ms
    return wound


def _scanned_since(stand: Stand, seq: int, name: str, since_ms: int) -> bool:
    return any(entry.boottime_ms >= since_ms for entry in stand.ledger().after(seq, name))
