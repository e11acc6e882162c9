"""The small pure parts of the service: pace, alerts, whose topics are cleared, and the words of the access list."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from firmware.signed import enrolment
from provisioning.broker.certificates import DeviceCa
from provisioning.broker.configuration import Rights
from provisioning.enrolment import access, alerts, clearing
from provisioning.enrolment.handling import Handler, Rules
from provisioning.enrolment.pace import BURST, EVERY_S, ROW_S, Pace
from provisioning.fleet.inventory import Inventory, Person, Planned
from provisioning.fleet.ledger import Claim, Ledger, Row, Standing
from provisioning.fleet.ledger_rows import SELF_TEST, repeats
from provisioning.fleet.lifecycle import State
from tests.broker.requests_made import Identity, fresh_key, renewed

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000


def row(gate: str, why: str, at: int = NOW) -> Row:
    """A gate was suspended."""
    return Row(at, gate, "suspended", "desk", why)


def standing(gate: str, state: State, *, suspended: bool = False) -> Standing:
    """Where a gate is."""
    return Standing(gate, state, suspended, NOW, 1)


def test_a_gate_may_ask_a_few_times_and_then_slowly() -> None:
    """A burst, then one in ten seconds; another gate is not slowed down, and a long silence gives one burst."""
    pace = Pace()
    assert [pace.allows("a", NOW) for _ in range(BURST + 2)] == [True] * BURST + [False] * 2
    assert pace.allows("b", NOW)
    assert [pace.allows("a", NOW + EVERY_S + late) for late in (0, 0, EVERY_S)] == [True, False, True]
    assert [pace.allows("a", NOW + 10**6) for _ in range(BURST + 1)] == [True] * BURST + [False]


def test_who_asks_too_often_is_told_so_rarely() -> None:
    """One word in ten seconds, for each gate."""
    pace = Pace()
    assert [pace.tells("a", NOW + late) for late in (0, 1, EVERY_S - 1, EVERY_S)] == [True, False, False, True]


def test_whoever_repeats_themselves_fills_no_ledger(tmp_path: Path) -> None:
    """Of what is refused again and again, and told again and again, the history has a row an hour and not each."""
    ledger, ca = Ledger.open(tmp_path / "ledger.db"), DeviceCa.create()
    ledger.enter("gate-1", by="desk", at=NOW)
    handler = Handler(ledger, [ca], Rules())
    key = fresh_key()
    certificate = ca.certify("gate-1", key.public_key(), valid=timedelta(days=1))
    own = Identity(key, certificate, tmp_path, tmp_path)
    nobody, asked = Inventory("office", {}, {}, {}, {}), renewed(own, "gate-1", key)
    for late in range(0, 2 * ROW_S, EVERY_S):
        assert handler.handle(enrolment.topic("gate-1", "request"), asked, nobody, NOW + late)
    rows = [one.at - NOW for one in ledger.history("gate-1") if one.what.startswith("refused")]
    assert rows == [0, ROW_S]
    assert handler.counts["refused"] == 2 * ROW_S / EVERY_S
    ledger.close()


def test_a_self_test_is_written_down_when_it_says_something_new() -> None:
    """The same word again is no row; another one is, and the first since the gate came to its state."""
    rows = [Row(NOW, "a", "issued", "desk", ""), Row(NOW + 1, "a", f"{SELF_TEST}passed", "a", "")]
    again = Row(NOW + 2, "a", f"{SELF_TEST}passed", "a", "")
    assert repeats(rows, again, NOW)
    assert not repeats(rows, again, NOW + 1)
    assert not repeats(rows[:1], again, NOW)
    assert not repeats(rows, replace(again, what=f"{SELF_TEST}failed", why="lamps"), NOW)
    assert not repeats([*rows, replace(again, what=f"{SELF_TEST}failed")], again, NOW)


def test_alerts_hold_as_long_as_the_ledger_says_so() -> None:
    """Each names its gates, since when, and what to do; what is over is taken back by an empty payload."""
    suspended = {"b": row("b", "stolen: off the wall", NOW + 5), "a": row("a", "stolen: too", NOW), "c": row("c", "x")}
    found = alerts.standing(suspended, alerts.Refusals(), NOW)
    stolen = json.loads(found[alerts.topic("gate-stolen")])
    assert (stolen["gates"], stolen["count"], stolen["since"]) == (["a", "b"], 2, "2027-01-15T08:00:00Z")
    assert found[alerts.topic("claim-reused")] == found[alerts.topic("enrolment-refused")] == b""
    reused = alerts.standing({"c": row("c", "claim_reused")}, alerts.Refusals(), NOW)
    assert json.loads(reused[alerts.topic("claim-reused")])["severity"] == "critical"


def test_refusals_are_told_once_a_minute_and_forgotten_after_an_hour() -> None:
    """However many there are, the alert changes rarely; it counts them all."""
    refusals = alerts.Refusals()
    refusals.add("a", "bad_csr", NOW)
    first = refusals.alert(NOW)
    for late in range(50):
        refusals.add("a", "bad_csr", NOW + late)
    assert refusals.alert(NOW + 50) == first
    assert json.loads(refusals.alert(NOW + 60))["count"] == 51
    assert refusals.alert(NOW + 49 + alerts.HOLDS_S) == b""
    refusals.add("b", "retired", NOW + 10**5)
    assert json.loads(refusals.alert(NOW + 10**5))["count"] == 1


def test_what_is_cleared_belongs_to_who_is_gone() -> None:
    """Retired and stolen gates, and each of their topics; of nobody else."""
    gates = {name: standing(name, state) for name, state in (("a", State.RETIRED), ("b", State.ACTIVE))}
    assert clearing.gone(gates, {"b": row("b", "claim_reused")}, NOW) == {"a"}
    assert clearing.gone(gates, {"b": row("b", "stolen: w")}, NOW) == {"a", "b"}
    assert clearing.gone(gates, {"b": row("b", "stolen: w")}, NOW + clearing.LATELY_S) == frozenset()
    assert {clearing.owner(name.replace("+", "x")) for name in clearing.filters("a")} == {"a"}
    assert clearing.owner("elsewhere") == ""


def test_the_access_list_says_who_is_shut_out() -> None:
    """Suspended and retired gates and withdrawn claims may do nothing; everybody else's lines are theirs."""
    gate = Planned("a", "lobby", "hall", "s", "o", "strike", "b", "both", {}, in_charge=("head",), approved=True)
    inventory = Inventory("city", {}, {}, {"a": gate}, {"head": Person("head", "head", restricted=True)})
    gates = {"a": standing("a", State.ACTIVE, suspended=True), "b": standing("b", State.RETIRED)}
    claims = [Claim("0" * 16, "a", NOW, NOW + 9, None, None), Claim("1" * 16, "a", NOW, NOW + 9, None, None)]
    text = access.access_list(Rights(observers=("wall",)), inventory, gates, claims[:1], claims[1:])
    blocks = {block.splitlines()[0]: block.splitlines()[1:] for block in text.split("\n\n") if block.startswith("user")}
    for name in ("a", "b", f"claim:a:{'1' * 16}"):
        assert blocks[f"user {name}"] == ["topic deny #"]
    assert "topic write gapura/1/_claim/a/request" in blocks[f"user claim:a:{'0' * 16}"]
    assert "topic read gapura/1/a/restricted/+" in blocks["user operator:head"]
    assert not [line for line in blocks["user operator:head"] if "/+/" in line.replace("/doc/+/+", "")]
    assert "topic read gapura/1/+/info" in blocks["user operator:wall"]
