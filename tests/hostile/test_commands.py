"""Whatever the broker brings as a command: nothing opens, nothing raises, and the gate goes on."""

from __future__ import annotations

import random

from firmware.control.hearing import EVERY_MS
from firmware.signed.command import Op
from tests.issuing import NOON
from tests.unit.control.ordering import AYU, GROUP, NONCE, Operator, Ordered
from tests.unit.signed.office import Office

MESSAGES = 2_000
STRANGER = Operator("ayu", Office())


def test_two_thousand_hostile_commands_open_nothing() -> None:
    """Orders of strangers, of other gates and times, cut, altered and made up, on every topic, retained or not."""
    bench, chance = Ordered(), random.Random(7)  # noqa: S311  hostile bytes of a test, no secrets
    unlock = {"direction": "in"}
    recorded = [
        AYU.order(Op.UNLOCK, unlock, gate="gate-2"),
        AYU.order(Op.UNLOCK, unlock, nonce="00" * 16),
        AYU.order(Op.UNLOCK, unlock, at=NOON - 61),
        AYU.order(Op.UNLOCK, unlock, at=NOON + 1),
        AYU.order(Op.UNLOCK, unlock, group=GROUP),
        AYU.order(Op.EVACUATE, group=GROUP),
        STRANGER.order(Op.UNLOCK, unlock),
        STRANGER.order(Op.UNLOCK, {"direction": "out"}),
        STRANGER.order(Op.EVACUATE),
    ]
    for number in range(MESSAGES):
        bench.clock.ms += EVERY_MS
        bench.clock.unix = NOON - bench.clock.ms // 1000  # it stays noon, or what is too early would come into its time
        genuine = chance.choice(recorded)
        place = chance.randrange(len(genuine))
        altered = genuine[:place] + bytes([genuine[place] ^ 1 << chance.randrange(8)]) + genuine[place + 1 :]
        data = (genuine, altered, genuine[:place], genuine + b"\0", chance.randbytes(chance.randrange(400)))[number % 5]
        op = chance.choice([*Op, "service", "unknown", "x" * 64])
        group = chance.choice([None, GROUP, "other"])
        bench.bring(data, op, group=group, nonce=chance.choice([NONCE, ""]), retained=number % 7 == 0)
    assert not any(kind == "relay" for _, kind, _ in bench.heard)
    assert bench.controller.counts["internal"] == 0
    assert len(bench.written()) < 20
    assert bench.controller.counts["commands_refused"] >= MESSAGES - 1  # the first half of an evacuation may wait
    bench.bring(AYU.order(Op.UNLOCK, {"direction": "out"}), "unlock")
    assert bench.relay.energised()
