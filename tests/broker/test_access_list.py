"""Who may write and read what, tried against the real broker with real certificates.

Each identity connects once and tries its whole table; the broker's reason codes are the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import Broker
from tests.broker import stand
from tests.broker.party import Party

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RIGHTS = Rights(observers=("watcher",), operators=("desk",), restricted=("doctor",), officers=("post",))
NOT_AUTHORISED = 135

GATE_MAY = [
    "gapura/1/gate-1/availability",
    "gapura/1/gate-1/info",
    "gapura/1/gate-1/health",
    "gapura/1/gate-1/event/access",
    "gapura/1/gate-1/restricted/access",
    "gapura/1/gate-1/assist/a1",
    "gapura/1/gate-1/alert/a1",
    "gapura/1/gate-1/doc/policy/reported",
    "gapura/1/gate-1/res/unlock",
    "gapura/1/_area/lobby/gate-1",
    "gapura/1/_claim/gate-1/request",
    "gapura/1/_claim/gate-1/done",
    "homeassistant/device/gate-1/config",
]
GATE_MAY_NOT = [
    "gapura/1/gate-1/doc/policy/desired",
    "gapura/1/gate-1/cmd/unlock",
    "gapura/1/gate-1/event/access/more",
    "gapura/1/gate-1/else",
    "gapura/1/gate-2/event/access",
    "gapura/1/gate-2/availability",
    "gapura/1/gate-2/cmd/unlock",
    "gapura/1/_group/all/cmd/evacuate",
    "gapura/1/_group/all/doc/policy/desired",
    "gapura/1/_blob/aa/0",
    "gapura/1/_area/lobby/gate-2",
    "gapura/1/_claim/gate-1/x",
    "gapura/1/_claim/gate-1/answer",
    "gapura/1/_claim/gate-2/request",
    "gapura/1/_claim/gate-2/done",
    "gapura/1/_service/enrolment/alert/x",
    "homeassistant/device/gate-2/config",
    "somewhere/else",
]
DESK_MAY = [
    "gapura/1/gate-1/doc/policy/desired",
    "gapura/1/gate-1/cmd/unlock",
    "gapura/1/_group/all/cmd/evacuate",
    "gapura/1/_group/all/doc/policy/desired",
    "gapura/1/_blob/aa/0",
]
SERVICE_MAY = ["gapura/1/_claim/gate-1/answer", "gapura/1/_service/enrolment/alert/x", "gapura/1/gate-1/info"]
SERVICE_MAY_NOT = [
    "gapura/1/gate-1/cmd/unlock",
    "gapura/1/gate-1/event/access",
    "gapura/1/gate-1/res/unlock",
    "gapura/1/_group/all/doc/policy/desired",
    "gapura/1/_service/other/health",
]
OFFICER_MAY = ["gapura/1/gate-1/cmd/admit", "gapura/1/gate-1/cmd/refuse"]
DESK_MAY_NOT = ["gapura/1/gate-1/event/access", "gapura/1/gate-1/availability", "gapura/1/gate-1/doc/policy/reported"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Start a broker that knows an observer, an operator and somebody who may read health reasons."""
    stand.require_mosquitto()
    with Broker(tmp_path, rights=RIGHTS) as running:
        yield running


WRITERS = [
    pytest.param(Holder.GATE, "gate-1", GATE_MAY, GATE_MAY_NOT, id="a-gate"),
    pytest.param(Holder.OPERATOR, "desk", DESK_MAY, DESK_MAY_NOT, id="an-operator"),
    pytest.param(Holder.SERVICE, "enrolment", SERVICE_MAY, SERVICE_MAY_NOT, id="the-enrolment-service"),
    pytest.param(Holder.SERVICE, "stranger", [], SERVICE_MAY + DESK_MAY, id="a-service-nobody-listed"),
    pytest.param(Holder.OPERATOR, "post", OFFICER_MAY, DESK_MAY + GATE_MAY, id="an-officer"),
    pytest.param(Holder.OPERATOR, "doctor", [], DESK_MAY + GATE_MAY, id="one-who-may-read-health-reasons"),
    pytest.param(Holder.OPERATOR, "watcher", [], DESK_MAY + GATE_MAY, id="an-observer"),
    pytest.param(Holder.OPERATOR, "gate-1", [], DESK_MAY + GATE_MAY, id="an-operator-named-like-a-gate"),
    pytest.param(Holder.OPERATOR, "stranger", [], DESK_MAY + GATE_MAY, id="an-operator-nobody-listed"),
]


@pytest.mark.parametrize(("holder", "name", "may", "may_not"), WRITERS)
def test_everybody_writes_what_is_theirs_and_nothing_else(
    broker: Broker, holder: Holder, name: str, may: list[str], may_not: list[str]
) -> None:
    """Allowed topics are taken and all others are answered with `not authorised`."""
    party = Party(broker, holder, name)
    codes = party.codes(may + may_not)
    party.close()
    assert {topic for topic, code in codes.items() if code == NOT_AUTHORISED} == set(may_not)


GATE_ONLY = ("restricted", "assist", "alert")
READERS = [
    pytest.param(Holder.OPERATOR, "watcher", {"restricted", "assist", "cmd"}, id="an-observer"),
    pytest.param(Holder.OPERATOR, "desk", {"restricted", "cmd"}, id="an-operator"),
    pytest.param(Holder.OPERATOR, "post", {"restricted", "cmd"}, id="an-officer"),
    pytest.param(Holder.OPERATOR, "doctor", {"assist", "cmd"}, id="one-who-may-read-health-reasons"),
    pytest.param(
        Holder.GATE, "gate-2", {*GATE_ONLY, "event", "info", "cmd", "desired", "discovery"}, id="another-gate"
    ),
    pytest.param(Holder.GATE, "gate-1", {"restricted", "event", "info"}, id="the-gate-itself"),
]


@pytest.mark.parametrize(("holder", "name", "hidden"), READERS)
def test_everybody_reads_what_is_for_them_and_nothing_else(
    broker: Broker, holder: Holder, name: str, hidden: set[str]
) -> None:
    """A subscription to everything brings only what the access list allows."""
    topics = {
        "restricted": "gapura/1/gate-1/restricted/access",
        "assist": "gapura/1/gate-1/assist/a1",
        "alert": "gapura/1/gate-1/alert/a1",
        "event": "gapura/1/gate-1/event/access",
        "info": "gapura/1/gate-1/info",
        "cmd": "gapura/1/gate-1/cmd/unlock",
        "desired": "gapura/1/gate-1/doc/policy/desired",
        "group": "gapura/1/_group/all/doc/policy/desired",
        "area": "gapura/1/_area/lobby/gate-1",
        "discovery": "homeassistant/device/gate-1/config",
    }
    reader = Party(broker, holder, name)
    reader.listen()
    writers = Party(broker, Holder.GATE, "gate-1"), Party(broker, Holder.OPERATOR, "desk")
    for writer in writers:
        writer.codes([topic for word, topic in topics.items() if word != "group"])
    writers[1].codes([topics["group"]])
    assert reader.hears(topics["group"])
    for party in (reader, *writers):
        party.close()
    assert set(reader.heard) == {topic for word, topic in topics.items() if word not in hidden}
