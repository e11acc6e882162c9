"""Two persons at a whole gate that is killed between their passes: nobody is let in alone, and nobody is remembered."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from provisioning import issuing
from provisioning.rig.gate import RELAY, Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from pathlib import Path

POLICY = b"""{"profile": "pair", "classes": {"visitor": {}}, "two_person": {"lobby": {"within_s": 60}}}"""
PLAN = Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000, policy=POLICY)


def code(rig: Rig) -> bytes:
    """Issue a pass for somebody new."""
    now = int(time.time())
    order = issuing.Order(pass_class="visitor", areas=("lobby",), not_before=now - 60, expires=now + 3600)
    return rig.desk.issue(order, now=now).code.encode()


def test_a_kill_between_two_passes_lets_nobody_in_alone(tmp_path: Path) -> None:
    """The first is asked for a second, the gate is killed, the second is a first person then; together they go in."""
    stand.require_mosquitto()
    with ExitStack() as stack:
        rig = stack.enter_context(Rig(tmp_path, PLAN))
        pins, lane = stack.enter_context(PinRecord(rig.keeper_path)), Lane(rig.socket("outside"))
        stack.callback(lane.hang_up)
        eyes = stack.enter_context(rig.watcher())
        one, other, mark = code(rig), code(rig), pins.mark()

        def once() -> dict[object, dict[str, object]]:
            """What is told again after the kill is the same event."""
            return {event["id"]: event["data"] for event in eyes.events(GATE, kind="access")}  # type: ignore[misc]

        def told(number: int) -> list[dict[str, object]]:
            assert eyes.wait(lambda _: len(once()) >= number, PATIENCE_S)
            return [*once().values()]

        lane.show(one)
        assert told(1)[-1]["reason"] == "second_person"
        pid = rig.gate.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        rig.gate.wait_for("ready", count=2)
        lane.show(other)
        assert told(2)[-1]["reason"] == "second_person"
        assert pins.rises(RELAY, mark) == 0
        lane.show(one)
        first, second = told(4)[-2:]
        assert pins.rose(RELAY, mark, PATIENCE_S)
        assert (first["decision"], second["decision"]) == ("allow", "allow")
        assert first["grant"] == first["company"] == second["company"] != second["grant"]
        assert pins.rests(RELAY)
        assert pins.rises(RELAY, mark) == 1
