"""A refusal for health, from the decision to the few who may read it: over a real broker with its access list."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

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

    from firmware.events import Record

RIGHTS = Rights(observers=("wall",), restricted=("in-charge",))
EVERYTHING = "gapura/1/#"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Start a broker that knows an observer and the person in charge."""
    stand.require_mosquitto()
    with Broker(tmp_path, rights=RIGHTS) as running:
        yield running


def decided() -> list[Record]:
    """Let a gate that asks for a health status refuse a pass without one, and take what it writes down."""
    rules = Rulebook.unlimited(Policy(profile="health", classes={"visitor": ClassRule(health="required")}))
    bench = Bench(rules=rules)
    bench.show(bench.issuer.code())
    return bench.journal.records


def test_the_person_in_charge_learns_the_reason_and_nobody_else_does(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two eyes on the same topics: one sees `health`, the other only that an officer is wanted."""
    eyes = {name: broker.issue(Holder.OPERATOR, name) for name in ("wall", "in-charge")}
    wall, in_charge = (Watcher(broker.port, broker.ca, *eyes[name], topics=(EVERYTHING,)) for name in eyes)
    with wall, in_charge, stand.Gate(tmp_path / "gate", stand.settings(broker)) as gate:
        assert gate.wait_up()
        began_s = time.monotonic()
        for record in decided():
            gate.journal.submit(record)
        assert in_charge.wait(
            lambda seen: any(one.topic.endswith("/restricted/follow-up") for one in seen), stand.PATIENCE_S
        )
        with capsys.disabled():
            print(f"\nthe person in charge had it after {1000 * (time.monotonic() - began_s):.0f} ms")  # noqa: T201
        assert wall.wait(lambda seen: any(one.topic.endswith("/event/access") for one in seen), stand.PATIENCE_S)
    (follow_up,) = [one.json()["data"] for one in in_charge.seen() if "/restricted/" in one.topic]
    assert isinstance(follow_up, dict)
    assert (follow_up["reason"], follow_up["reader"], follow_up["decision"]) == ("health", "outside", "deny")
    (access,) = wall.events(stand.GATE, kind="access")
    assert isinstance(access["data"], dict)
    assert access["data"]["reason"] == "see_officer"
    told = [one for one in wall.seen() if "/restricted/" in one.topic or b'"health"' in one.payload]
    assert told == []
