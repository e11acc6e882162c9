"""What is done to a gate while somebody passes: each blow is struck at a random moment and judged by pins and journal.

A blow returns what was measured and what was wrong; it leaves the stand whole, with the door at rest.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from provisioning.rig.gate import GREEN, RELAY
from tests.torture.pins import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.keeper_client import PinChange
    from provisioning.rig.supervisor import Mark
    from tests.torture.pinproxy import PinProxy
    from tests.torture.stand import Stand

LANE: Final = "lane"
STOPPED_SLACK_MS: Final = 2_000
"""What a hung gate may hold the relay beyond its watchdog."""

FAULT_SLACK_MS: Final = 1_000
"""What a gate whose hardware failed may take to end by itself."""


class Kind(StrEnum):
    """What can be done to a gate."""

    GATE_KILLED = "gate-killed"
    GATE_SEGFAULT = "gate-segfault"
    GATE_EXCEPTION = "gate-exception"
    GATE_STOPPED = "gate-stopped"
    GATE_TERMINATED = "gate-terminated"
    READER_KILLED = "reader-killed"
    BROKER_KILLED = "broker-killed"


@dataclass(slots=True)
class Wound:
    """What one blow came to: what was wrong, and what was right but too late.

    Times are milliseconds after the blow, None where there was nothing to end.
    """

    kind: Kind
    struck_ms: int
    faults: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    relay_off_ms: int | None = None
    green_off_ms: int | None = None
    release_ms: int | None = None
    ready_ms: int | None = None
    unknown: int = 0
    again: int = 0

    @property
    def span(self) -> Span:
        """From the blow until the gate was itself again."""
        return Span(self.struck_ms, None if self.ready_ms is None else self.struck_ms + self.ready_ms)


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
    gate, chance = stand.rig.gate, stand.chance
    lives, mark, seq = len(gate.marks("ready")), stand.pins.mark(), stand.ledger().last
    stand.lanes[LANE].show(stand.office.good(entries=1).code)
    opened = True
    # A frozen gate costs a whole watchdog, so it is frozen while the relay is on; of the other blows one in four falls
    # around the decision instead.
    if kind is Kind.GATE_STOPPED or chance.random() < 0.75:
        opened = stand.pins.rose(RELAY, mark)
        time.sleep(chance.uniform(0, 0.8) * stand.rig.plan.unlock_ms / 1000)
    else:
        time.sleep(chance.uniform(0, 0.02))
    wound = Wound(kind, boottime_ms(), [] if opened else ["the door stayed shut"])
    blow()
    try:
        ready = gate.wait_for("ready", lives + 1, 40)
    except TimeoutError as error:
        wound.faults.append(f"the gate did not come back: {error}")
        return wound
    death, post = gate.marks("death")[lives - 1], gate.marks("post")[lives - 1]
    wound.ready_ms = ready.boottime_ms - wound.struck_ms
    wound.release_ms = post.boottime_ms - death.boottime_ms
    _judge_outputs(stand, wound, stand.pins.since(mark), death, post)
    _judge_grants(stand, wound, mark, seq, death)
    return wound


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
    connected, mark = stand.watcher.subscriptions, stand.pins.mark()
    stand.lanes[LANE].show(stand.office.good().code)
    time.sleep(chance.uniform(0, 0.03))
    wound = Wound(Kind.BROKER_KILLED, boottime_ms())
    broker.kill()
    if not stand.pins.rose(RELAY, mark) or not stand.pins.rests(RELAY, GREEN):
        wound.faults.append("the door did not open and close")
    for paper in stand.office.papers(3):
        wound.faults += stand.present(paper, LANE)
    broker.start()
    if not stand.watcher.wait(lambda _: stand.watcher.subscriptions > connected, 15):
        wound.faults.append("the subscriber did not come back")
    if not stand.caught_up():
        wound.faults.append("the broker never heard what happened while it was away")
    wound.ready_ms = boottime_ms() - wound.struck_ms
    return wound


def _scanned_since(stand: Stand, seq: int, name: str, since_ms: int) -> bool:
    return any(entry.boottime_ms >= since_ms for entry in stand.ledger().after(seq, name))


def _judge_outputs(stand: Stand, wound: Wound, changes: list[PinChange], death: Mark, post: Mark) -> None:
    """Hold relay and green lamp against the time after which they must be off."""
    unit = stand.rig.gate.unit
    wound.relay_off_ms, wound.green_off_ms = (_off_after(wound.struck_ms, changes, pin) for pin in (RELAY, GREEN))
    released = (unit.restart_ms or 0) + post.boottime_ms - death.boottime_ms
    match wound.kind:
        case Kind.GATE_STOPPED:
            bound = (unit.watchdog_ms or 0) + STOPPED_SLACK_MS
        case Kind.GATE_EXCEPTION | Kind.GATE_TERMINATED:
            bound = released + FAULT_SLACK_MS
        case _:
            bound = released
    for what, off_ms in (("relay", wound.relay_off_ms), ("green", wound.green_off_ms)):
        if off_ms is not None and off_ms > bound:
            wound.late.append(f"{what} off after {off_ms} ms, not within {bound}")
    left = [name for name, pin in (("relay", RELAY), ("green", GREEN)) if stand.pins.level(pin)]
    if left:
        wound.faults.append(f"{' and '.join(left)} on after the restart")
    if post.code != 0:
        wound.faults.append(f"the release after the end failed with {post.code}")


def _judge_grants(stand: Stand, wound: Wound, mark: int, seq: int, death: Mark) -> None:
    """Hold the grants of this blow against what the relay did."""
    ledger = stand.ledger()
    wound.faults += ledger.faults()
    ends = ledger.ends()
    grants = [entry.grant for entry in ledger.after(seq, LANE) if entry.grant is not None]
    changes = stand.pins.since(mark, RELAY)
    if sum(change.level for change in changes) > len(grants):
        wound.faults.append("the relay rose without a record of a grant")
    fell_later = any(not change.level and change.boottime_ms > death.boottime_ms for change in changes)
    wound.unknown = sum(ends[grant] == ["outcome_unknown"] for grant in grants)
    if fell_later and wound.unknown != len(grants):
        wound.faults.append(f"the gate died with the relay on, and its grants ended {[ends[one] for one in grants]}")
    if wound.kind is Kind.GATE_TERMINATED and wound.unknown:
        wound.faults.append("a gate that ends in order leaves no outcome unknown")


def _off_after(struck_ms: int, changes: list[PinChange], pin: int) -> int | None:
    """Say how long after the blow a line fell for the last time, if it was on then or rose later."""
    falls = [one.boottime_ms for one in changes if one.pin == pin and not one.level and one.boottime_ms >= struck_ms]
    return falls[-1] - struck_ms if falls else None
