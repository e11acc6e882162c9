"""A whole gate as it ships, and a consumer who signs: what a killed broker forgot comes by the command `replay`.

The operator may replay and nothing else. People pass, the gate and its broker are killed; the door's own judges are not
asked here.
"""

from __future__ import annotations

import secrets
import signal
import time
from typing import TYPE_CHECKING, Final

from firmware.signed.command import Op
from firmware.signed.orders import Wish, write_order
from provisioning import authority, operators
from provisioning.broker.configuration import Rights, access_list
from provisioning.broker.runner import WATCHER
from provisioning.operators import Appointment
from provisioning.rig.gate import DESK, Plan
from tests.torture.delivery.consumer import NAME, Consumer
from tests.torture.delivery.desk import PATIENCE_S, Told, judge
from tests.torture.stand import Stand
from tests.torture.wounds import LANE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

PEOPLE: Final = 3
VALID_DAYS: Final = 7
LIFETIME_S: Final = 50


def signing(founded: Path) -> Callable[[str, str, str, int, int], tuple[bytes, str]]:
    """Appoint an operator under the authority in this folder, and sign replays in its name."""
    own = authority.open_authority(founded, None)
    appointment = Appointment(NAME, operators.rights((Op.REPLAY.value,)), None, int(time.time()), VALID_DAYS)
    operator = operators.open_operator(operators.appoint(own, own.folder / "root.key", appointment))
    key = operator.unlock(None)

    def order(gate: str, nonce: str, epoch: str, first: int, last: int) -> tuple[bytes, str]:
        wish = Wish(
            id=secrets.token_hex(16),
            op=Op.REPLAY,
            args={"epoch": epoch, "first": first, "last": last},
            reason="numbers are missing in the archive",
            gate=gate,
            group=None,
            nonce=nonce,
            second=None,
        )
        at = int(time.time())
        data = write_order(wish, issued=at, expires=at + LIFETIME_S, signer=key, signer_warrant=operator.warrant)
        return data, wish.id

    return order


def signed_replay(folder: Path, count: int, chance: Random) -> Told:
    """Kill broker and gate while the consumer is away, and have it ask for the rest with signed commands."""
    told = Told("events-signed-replay", count)
    plan = Plan(readers={LANE: None}, unlock_ms=500, max_unlock_ms=1_000, health_s=1)
    with Stand(folder, plan, chance.getrandbits(32)) as stand:
        broker = stand.rig.broker
        rights = Rights(observers=(WATCHER,), operators=(DESK, NAME), restricted=(NAME,))
        broker.set_access(access_list(rights))
        consumer = Consumer(broker, signing(folder / "authority"))
        consumer.connect()
        for _ in range(count):
            consumer.disconnect()
            for paper in stand.office.papers(PEOPLE):
                told.faults += stand.insist(paper, LANE)
            broker.kill()
            if chance.random() < 0.5:
                stand.reborn(signal.SIGKILL)
            broker.start()
            ended_s = time.monotonic()
            consumer.connect()
            _settled(stand, consumer, told, ended_s)
        ledger, held = stand.settled(), consumer.held
        epoch = f"{stand.gate}:{ledger.epoch}"
        consumer.wait(lambda: not held.missing(epoch, 1, ledger.last), PATIENCE_S)
        consumer.disconnect()
        # The gate lives on and may have told of more since its journal was read.
        stored = {name: each for name, each in held.payloads.items() if int(name.rpartition(":")[2]) <= ledger.last}
        told.faults += judge(ledger, stored, set()) + held.faults
        told.facts |= {
            "events": len(held.payloads),
            "duplicates": held.repeated,
            "asked": consumer.asked,
            "replay": consumer.deliveries["replay"],
        }
    if not told.facts["replay"]:
        told.faults.append("nothing came by replay")
    return told


def _settled(stand: Stand, consumer: Consumer, told: Told, since_s: float) -> None:
    """Wait until the consumer has everything of a door at rest, the records of its own commands included."""

    def whole() -> bool:
        ledger = stand.ledger()
        return not consumer.held.missing(f"{stand.gate}:{ledger.epoch}", 1, ledger.last)

    stand.settled()
    if consumer.wait(whole, PATIENCE_S):
        told.recovered_ms.append(round((time.monotonic() - since_s) * 1000))
    else:
        told.faults.append("not everything came")
