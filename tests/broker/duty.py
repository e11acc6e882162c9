"""A whole gate with its broker, and the people on duty: operators who sign, and whoever owns the broker.

Nothing here asserts what a gate answers; it signs, sends and waits.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from typing import TYPE_CHECKING, Any, Self

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware.signed.orders import Wish, write_order
from provisioning import authority, operators
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights, access_list
from provisioning.broker.runner import LOOPBACK, WATCHER
from provisioning.operators import Appointment
from provisioning.rig.gate import DESK, Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from firmware.signed.command import Op

THIEF = "thief"
"""Who has every right on the broker and no key under the root."""

FINAL = frozenset({"successful", "failed"})


class Duty:
    """One gate, its broker, two operators who may command everything, and a client with full rights on the broker."""

    def __init__(self, folder: Path) -> None:
        """Found and appoint; nothing runs yet."""
        stand.require_mosquitto()
        self.rig = Rig(folder, Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000, health_s=2))
        own = authority.open_authority(folder / "authority", None)
        self._operators = {}
        for name in ("ayu", "budi"):
            appointment = Appointment(name, operators.rights(("all",)), None, int(time.time()), 7)
            operator = operators.open_operator(operators.appoint(own, own.folder / "root.key", appointment))
            self._operators[name] = (operator, operator.unlock(None))
        self.watcher = self.rig.watcher()

    def __enter__(self) -> Self:
        """Start everything, and give the thief every right."""
        self.rig.start()
        broker = self.rig.broker
        thief = f"user {Holder.OPERATOR.user(THIEF)}\ntopic readwrite #\n"
        broker.set_access(access_list(Rights(observers=(WATCHER,), operators=(DESK,))) + "\n" + thief)
        self.watcher.__enter__()
        self.client = stand.outsider(broker.ca, *broker.issue(Holder.OPERATOR, THIEF))
        self.client.max_inflight_messages_set(200)
        self.client.connect(LOOPBACK, broker.port)
        self.client.loop_start()
        self.pins = PinRecord(self.rig.keeper_path)
        self.nonce()
        return self

    def __exit__(self, *_: object) -> None:
        """End it whatever happened."""
        self.pins.close()
        self.client.disconnect()
        self.client.loop_stop()
        self.watcher.__exit__()
        self.rig.stop()

    def nonce(self, other_than: str = "") -> str:
        """Wait for the nonce of the gate's connection, or of the next one."""

        def told() -> str:
            infos = [one.json()["nonce"] for one in self.watcher.seen() if one.topic == f"gapura/1/{GATE}/info"]
            return str(infos[-1]) if infos else ""

        assert self.watcher.wait(lambda _: told() not in {"", other_than}, PATIENCE_S)
        return told()

    def sign(
        self,
        op: Op,
        args: Mapping[str, str | int] | None = None,
        *,
        by: str = "ayu",
        gate: str = GATE,
        group: str | None = None,
        nonce: str | None = None,
        age_s: int = 0,
        second: str | None = None,
    ) -> tuple[str, bytes]:
        """Sign an order, and return its id and its bytes."""
        operator, key = self._operators[by]
        at = int(time.time()) - age_s
        own = None if group is not None else self.nonce() if nonce is None else nonce
        wish = Wish(
            id=secrets.token_hex(16),
            op=op,
            args=args or {},
            reason="somebody stands there",
            gate=None if group is not None else gate,
            group=group,
            nonce=own,
            second=second,
        )
        return wish.id, write_order(wish, issued=at, expires=at + 50, signer=key, signer_warrant=operator.warrant)

    def publish(self, topic: str, data: bytes, *, retained: bool = False, qos: int = 1) -> None:
        """Publish anything anywhere, and with QoS 1 wait until the broker has it."""
        expiring = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        expiring.MessageExpiryInterval = 600
        sent = self.client.publish(f"gapura/1/{topic}", data, qos, retain=retained, properties=expiring)
        if qos:
            sent.wait_for_publish(PATIENCE_S)

    def answers(self, name: str) -> list[dict[str, Any]]:
        """The answers to one order so far."""
        prefix = f"gapura/1/{GATE}/res/"
        said = [one.json() for one in self.watcher.seen() if one.topic.startswith(prefix)]
        return [one for one in said if one["id"] == name]

    def final(self, name: str, count: int = 1) -> list[tuple[str, str | None]]:
        """Wait for so many final answers to an order, and return them as (state, reason)."""

        def finals() -> list[tuple[str, str | None]]:
            return [(one["state"], one.get("reason")) for one in self.answers(name) if one["state"] in FINAL]

        assert self.watcher.wait(lambda _: len(finals()) >= count, PATIENCE_S), self.rig.log.read_text()[-2000:]
        return finals()

    def kill(self) -> None:
        """Kill the gate and wait until its successor has a connection of its own."""
        nonce, ready = self.nonce(), len(self.rig.gate.marks("ready"))
        assert self.rig.gate.pid is not None
        os.kill(self.rig.gate.pid, signal.SIGKILL)
        self.rig.gate.wait_for("ready", count=ready + 1)
        self.nonce(other_than=nonce)

    def health(self) -> dict[str, int]:
        """Wait for the next health numbers."""
        topic = f"gapura/1/{GATE}/health"
        before = sum(one.topic == topic for one in self.watcher.seen())
        assert self.watcher.wait(lambda seen: sum(one.topic == topic for one in seen) > before, PATIENCE_S)
        numbers: dict[str, int] = [one for one in self.watcher.seen() if one.topic == topic][-1].json()  # type: ignore[assignment]
        return numbers
