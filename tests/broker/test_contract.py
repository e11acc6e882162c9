"""A running gate keeps the contract: its birth, its events, and every number of its health."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from firmware.records import wire
from provisioning.contract import health
from provisioning.rig.gate import RELAY, REX, Plan, Rig
from tests.broker import stand
from tests.contract import reading
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord
from tests.unit.house import tree

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.broker.watcher import Seen

GATE = "gate-1"


def last(seen: list[Seen], topic: str) -> dict[str, object]:
    """Read what a topic said last; nothing where it has said nothing."""
    return next((one.json() for one in reversed(seen) if one.topic == topic), {})


def test_a_running_gate_keeps_the_contract(tmp_path: Path) -> None:
    """Somebody leaves, garbage is shown, a reader speaks nonsense: all that is told is described, number by number."""
    stand.require_mosquitto()
    plan = Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000, health_s=5)
    with ExitStack() as stack:
        rig = stack.enter_context(Rig(tmp_path, plan))
        watcher = stack.enter_context(rig.watcher())
        pins = stack.enter_context(PinRecord(rig.keeper_path))
        lane = Lane(rig.socket("outside"))
        topic = wire.health_topic(GATE)
        # By the second health every contact has said how it rests.
        assert watcher.wait(lambda seen: sum(one.topic == topic for one in seen) > 1, stand.PATIENCE_S)
        stack.callback(lane.hang_up)
        lane.beat(17)
        lane.show(b"no pass of anybody")
        mark = pins.mark()
        pins.press(REX, level=False)
        assert pins.rose(RELAY, mark)
        pins.press(REX, level=True)
        lane.send(b"nonsense")
        wanted = {"in_deny", "out_allow", "refused_malformed", "link_published", "journal_committed"}
        told = watcher.wait(lambda seen: last(seen, topic).keys() >= wanted, stand.PATIENCE_S)
        assert told, wanted - last(watcher.seen(), topic).keys()
        assert watcher.wait(lambda _: len(watcher.events(GATE, kind="access")) >= 2, stand.PATIENCE_S)
        seen, events = watcher.seen(), watcher.events(GATE)
    numbers = last(seen, topic)
    assert [name for name in numbers if health.known(name) is None] == []
    reading.published("health").validate(numbers)
    reading.published("info").validate(last(seen, wire.info_topic(GATE)))
    assert {reading.hold(event) for event in events} >= {"access", "grant"}


def test_the_page_has_every_number() -> None:
    """The table that operators read is the one that a running gate is held to."""
    assert health.table() in tree.read("provisioning/contract/README.md")
    assert json.dumps(health.schema()).count('"description"') == len(health.NUMBERS) + 1
