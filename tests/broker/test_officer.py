"""An officer at the desk and a whole gate: who waits is admitted or refused, and nobody else is."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from provisioning import authority, issuing, operators
from provisioning.__main__ import main
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.broker.watcher import Watcher
from provisioning.mistake import FAILED
from provisioning.operators import Appointment
from provisioning.rig.gate import DESK, RELAY, Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provisioning.broker.watcher import Seen

POLICY = b"""{"profile": "health", "timezone": "Asia/Jakarta", "classes": {
  "visitor": {"areas": ["lobby"], "health": "required", "verify": ["health"]}}}"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Run a gate that sends whoever shows no health status to an officer, and appoint the officer."""
    stand.require_mosquitto()
    rig = Rig(tmp_path, Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000, policy=POLICY))
    own = authority.open_authority(tmp_path / "authority", None)
    appointment = Appointment("counter-3", operators.rights(("officer",)), None, int(time.time()), 7)
    operators.appoint(own, own.folder / "root.key", appointment)
    with rig:
        yield rig


def cmd(rig: Rig, *said: str) -> int:
    """Command the gate in the officer's name."""
    certificate, key = rig.broker.issue(Holder.OPERATOR, DESK)
    where = ("--broker", f"{LOOPBACK}:{rig.broker.port}", "--ca", rig.broker.ca, "--cert", certificate, "--key", key)
    who = ("--operator", rig.folder / "authority" / "operators" / "counter-3", "--reason", "seen the papers")
    return main(["cmd", GATE, *said, *map(str, (*where, *who))])


def code(rig: Rig) -> bytes:
    """Issue a visitor's pass that tells of no health status."""
    now = int(time.time())
    order = issuing.Order(pass_class="visitor", areas=("lobby",), not_before=now - 60, expires=now + 3600)
    return rig.desk.issue(order, now=now).code.encode()


def test_an_officer_at_the_desk_admits_and_refuses(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """The one who is admitted goes in, the one who is refused does not, and a request that is over admits nobody."""
    eyes = rig.broker.issue(Holder.OPERATOR, DESK)
    topics = (f"gapura/1/{GATE}/availability", f"gapura/1/{GATE}/assist/+")
    with ExitStack() as stack:
        pins, lane = stack.enter_context(PinRecord(rig.keeper_path)), Lane(rig.socket("outside"))
        stack.callback(lane.hang_up)
        officer = stack.enter_context(Watcher(rig.broker.port, rig.broker.ca, *eyes, topics=topics))
        assert officer.wait(lambda seen: any(one.payload == b"online" for one in seen), PATIENCE_S)

        def who_waits(number: int) -> str:
            lane.show(code(rig))
            assert officer.wait(lambda seen: len(requests(seen)) == number, PATIENCE_S)
            return requests(officer.seen())[-1]

        mark, first = pins.mark(), who_waits(1)
        assert pins.rises(RELAY, mark) == 0
        assert cmd(rig, "admit", f"request={first}") == 0
        assert pins.rose(RELAY, mark, PATIENCE_S)
        assert pins.rests(RELAY)
        mark, second = pins.mark(), who_waits(2)
        assert cmd(rig, "admit", f"request={first}") == FAILED
        assert cmd(rig, "refuse", f"request={second}") == 0
        capsys.readouterr()
        assert cmd(rig, "admit", f"request={second}") == FAILED
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (last["state"], last["reason"]) == ("failed", "no_request")
        assert pins.rises(RELAY, mark) == 0


def requests(seen: list[Seen]) -> list[str]:
    """Name the requests that were ever open, in order."""
    return [one.topic.rpartition("/")[2] for one in seen if "/assist/" in one.topic and one.payload]
