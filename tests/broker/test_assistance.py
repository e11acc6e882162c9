"""Somebody who waits for an officer, at a real broker: officers see them come and go, and nobody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.control.assistance import Desk
from firmware.events import LinkChanged
from firmware.records import wire
from firmware.records.contract import Assistance
from firmware.rules.decide import Rulebook
from firmware.rules.policy import ClassRule, Policy
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import Broker
from provisioning.broker.watcher import Watcher
from tests.broker import stand
from tests.unit.control.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provisioning.broker.watcher import Seen

RIGHTS = Rights(observers=("wall",), officers=("guard",))
LOUDER_MS = 20_000
EVERYTHING = "gapura/1/#"
SICK = ClassRule(health="required", verify=frozenset({"health"}))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Start a broker that knows an observer and an officer."""
    stand.require_mosquitto()
    with Broker(tmp_path, rights=RIGHTS) as running:
        yield running


def asked(seen: list[Seen]) -> list[Seen]:
    """Choose what was said of people who wait."""
    return [one for one in seen if "/assist/" in one.topic]


def found_later(broker: Broker, eye: tuple[Path, Path], topic: str) -> bytes | None:
    """Come now and look what is retained there; None for nothing."""
    topics = (topic, wire.availability_topic(stand.GATE))
    with Watcher(broker.port, broker.ca, *eye, topics=topics) as late:
        assert late.wait(lambda seen: any(one.topic == topics[1] for one in seen), stand.PATIENCE_S)
        return next((one.payload for one in late.seen() if one.topic == topic), None)


def test_an_officer_sees_who_waits_until_they_are_answered(broker: Broker, tmp_path: Path) -> None:
    """The request stands at the broker, also for an officer who comes later, louder after a while, until the answer."""
    eyes = {name: broker.issue(Holder.OPERATOR, name) for name in ("wall", "guard")}
    wall, guard = (Watcher(broker.port, broker.ca, *eyes[name], topics=(EVERYTHING,)) for name in eyes)
    with wall, guard, stand.Gate(tmp_path / "gate", stand.settings(broker)) as gate:
        assert gate.wait_up()
        rules = Rulebook.unlimited(Policy(profile="health", classes={"visitor": SICK}))
        bench = Bench(rules=rules, desk=Desk(gate.notices.keep, stand.GATE, "boot-1"))
        bench.controller.turn(LinkChanged(up=True))
        bench.show(bench.issuer.code())
        assert guard.wait(lambda seen: len(asked(seen)) == 1, stand.PATIENCE_S)
        (request,) = asked(guard.seen())
        said = Assistance.model_validate_json(request.payload)
        assert (said.reader, said.reason, said.pass_class) == ("outside", "see_officer", "visitor")
        assert found_later(broker, eyes["guard"], request.topic) == request.payload
        bench.wait(LOUDER_MS)
        assert guard.wait(lambda seen: len(asked(seen)) == 2, stand.PATIENCE_S)
        louder = Assistance.model_validate_json(asked(guard.seen())[1].payload)
        assert (louder.escalated, louder.until_ms) == (True, said.until_ms)
        name = request.topic.rpartition("/")[2]
        assert bench.controller.assistance.answer(name, True, "guard", bench.clock.now()) is None  # noqa: FBT003  a command's word
        for record in bench.journal.records:
            gate.journal.submit(record)
        assert guard.wait(lambda seen: [one.payload for one in asked(seen)][2:] == [b""], stand.PATIENCE_S)
        assert wall.wait(lambda seen: sum("/event/access" in one.topic for one in seen) == 2, stand.PATIENCE_S)
        assert found_later(broker, eyes["guard"], request.topic) is None
    assert asked(wall.seen()) == []
    assert not [one for one in wall.seen() if "/restricted/" in one.topic or b'"health"' in one.payload]
