"""Commands at a whole gate over a real broker: obeyed once, answered always, and by nobody without a key."""

from __future__ import annotations

import json
import random
import sys
import time
from typing import TYPE_CHECKING

import pytest

from firmware.signed.command import Op
from provisioning.__main__ import main
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.rig.gate import DESK, RELAY
from tests.broker.duty import Duty
from tests.broker.stand import GATE, PATIENCE_S
from tests.unit.control.ordering import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = 2_000


@pytest.fixture(scope="module")
def duty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duty]:
    """Run one gate for these tests."""
    with Duty(tmp_path_factory.mktemp("duty")) as running:
        yield running


def test_somebody_is_let_in_from_the_desk(duty: Duty) -> None:
    """The relay rises, the answer is successful, the record is public and who ordered it is not."""
    mark = duty.pins.mark()
    name, data = duty.sign(Op.UNLOCK, {"direction": "in"})
    sent_s = time.monotonic()
    duty.publish(f"{GATE}/cmd/unlock", data, qos=0)
    assert duty.pins.rose(RELAY, mark, PATIENCE_S)
    relay_ms = (time.monotonic() - sent_s) * 1000
    assert duty.final(name) == [("successful", None)]
    answered_ms = (time.monotonic() - sent_s) * 1000
    sys.stderr.write(f"unlock: relay on after {relay_ms:.1f} ms, answered after {answered_ms:.1f} ms\n")
    assert [one["state"] for one in duty.answers(name)] == ["accepted", "successful"]

    def told() -> list[object]:
        return [event["data"] for event in duty.watcher.events(GATE, kind="command")]

    assert duty.watcher.wait(lambda _: len(told()) >= 2, PATIENCE_S)
    assert not any("ayu" in repr(one) or "somebody stands" in repr(one) for one in duty.watcher.seen())
    duty.publish(f"{GATE}/cmd/unlock", data)
    assert duty.final(name, 2)[-1] == ("failed", "repeated")
    assert duty.pins.rises(RELAY, mark) == 1


def test_the_desk_s_own_command_opens_the_door(duty: Duty, capsys: pytest.CaptureFixture[str]) -> None:
    """`gapura-ops cmd GATE unlock --reason` turns the relay on and prints how long that took."""
    assert duty.pins.rests(RELAY)
    broker, mark = duty.rig.broker, duty.pins.mark()
    certificate, key = broker.issue(Holder.OPERATOR, DESK)
    where = ("--broker", f"{LOOPBACK}:{broker.port}", "--ca", broker.ca, "--cert", certificate, "--key", key)
    who = ("--operator", duty.rig.folder / "authority" / "operators" / "ayu", "--reason", "the fitter is here")
    capsys.readouterr()
    assert main(["cmd", GATE, "unlock", *map(str, (*where, *who))]) == 0
    out, err = capsys.readouterr()
    answers = [json.loads(line) for line in out.splitlines()]
    assert [one["state"] for one in answers] == ["accepted", "successful"]
    assert duty.pins.rose(RELAY, mark, PATIENCE_S)
    sys.stderr.write(f"gapura-ops cmd unlock: accepted after {answers[0]['ms']} ms, done after {answers[1]['ms']} ms\n")
    assert f"{GATE}: done after {answers[1]['ms']} ms" in err
    assert main(["cmd", "_group/lobby", "health", *map(str, (*where, *who))]) == 0


def test_an_order_that_is_not_for_this_connection_is_refused(duty: Duty) -> None:
    """What lay at the broker, what is for another gate, what is old: each is answered with its reason."""
    mark = duty.pins.mark()
    unlock = {"direction": "in"}
    retained = duty.sign(Op.UNLOCK, unlock)
    duty.publish(f"{GATE}/cmd/unlock", retained[1], retained=True)
    foreign = duty.sign(Op.UNLOCK, unlock, gate="gate-2")
    earlier = duty.sign(Op.UNLOCK, unlock, nonce="00" * 16)
    stale = duty.sign(Op.UNLOCK, unlock, age_s=60)
    for _, data in (foreign, earlier, stale):
        duty.publish(f"{GATE}/cmd/unlock", data)
    whole = duty.sign(Op.UNLOCK, unlock, group="lobby")
    duty.publish("_group/lobby/cmd/unlock", whole[1])
    reasons = {
        retained[0]: "retained",
        foreign[0]: "wrong_gate",
        earlier[0]: "wrong_nonce",
        stale[0]: "expired",
        whole[0]: "not_for_groups",
    }
    assert {name: duty.final(name)[0][1] for name in reasons} == reasons
    assert duty.pins.rises(RELAY, mark) == 0
    duty.publish(f"{GATE}/cmd/unlock", b"", retained=True)


@pytest.mark.parametrize("wait_for", ["accepted", "relay"])
def test_an_order_is_obeyed_once_over_a_kill(duty: Duty, wait_for: str) -> None:
    """Killed as soon as it was accepted or acted on: after the restart the same bytes open nothing."""
    mark = duty.pins.mark()
    name, data = duty.sign(Op.UNLOCK, {"direction": "in"})
    locked, lock = duty.sign(Op.IDENTIFY, {"for_s": 1}, group="lobby")
    duty.publish("_group/lobby/cmd/identify", lock)
    duty.publish(f"{GATE}/cmd/unlock", data)
    if wait_for == "accepted":
        assert duty.watcher.wait(lambda _: bool(duty.answers(name)), PATIENCE_S)
    else:
        assert duty.pins.rose(RELAY, mark, PATIENCE_S)
        duty.final(locked)
    duty.kill()
    before = len(duty.answers(name)), duty.pins.rises(RELAY, mark)
    duty.publish(f"{GATE}/cmd/unlock", data)
    assert duty.watcher.wait(lambda _: len(duty.answers(name)) > before[0], PATIENCE_S)
    assert duty.answers(name)[-1]["reason"] in {"repeated", "wrong_nonce"}
    if wait_for == "relay":
        assert duty.answers(name)[-1]["reason"] == "repeated"
        ends = len(duty.final(locked))
        duty.publish("_group/lobby/cmd/identify", lock)
        assert duty.final(locked, ends + 1)[-1] == ("failed", "repeated")
    assert duty.pins.rises(RELAY, mark) == before[1] <= 1


def test_a_lockdown_outlives_a_kill_and_a_restart_is_ordered(duty: Duty) -> None:
    """Locked down, killed, still locked down; withdrawn, and started anew by an order with an exit code of its own."""
    name, data = duty.sign(Op.LOCKDOWN)
    duty.publish(f"{GATE}/cmd/lockdown", data)
    assert duty.final(name) == [("successful", None)]
    duty.kill()
    mark, nonce = duty.pins.mark(), duty.nonce()
    name, data = duty.sign(Op.UNLOCK, {"direction": "in"})
    duty.publish(f"{GATE}/cmd/unlock", data)
    assert duty.final(name) == [("failed", "posture")]
    assert duty.pins.rises(RELAY, mark) == 0
    for op, args in ((Op.POSTURE, {"posture": "resume"}), (Op.RESTART, {})):
        name, data = duty.sign(op, args)
        duty.publish(f"{GATE}/cmd/{op}", data)
        assert duty.final(name) == [("successful", None)]
    duty.nonce(other_than=nonce)
    assert duty.rig.gate.marks("death")[-1].code == 3


def test_history_is_sent_again_to_whoever_orders_it(duty: Duty) -> None:
    """Every record of the epoch comes a second time, marked with the order's id, and the answer counts them."""
    assert duty.watcher.wait(lambda _: len(duty.watcher.events(GATE)) > 3, PATIENCE_S)
    epoch = str(duty.watcher.events(GATE)[0]["id"]).split(":")[1]
    name, data = duty.sign(Op.REPLAY, {"epoch": epoch, "first": 1, "last": 3})
    duty.publish(f"{GATE}/cmd/replay", data)
    assert duty.final(name) == [("successful", None)]
    assert duty.answers(name)[-1]["result"] == {"rows": 3}
    again = [one for one in duty.watcher.seen() if ("replay", name) in one.marks]
    restricted = 3 - len(again)  # what only a few may read comes on their topics
    assert 0 <= restricted < 3


def test_whoever_owns_the_broker_opens_nothing(duty: Duty) -> None:
    """Two thousand messages on every topic that is read: no relay, the gate lives, health comes, orders count after."""
    chance = random.Random(5)  # noqa: S311  hostile bytes of a test, no secrets
    mark, deaths = duty.pins.mark(), len(duty.rig.gate.marks("death"))
    heard = duty.health().get("link_heard", 0)  # a gate that has heard nothing since its start counts nothing
    messages = hostile(duty, chance)
    for topic, data, retained in messages:
        duty.publish(topic, data, retained=retained, qos=0)
    duty.publish(f"{GATE}/x", b"last")
    numbers = duty.health()
    sys.stderr.write(f"hostile: {len(messages)} sent, {numbers['link_heard'] - heard} heard, ")
    dropped = numbers["inbox_dropped"] + numbers.get("commands_dropped", 0)
    sys.stderr.write(f"{numbers['commands_refused']} refused, {dropped} dropped\n")
    assert duty.pins.rises(RELAY, mark) == 0
    assert len(duty.rig.gate.marks("death")) == deaths
    duty.kill()  # whoever comes anew finds all that is retained, and has not the rest of the flood before it
    name, data = duty.sign(Op.UNLOCK, {"direction": "in"})
    duty.publish(f"{GATE}/cmd/unlock", data)
    assert duty.final(name) == [("successful", None)]
    assert duty.pins.rises(RELAY, mark) == 1


def hostile(duty: Duty, chance: random.Random) -> list[tuple[str, bytes, bool]]:
    """Make what somebody with every right on the broker and no key can think of."""
    unlock = {"direction": "in"}
    stranger = Operator()
    recorded = [
        duty.sign(Op.UNLOCK, unlock, gate="gate-2")[1],
        duty.sign(Op.UNLOCK, unlock, nonce="00" * 16)[1],
        duty.sign(Op.UNLOCK, unlock, age_s=60)[1],
        duty.sign(Op.UNLOCK, unlock, group="lobby")[1],
        duty.sign(Op.EVACUATE, group="lobby")[1],
        duty.sign(Op.POSTURE, {"posture": "free_access"}, group="other")[1],
        stranger.order(Op.UNLOCK, unlock, at=int(time.time()), nonce=duty.nonce()),
        stranger.order(Op.UNLOCK, {"direction": "out"}, at=int(time.time()), nonce=duty.nonce()),
    ]
    branches = (GATE, "_group/lobby")
    topics = [f"{branch}/cmd/{op}" for branch in branches for op in (*Op, "service", "open", "unknown")]
    topics += [f"{branch}/doc/{kind}/desired" for branch in branches for kind in ("policy", "trust", "config", "x")]
    topics += [f"_blob/{'ab' * 32}/0", "_area/lobby/gate-2", f"{GATE}/alert/x", f"{GATE}/assist/x"]
    found: list[tuple[str, bytes, bool]] = []
    for number in range(HOSTILE):
        genuine = chance.choice(recorded)
        place = chance.randrange(len(genuine))
        data = (
            genuine,
            genuine[:place] + bytes([genuine[place] ^ 1 << chance.randrange(8)]) + genuine[place + 1 :],
            genuine[:place],
            genuine + b"\0",
            chance.randbytes(chance.randrange(400)),
            b'{"op":"unlock","direction":"in"}',
        )[number % 6]
        found.append((topics[number % len(topics)], data, number % 50 == 0))
    return found
