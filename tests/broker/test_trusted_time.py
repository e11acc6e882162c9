"""A whole gate whose kernel lies about the time, at a real broker: no lie is believed, and the desk tells the time.

Debian's libfaketime stands between the gate's process and CLOCK_REALTIME.
"""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from provisioning import issuing
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.broker_address import Address
from provisioning.connection import Connection
from provisioning.rig.gate import DESK, RELAY, Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.command import gapura_ops
from tests.torture import skew
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord
from tests.torture.skew import DAY_S, YEAR_S, Skew

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provisioning.broker.watcher import Watcher
    from tests.command import Ended

DESIRED = f"gapura/1/{GATE}/doc/time/desired"


class Liar:
    """A gate under a clock that we set, its reader, and an observer."""

    def __init__(self, rig: Rig, clock: Skew, watcher: Watcher) -> None:
        """Take the parts."""
        self.rig, self.clock, self.watcher = rig, clock, watcher
        self.lane = Lane(rig.socket("outside"))
        self._operator = rig.broker.issue(Holder.OPERATOR, DESK)

    def visitor(self, then_s: int = 0) -> bytes:
        """Issue a pass for two hours around now, or around another time."""
        at = int(time.time()) + then_s
        order = issuing.Order("visitor", ("lobby",), at - 3600, at + 3600)
        return self.rig.desk.issue(order, now=at - 3600).code.encode()

    def answer(self, code: bytes) -> tuple[str, str | None]:
        """Show a code, and return decision and reason."""
        before = len(self._events("access"))
        self.lane.show(code)
        assert self.watcher.wait(lambda _: len(self._events("access")) > before, PATIENCE_S)
        said = self._events("access")[before]
        return str(said["decision"]), said.get("reason")  # type: ignore[return-value]

    def lie(self, offset_s: int, what: str) -> dict[str, object]:
        """Set the gate's clock, have its timekeeper look, and return what it tells then."""
        before = len(self._told(what))
        self.clock.set(offset_s)
        self.rubbish()
        assert self.watcher.wait(lambda _: len(self._told(what)) > before, PATIENCE_S), what
        return self._told(what)[before]

    def rubbish(self) -> None:
        """Send what is no answer: it is refused, and the timekeeper looks at its clocks."""
        with Connection(Address(LOOPBACK, self.rig.broker.port, self.rig.broker.ca, *self._operator)) as connection:
            connection.send(DESIRED, b"no answer")
            connection.settle()

    def tell_the_time(self) -> Ended:
        """Run the desk's own command."""
        certificate, key = self._operator
        where = ("--broker", f"{LOOPBACK}:{self.rig.broker.port}", "--ca", self.rig.broker.ca)
        who = ("--cert", certificate, "--key", key, "--dir", self.rig.folder / "authority")
        return gapura_ops("time", "answer", *where, *who, "--trust-this-clock", GATE)

    def restart(self) -> None:
        """End the gate in order and wait until it is there again."""
        starts = len(self.rig.gate.marks("ready"))
        pid = self.rig.gate.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        self.rig.gate.wait_for("ready", starts + 1)

    def birth(self) -> dict[str, object]:
        """The newest birth."""
        seen = [each.payload for each in self.watcher.seen() if each.topic == f"gapura/1/{GATE}/info"]
        return dict(json.loads(seen[-1]))

    def alerting(self) -> bool:
        """Whether the broker has an alert about the kernel's clock."""
        topic = f"gapura/1/{GATE}/alert/clock-kernel-disagrees"
        seen = [each.payload for each in self.watcher.seen() if each.topic == topic]
        return bool(seen and seen[-1])

    def numbers(self) -> dict[str, int]:
        """The newest health."""
        seen = [each.payload for each in self.watcher.seen() if each.topic == f"gapura/1/{GATE}/health"]
        return dict(json.loads(seen[-1])) if seen else {}

    def _told(self, what: str) -> list[dict[str, object]]:
        return [said for said in self._events("clock") if said["what"] == what]

    def _events(self, kind: str) -> list[dict[str, object]]:
        topic = f"gapura/1/{GATE}/event/{kind}"
        return [json.loads(each.payload)["data"] for each in self.watcher.seen() if each.topic == topic]


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Liar]:
    """Run a whole gate whose clock we set."""
    stand.require_mosquitto()
    library = skew.library()
    assert library is not None, "libfaketime is missing: .ci/bootstrap --dev"
    clock = Skew(tmp_path / "clock")
    plan = Plan(
        readers={"outside": None},
        unlock_ms=500,
        max_unlock_ms=1_000,
        health_s=1,
        environment=clock.environment(library),
    )
    with Rig(tmp_path, plan) as rig, rig.watcher() as watcher:
        liar = Liar(rig, clock, watcher)
        yield liar
        liar.lane.hang_up()
    skew.sweep()


def test_a_kernel_a_year_off_opens_nothing_and_shuts_nobody_out(liar: Liar) -> None:
    """A year and three days forth and back: told with how far it is off; passes go by the true time as before."""
    good, later, over = liar.visitor(), liar.visitor(3 * DAY_S), liar.visitor(-DAY_S // 2)
    assert liar.answer(good) == ("allow", None)
    for offset_s in (YEAR_S, -YEAR_S, 3 * DAY_S, -DAY_S // 2):
        said = liar.lie(offset_s, "disbelieved")
        assert said["cause"] == "kernel_disagrees"
        assert abs(int(str(said["off_s"])) - offset_s) < 60
        assert liar.watcher.wait(lambda _: liar.alerting(), PATIENCE_S)
        assert liar.answer(later) == ("deny", "not_yet_valid")
        assert liar.answer(over) == ("deny", "expired")
        assert liar.answer(good) == ("allow", None)
        liar.lie(0, "believed")
    assert liar.watcher.wait(lambda _: liar.numbers().get("clock_disagreements") == 4, PATIENCE_S), liar.numbers()


def test_a_gate_that_starts_behind_its_floor_is_told_the_time(liar: Liar) -> None:
    """Two days back at a start: nobody enters, the gate asks, `time answer` tells it, and passes go by that time."""
    pins = PinRecord(liar.rig.keeper_path)
    good, over = liar.visitor(), liar.visitor(-DAY_S // 2)
    liar.clock.set(-2 * DAY_S)
    liar.restart()
    with pins:
        mark = pins.mark()
        assert liar.answer(good) == ("deny", "clock_untrusted")
        assert liar.answer(over) == ("deny", "clock_untrusted")
        assert pins.rises(RELAY, mark) == 0
        assert liar.birth()["clock"] == "none"
        ended = liar.tell_the_time()
        assert (ended.code, ended.lines()[0]["state"]) == (0, "applied"), ended.err
        assert liar.answer(over) == ("deny", "expired")
        mark = pins.mark()
        assert liar.answer(good) == ("allow", None)
        assert pins.rose(RELAY, mark)
    assert liar.watcher.wait(lambda _: liar.numbers().get("clock_answered") == 1, PATIENCE_S), liar.numbers()
    assert liar.numbers()["clock_error_s"] <= 3
