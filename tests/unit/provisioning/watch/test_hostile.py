"""Whoever may publish may send anything: it is counted and bounded, and never reaches the terminal as it came."""

from __future__ import annotations

import json
import random

import pytest

from provisioning.watch import gates, view
from provisioning.watch import told as telling
from provisioning.watch.said import Why
from tests.unit.provisioning.watch.told import Told

ESCAPES = "\x1b[2J\x1b]0;owned\x07\r\n\x9b31m\u202egpj.exe\u2066\x00\x08\u2028"

RUBBISH = [
    ("gate-1/availability", b"maybe", Why.NOT_AS_TOLD),
    ("gate-1/availability", b"ONLINE", Why.NOT_AS_TOLD),
    ("gate-1/info", b"\xff\xfe", Why.NOT_JSON),
    ("gate-1/info", b"[]", Why.NOT_JSON),
    ("gate-1/info", b"null", Why.NOT_JSON),
    ("gate-1/info", b"[" * 60_000, Why.NOT_JSON),
    ("gate-1/info", b'{"a":' * 10_000, Why.NOT_JSON),
    ("gate-1/info", b"{}", Why.NOT_AS_TOLD),
    ("gate-1/info", b'{"run": "r", "version": 1, "nonce": "n", "labels": {}}', Why.NOT_AS_TOLD),
    ("gate-1/info", json.dumps({"labels": {f"k{n}": "v" for n in range(33)}}).encode(), Why.NOT_AS_TOLD),
    ("gate-1/health", b"9" * 5000, Why.NOT_JSON),
    ("gate-1/health", b'{"a": ' + b"9" * 5000 + b"}", Why.NOT_JSON),
    ("gate-1/health", json.dumps({f"n{n}": n for n in range(513)}).encode(), Why.NOT_AS_TOLD),
    ("gate-1/health", b"{" + b" " * 70_000 + b"}", Why.TOO_LONG),
    ("gate-1/alert/held", b"{}", Why.NOT_AS_TOLD),
    ("gate-1/alert/held", b'{"severity": "worst", "meaning": "m", "action": "a", "clears": "c"}', Why.NOT_AS_TOLD),
    ("gate-1/alert/held", b'{"severity": [], "meaning": "m", "action": "a", "clears": "c"}', Why.NOT_AS_TOLD),
    ("gate-1/alert/held", b'{"severity": "info", "meaning": 1, "action": "a", "clears": "c"}', Why.NOT_AS_TOLD),
    ("gate-1/doc/policy/reported", b'{"state": "applied", "version": true}', Why.NOT_AS_TOLD),
    ("gate-1/doc/policy/reported", b'{"state": "applied", "version": 1e99}', Why.NOT_AS_TOLD),
    ("gate-1/event/access", b'{"data": []}', Why.NOT_AS_TOLD),
    ("gate-1/event/access", b'{"id": 1, "data": {"decision": {}}}', Why.NOT_AS_TOLD),
    ("_area/lobby/gate-1", b'{"in": -1, "out": 0}', Why.NOT_AS_TOLD),
    ("_area/lobby/gate-1", b"\xd2\x84CBOR", Why.NOT_JSON),
]

NOBODY = "warning: no gate is known @ "

ELSEWHERE = [
    "gate-1",
    "gate-1/",
    "gate-1/secret",
    "gate-1/info/more",
    "Gate/info",
    f"{'g' * 65}/info",
    "_group/all/cmd/lockdown",
    "_area/lobby",
    "_area//gate-1",
    "gate-1/alert/\x1b[2J",
    "gate-1/restricted/access",
]


@pytest.mark.parametrize(("topic", "payload", "why"), RUBBISH)
def test_what_is_not_as_promised_is_counted_and_changes_nothing(topic: str, payload: bytes, why: Why) -> None:
    """The gate's state stays as it was; one line says that such messages come."""
    told = Told()
    told.born("gate-1")
    before = told.fleet.changes
    told.say(topic, payload)
    assert told.fleet.rubbish == {why: 1}
    assert told.fleet.changes == before
    assert told.fleet.gates["gate-1"].rubbish == 1
    assert told.words() == ["info: 1 messages not understood @ "]


@pytest.mark.parametrize("topic", ELSEWHERE)
def test_what_stands_elsewhere_is_not_read(topic: str) -> None:
    """Topics that no gate writes, or that are for others, make no gate and are no trouble."""
    told = Told()
    for payload in (b"online", b"{}", b""):
        told.say(topic, payload)
        told.fleet.take(topic, payload, told.now)
    assert told.fleet.gates == {}
    assert told.words() == [NOBODY]


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_nothing_that_moves_a_cursor_reaches_the_terminal(columns: int) -> None:
    """Escape sequences, line ends and letters that turn the writing round are replaced wherever they stand."""
    told = Told()
    told.born("gate-1", {"site": ESCAPES, "sector": "[bold]x[/bold]" + ESCAPES})
    told.alert("gate-1", "held", meaning=ESCAPES, action=ESCAPES * 50, clears=ESCAPES, subject=ESCAPES)
    told.say("gate-1/doc/policy/reported", {"state": "rejected", "version": 1, "reason": ESCAPES})
    data = {"decision": ESCAPES, "direction": ESCAPES, "reason": ESCAPES, "class": ESCAPES}
    told.say("gate-1/event/access", {"id": ESCAPES, "data": data, "time": "9999-12-31T23:59:59Z"})
    for by in ("site", "sector", "area"):
        for selected in range(3):
            rows = view.draw(told.picture(), view.Screen(columns, 40, selected, by))
            assert all(row.plain.isprintable() and row.cell_len <= columns for row in rows)
    said = json.dumps(telling.whole(told.picture(), "site"), ensure_ascii=False)
    assert said.isprintable()


def test_a_gate_may_fill_only_its_own_bounds() -> None:
    """Alerts and documents of one gate end at a number; what is more is counted."""
    told = Told()
    told.born("gate-1")
    for at in range(1000):
        told.alert("gate-1", f"cause-{at}")
        told.say(f"gate-1/doc/kind-{at}/reported", {"state": "applied", "version": at})
        told.say("gate-1/health", {"clock_source": at})
    gate = told.fleet.gates["gate-1"]
    assert (len(gate.alerts), len(gate.documents)) == (gates.MOST_ALERTS, gates.MOST_DOCUMENTS)
    assert (len(told.fleet.figures.clocks), len(told.fleet.documents)) == (1, gates.MOST_DOCUMENTS)
    assert told.fleet.rubbish[Why.TOO_MANY] == 2000 - gates.MOST_ALERTS - gates.MOST_DOCUMENTS


def test_gates_that_nobody_has_end_at_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns the broker can invent gates, and not without end."""
    monkeypatch.setattr(gates, "MOST_GATES", 10)
    told = Told()
    for at in range(25):
        told.says(f"gate-{at}", online=True)
    assert (len(told.fleet.gates), told.fleet.rubbish[Why.TOO_MANY]) == (10, 15)


def test_a_gate_that_is_taken_out_of_service_is_forgotten() -> None:
    """When its retained topics are emptied nothing of it is left."""
    told = Told()
    told.born("gate-1", {"sector": "3"})
    told.alert("gate-1", "held")
    told.say("gate-1/health", {"journal_backlog": 900, "clock_source": 1})
    told.say("gate-1/doc/policy/reported", {"state": "rejected", "version": 1})
    for leaf in ("alert/held", "doc/policy/reported", "health", "availability", "info"):
        told.say(f"gate-1/{leaf}", b"")
    fleet = told.fleet
    assert (fleet.gates, fleet.members, fleet.known, fleet.figures.backlog) == ({}, {}, 0, 0)
    told.after(1000)
    assert told.words() == [NOBODY]


def test_any_bytes_on_any_topic_are_survived() -> None:
    """A thousand random messages on every topic raise nothing and draw a picture."""
    chance = random.Random(4)  # noqa: S311  what is random here is only the rubbish
    told = Told()
    told.born("gate-1")
    topics = sorted({topic for topic, _, _ in RUBBISH})
    for _ in range(1000):
        topic = chance.choice(topics)
        payload = chance.randbytes(chance.randrange(80))
        told.say(topic, payload if chance.random() < 0.5 else b'{"data":' + payload + b"}", chance.randrange(2**32))
    assert len(view.draw(told.picture(), view.Screen(80, 24, 0, "area"))) == 24


def test_areas_that_nobody_has_end_at_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """One gate's certificate is enough to name areas without end, and the desk does not keep them all."""
    monkeypatch.setattr(gates, "MOST_GATES", 10)
    told = Told()
    for at in range(25):
        told.say(f"_area/area-{at}/gate-1", {"in": 1, "out": 0})
    assert (len(told.fleet.leaves), told.fleet.rubbish[Why.TOO_MANY]) == (10, 15)
