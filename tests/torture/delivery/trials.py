"""The blows at what carries events, each as often as it is told, and what became of the events.

A blow falls at a moment that the seed draws, while the gate writes. What is judged is `Desk.judge`, never here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tests.torture.delivery.desk import PATIENCE_S, QUEUE, Desk, Told

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.torture.delivery.line import Fault

STARTING: Final = 0.25
"""How many kills fall while the gate still starts, connects or sends what the last kill left."""

STARTING_S: Final = 0.6
LIVING_S: Final = 0.4
KILL_LOAD_PER_S: Final = 300
OVERFLOW: Final = 1_600
"""Events while the consumer is away: the broker keeps 1,000 of them and those under way."""

DENIED: Final = "pattern write gapura/1/%u/event/+"
ALLOWED: Final = "pattern write gapura/1/%u/event/alarm"


def gate_killed(folder: Path, count: int, chance: Random) -> Told:
    """SIGKILL the gate at random points of its starts and of its work, under load."""
    told = Told("events-gate-killed", count)
    under_way: list[int] = []
    with Desk(folder) as desk:
        desk.source.start(KILL_LOAD_PER_S)
        if not desk.source.wait_up(1):
            told.faults.append("the gate did not connect")
        struck_s, newest, up = time.monotonic(), 0, 0
        for _ in range(count):
            if chance.random() < STARTING:
                time.sleep(chance.uniform(0, STARTING_S))
            else:
                if not desk.source.wait_up(up + 1):
                    told.faults.append("the gate did not connect")
                desk.settled(told, struck_s, newest)
                time.sleep(chance.uniform(0, LIVING_S))
            desk.source.kill()
            struck_s, up = time.monotonic(), desk.source.up
            newest, waiting = desk.newest()
            under_way.append(waiting)
            desk.source.start(KILL_LOAD_PER_S)
        _finish(desk, told, struck_s)
    told.facts |= {"under_way": sum(under_way), "under_way_worst": max(under_way)}
    return told


def broker_killed(folder: Path, count: int, chance: Random) -> Told:
    """SIGKILL mosquitto while the consumer is away: what it had acknowledged and not written is gone with it."""
    told = Told("events-broker-killed", count)
    with Desk(folder) as desk:
        desk.source.start()
        for _ in range(count):
            desk.source.load(100)
            memory = chance.choice(("rolls back", "old", "none"))
            if memory == "rolls back":
                desk.broker.save()
            desk.consumer.disconnect()
            if not desk.source.wait_committed(len(desk.source.committed) + chance.randint(1, 60)):
                told.faults.append("the gate wrote nothing")
            time.sleep(chance.uniform(0, 0.05))
            desk.broker.kill()
            if memory == "none":  # a new disk, or one that never took a save: it does not even know its consumer
                (folder / "broker" / "data" / "mosquitto.db").unlink(missing_ok=True)
            time.sleep(chance.uniform(0, 0.5))
            desk.broker.start()
            ended_s = time.monotonic()
            desk.consumer.connect()
            desk.settled(told, ended_s, desk.rest(told))
        desk.judge(told)
        told.facts["sessions_forgotten"] = desk.consumer.sessions_lost - 1
    return told


def queue_overflow(folder: Path, count: int, _chance: Random) -> Told:
    """Write more than the broker keeps for a consumer that is away."""
    told = Told("events-queue-overflow", count)
    dropped = 0
    with Desk(folder, queue=QUEUE) as desk:
        desk.source.start(0)
        for _ in range(count):
            desk.consumer.disconnect()
            replayed, had = desk.consumer.deliveries["replay"], len(desk.source.committed)
            desk.source.write(OVERFLOW)
            if not desk.source.wait_committed(had + OVERFLOW):
                told.faults.append("the gate did not write everything")
            newest = desk.rest(told)
            ended_s = time.monotonic()
            desk.consumer.connect()
            desk.settled(told, ended_s, newest)
            if desk.consumer.deliveries["replay"] == replayed:
                told.faults.append("the broker dropped nothing: this was no overflow")
            dropped += desk.consumer.deliveries["replay"] - replayed
        desk.judge(told)
    told.facts["dropped"] = dropped
    return told


def denied(folder: Path, count: int, chance: Random) -> Told:
    """Have the broker refuse all events but alarms for a while: reason 135, and nothing of it is forgotten."""
    told = Told("events-access-denied", count)
    worst = 0
    with Desk(folder) as desk:
        rules = (folder / "broker" / "acl").read_text()
        desk.source.start()
        if not desk.source.wait_up(1):
            told.faults.append("the gate did not connect")
        for _ in range(count):
            desk.source.load(100)
            refused = _number(desk, "link_refused_135")
            desk.broker.set_access(rules.replace(DENIED, ALLOWED))
            if not desk.consumer.wait(lambda before=refused: _number(desk, "link_refused_135") > before, PATIENCE_S):  # type: ignore[misc]
                told.faults.append("health does not tell of the refusals")
            time.sleep(chance.uniform(0, 0.5))
            if not (waiting := desk.newest()[1]):
                told.faults.append("nothing waited: this was no denial")
            worst = max(worst, waiting)
            desk.broker.set_access()
            ended_s = time.monotonic()
            desk.settled(told, ended_s, desk.rest(told))
        if _number(desk, "link_connects") != 1:
            told.faults.append("a refusal cost a connection")
        refused = _number(desk, "link_refused_135")
        desk.judge(told)
    told.facts |= {"refused": refused, "waited": worst}
    return told


def bad_line(folder: Path, count: int, chance: Random, fault: Fault) -> Told:
    """Make the line to the broker bad at random moments; the consumer's own line is good."""
    told = Told(f"events-line-{fault}", count)
    with Desk(folder, lined=True) as desk:
        desk.source.start()
        if not desk.source.wait_up(1):
            told.faults.append("the gate did not connect")
        for _ in range(count):
            time.sleep(chance.uniform(0, 0.3))
            up, struck_s = desk.source.up, time.monotonic()
            for_s = desk.line.strike(fault, chance)
            if for_s:
                time.sleep(for_s)
                struck_s = time.monotonic()
            elif not desk.source.wait_up(up + 1):
                told.faults.append("the gate did not notice")
            desk.settled(told, struck_s)
        _finish(desk, told, time.monotonic())
        told.facts["connections"] = desk.source.up
    return told


def _finish(desk: Desk, told: Told, since_s: float) -> None:
    """Let the gate come to rest, and judge."""
    if not desk.source.wait_up(1):
        told.faults.append("the gate did not come back")
    recovered = len(told.recovered_ms)
    desk.settled(told, since_s, desk.rest(told))
    del told.recovered_ms[recovered:]  # that was the end, not a blow
    desk.judge(told)


def _number(desk: Desk, name: str) -> int:
    return next(iter(desk.consumer.health.values()), {}).get(name, 0)
