"""A rotating code at a whole gate that is killed: what was used once stays used in the next process."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from firmware.passes import confirmation, presented
from firmware.passes.outcome import Presented
from provisioning import issuing
from provisioning.rig.gate import RELAY, Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.issuing import HOLDER
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

TRIES = 5


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Run a whole gate with its broker."""
    stand.require_mosquitto()
    with Rig(tmp_path, Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000)) as rig:
        yield rig


def test_a_second_use_is_refused_after_a_kill_too(rig: Rig) -> None:
    """Killed with the lock released and started anew, the gate refuses the code, an older one and a screenshot.

    The next code of the wallet opens, as it did before.
    """
    lane = Lane(rig.socket("outside"))
    now = int(time.time())
    point = confirmation.point_of(HOLDER.public_key())
    order = issuing.Order("staff", ("lobby",), now - 60, now + 3600, holder_key=point)
    issued = rig.desk.issue(order, now=now)
    bound = issued.code

    def code(at: int) -> bytes:
        return presented.present(bound, HOLDER, Presented(at, "lobby")).encode()

    with rig.watcher() as watcher, PinRecord(rig.keeper_path) as pins:

        def told() -> list[tuple[str, str | None]]:
            """What was decided so far, and why."""
            data: list[Any] = [event["data"] for event in watcher.events(GATE, kind="access")]
            return [(one["decision"], one.get("reason")) for one in data]

        def enters(at: int) -> bytes:
            """Show the code of a second, or of one after it where the disk was too slow, and say which opened."""
            for second in range(at, at + TRIES):
                mark, shown = pins.mark(), code(second)
                lane.show(shown)
                if pins.rose(RELAY, mark):
                    return shown
            raise AssertionError(told())

        used = enters(now)
        assert rig.gate.pid is not None
        os.kill(rig.gate.pid, signal.SIGKILL)
        rig.gate.wait_for("ready", count=2)
        assert pins.rests(RELAY)
        mark = pins.mark()
        for shown in (used, code(now - 1), code(now - 40)):
            lane.show(shown)
        refused = [("deny", "replayed"), ("deny", "replayed"), ("deny", "stale")]
        assert watcher.wait(lambda _: told()[-3:] == refused, PATIENCE_S), told()
        assert pins.rises(RELAY, mark) == 0
        again = enters(int(time.time()) + 1)
        assert pins.rests(RELAY)
        mark = pins.mark()
        lane.show(again)
        assert watcher.wait(lambda _: told()[-2:] == [("allow", None), ("deny", "replayed")], PATIENCE_S), told()
        assert pins.rises(RELAY, mark) == 0
    lane.hang_up()
    state = b"".join(path.read_bytes() for path in (rig.folder / "state").rglob("*") if path.is_file())
    assert (b"kept.proof" in state, issued.reference.encode() in state, again in state) == (True, False, False)
