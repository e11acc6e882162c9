"""What a gate that is set up does beside its door: renewing, ending, becoming another by an order or a document."""

from __future__ import annotations

import json

from firmware.control.desired_setup import DesiredSetup
from firmware.control.renewals import AGAIN_MS, EVERY_MS, FIRST_MS, Renewals
from firmware.control.told_setup import PARTING_MS, Retirement, ToSetup
from firmware.events import (
    LinkChanged,
)
from firmware.records.heard import Heard
from firmware.records.notices import Notices
from firmware.setup.machine import Refused, Taken
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from tests.unit.control.scripted_setup import CODES, ENVELOPE, Door


def test_a_certificate_is_looked_after_once_the_gate_is_set_up() -> None:
    """Soon, every ten minutes, an hour after a failure; the broker's word lets the identity before go."""
    door = Door(Stage.DONE, always=False)
    renewals = Renewals(door.errands, door.setting)
    renewals.settle(door.now)
    door.now_ms = FIRST_MS
    renewals.settle(door.now)
    assert door.errands.asked == ["renew"]
    door.errands.renewed.set_result(False)
    renewals.settle(door.now)
    door.now_ms += EVERY_MS
    renewals.settle(door.now)
    assert door.errands.asked == ["renew", "renew"]
    door.errands.renewed.set_result(True)
    renewals.settle(door.now)
    door.now_ms += AGAIN_MS - 1
    renewals.settle(door.now)
    assert door.errands.asked == ["renew", "renew"]
    door.now_ms += 1
    renewals.settle(door.now)
    assert door.errands.asked == ["renew", "renew", "renew"]
    renewals.heard(LinkChanged(up=True))
    assert door.errands.asked[-1] == "settle"


def test_a_gate_that_is_retired_says_so_first_and_ends() -> None:
    """Two seconds after the order it is wiped; only a wiped one starts anew, and a blank one is never retired."""
    door = Door(Stage.DONE, always=False)
    retirement, told = Retirement(door.errands, door._restart), ToSetup(lambda: door.now_ms)
    assert not told.retire()
    told.made(door.setting, retirement)
    assert told.retire()
    retirement.settle(door.now)
    assert door.errands.asked == []
    door.now_ms = PARTING_MS
    retirement.settle(door.now)
    assert door.errands.asked == ["retire"]
    door.errands.retired.set_result(False)
    retirement.settle(door.now)
    assert (door.restarts, retirement.done) == (0, False)
    told.retire()
    door.now_ms *= 2
    retirement.settle(door.now)
    door.errands.retired.set_result(True)
    retirement.settle(door.now)
    assert (door.restarts, retirement.done) == (1, True)
    blank = Door()
    told.made(blank.setting, retirement)
    assert not told.retire()


def test_an_order_opens_the_window() -> None:
    """For as long as it says; without a set-up there is none to open."""
    door, told = Door(Stage.DONE, always=False), ToSetup(lambda: 0)
    assert not told.provision(60)
    told.made(door.setting, Retirement(door.errands, door._restart))
    assert told.provision(60)
    door.show(*CODES)
    assert door.errands.asked == [ENVELOPE]
    assert not door.errands.afar


def desired(data: bytes, group: str | None = None) -> Heard:
    """Bring a document by the broker."""
    return Heard("doc", "provision", group, None, data, "", retained=True)


def test_what_operations_desire_is_judged_and_reported() -> None:
    """On the gate's own topic only, once for each document, and never the one that is in force."""
    door, notices = Door(Stage.DONE, always=False), Notices()
    wanted = DesiredSetup("gate-1", None, notices)

    def states() -> list[tuple[str, str | None]]:
        told = [json.loads(one.payload) for one in notices.take()]
        return [(one["state"], one.get("reason")) for one in told]

    assert states() == [("applied", None)]
    for heard in (desired(b"in force"), desired(b""), desired(b"x", "lobby"), desired(b"x" * 99_999)):
        wanted.heard(heard)
        wanted.settle(door.errands, door.setting)
    assert door.errands.asked == []
    wanted.heard(desired(b"bad"))
    wanted.settle(door.errands, door.setting)
    door.answer(Refused(Why.FOREIGN))
    for data in (b"bad", b"good"):
        wanted.heard(desired(data))
        wanted.settle(door.errands, door.setting)
        wanted.settle(door.errands, door.setting)
    assert states() == [("rejected", "foreign_authority")]
    assert door.errands.asked == [b"bad", b"good"]
    assert door.errands.afar
    door.answer(Taken())
    wanted.settle(door.errands, door.setting)
    assert states() == [("pending", None)]
    assert door.is_at(Stage.NETWORK)


def test_a_gate_that_is_being_set_up_renews_nothing() -> None:
    """It has nothing to renew, or is about to get another."""
    door = Door(Stage.CODES)
    renewals = Renewals(door.errands, door.setting)
    for _ in range(3):
        renewals.settle(door.now)
        renewals.heard(LinkChanged(up=True))
        door.now_ms += EVERY_MS
    assert door.errands.asked == []
