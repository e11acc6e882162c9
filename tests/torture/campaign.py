"""A campaign: one stand, many blows in an order drawn from the seed, and one judgement over all of it at the end.

It says what happens on stderr; what it found is for whoever called.
"""

from __future__ import annotations

import signal
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from hw.reader.sources import stage
from provisioning.rig.gate import Plan
from tests.torture import blows
from tests.torture.blows import LANE, Kind, Wound
from tests.torture.pinproxy import PinProxy
from tests.torture.pins import Span, green_without_release
from tests.torture.stand import Stand

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from pathlib import Path

    from provisioning.rig.gate import Rig

CAMERA: Final = "outside"
UNLOCK_MS: Final = 1500
GREEN_ALONE_MS: Final = 200
"""The relay falls first and the lamp after it: how long that may take a gate that lives, on a machine under load."""

SHARES: Final[Mapping[Kind, int]] = {
    Kind.GATE_KILLED: 7,
    Kind.READER_KILLED: 4,
    Kind.BROKER_KILLED: 3,
    Kind.GATE_SEGFAULT: 2,
    Kind.GATE_EXCEPTION: 2,
    Kind.GATE_STOPPED: 1,
    Kind.GATE_TERMINATED: 1,
}
"""How often each blow falls in twenty."""


@dataclass(slots=True)
class Outcome:
    """What a campaign found: the wounds of each kind, and what was wrong on the whole."""

    wounds: dict[Kind, list[Wound]] = field(default_factory=lambda: defaultdict(list))
    green_alone: list[int] = field(default_factory=list)
    green: list[str] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    broker: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    records: int = 0
    repeated: int = 0


def order(count: int, chance: random.Random) -> list[Kind]:
    """Draw the order of the blows: twenty at a time in their shares, and one of every kind first."""
    drawn: list[Kind] = []
    while len(drawn) < count:
        rest = [kind for kind, share in SHARES.items() for _ in range(share)]
        head = [] if drawn else chance.sample(list(SHARES), len(SHARES))
        for kind in head:
            rest.remove(kind)
        chance.shuffle(rest)
        drawn += [*head, *rest]
    return drawn[:count]


def run(folder: Path, count: int, seed: int) -> Outcome:
    """Strike `count` times and judge."""
    scene = folder / "scene"
    scene.mkdir(parents=True)
    plan = Plan(
        readers={CAMERA: f"scene:{scene}", LANE: None}, unlock_ms=UNLOCK_MS, max_unlock_ms=2 * UNLOCK_MS, health_s=2
    )
    outcome = Outcome()
    wire = folder / "wire.sock"
    with (
        PinProxy(wire, str(folder / "run" / "pins.sock")) as proxy,
        Stand(folder, plan, seed, lambda rig: _rewire(rig, wire)) as stand,
    ):
        stand.keep_subscription()
        for number, kind in enumerate(order(count, stand.chance), 1):
            wound = _strike(stand, kind, scene, proxy)
            outcome.wounds[kind].append(wound)
            _say(f"{number:4d}/{count} {_line(wound)}")
            if wound.ready_ms is None:
                outcome.journal.append(f"the gate is not whole after blow {number} of {count}; no more were struck")
                return outcome
        _judge(stand, outcome)
    return outcome


def _strike(stand: Stand, kind: Kind, scene: Path, proxy: PinProxy) -> Wound:
    """Strike once, and see that the door is at rest afterwards."""
    match kind:
        case Kind.GATE_KILLED:
            wound = blows.kill(stand, kind, signal.SIGKILL)
        case Kind.GATE_SEGFAULT:
            wound = blows.kill(stand, kind, signal.SIGSEGV)
        case Kind.GATE_STOPPED:
            wound = blows.kill(stand, kind, signal.SIGSTOP)
        case Kind.GATE_TERMINATED:
            wound = blows.kill(stand, kind, signal.SIGTERM)
        case Kind.GATE_EXCEPTION:
            wound = blows.break_pins(stand, proxy)
        case Kind.READER_KILLED:
            wound = blows.strike_reader(stand, CAMERA, lambda code: stage.write(scene, stage.Stage(code=code)))
        case Kind.BROKER_KILLED:
            wound = blows.strike_broker(stand)
        case _:
            assert_never(kind)
    if not stand.caught_up():
        wound.faults.append("the broker did not hear of everything")
    return wound


def _judge(stand: Stand, outcome: Outcome) -> None:
    """Judge the whole: a last good pass opens, nothing is lost, no lamp ever lied, no traceback was written."""
    outcome.journal += stand.present(stand.office.good(), LANE)
    if not stand.caught_up():
        outcome.broker.append("the last events never arrived")
    ledger = stand.ledger()
    outcome.journal += ledger.faults()
    outcome.broker += stand.arrivals.judge(ledger)
    outcome.records, outcome.repeated = len(ledger.entries), stand.arrivals.repeated
    wounds = [wound for each in outcome.wounds.values() for wound in each]
    unattended = [wound.span for wound in wounds if wound.kind.startswith("gate")]
    for span in green_without_release(stand.pins.since(0)):
        _judge_green(span, unattended, outcome)
    outcome.log += [line for line in stand.log().splitlines() if line.startswith("Traceback")]


def _judge_green(span: Span, unattended: list[Span], outcome: Outcome) -> None:
    if span.to_ms is None:
        outcome.green.append("green is still lit")
    elif not span.within(unattended):
        outcome.green_alone.append(span.to_ms - span.from_ms)
        if outcome.green_alone[-1] > GREEN_ALONE_MS:
            outcome.green.append(f"green outlived the relay by {outcome.green_alone[-1]} ms")


def _rewire(rig: Rig, wire: Path) -> None:
    """Put the wire that can be cut between the gate and its pins."""
    text = rig.config.read_text(encoding="utf-8")
    rig.config.write_text(text.replace(f"keeper:{rig.keeper_path}", f"keeper:{wire}"), encoding="utf-8")


def _line(wound: Wound) -> str:
    times = {"relay": wound.relay_off_ms, "green": wound.green_off_ms, "ready": wound.ready_ms}
    shown = " ".join(f"{name}={ms} ms" for name, ms in times.items() if ms is not None)
    return f"{wound.kind:16} {shown}" + "".join(f"\n     WRONG {fault}" for fault in (*wound.faults, *wound.late))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
