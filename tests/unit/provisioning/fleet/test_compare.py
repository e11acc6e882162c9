"""Each way in which a gate may differ has its name, and what is as it should be has none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed.envelope import Kind
from firmware.signed.warrant import Role
from provisioning.fleet.compare import CERTIFICATE_S, Expected, differences, state_of, wanted
from provisioning.fleet.difference import MEANINGS, Difference, meaning_of
from provisioning.fleet.ledger_rows import Standing
from provisioning.fleet.lifecycle import State
from provisioning.fleet.planned import Planned
from provisioning.fleet.seen import Sight
from provisioning.fleet.status import usual_release
from tests.unit.control.reading_room import POLICY
from tests.unit.signed.office import Office

NOW = 1_800_000_000
OFFICE = Office()
LABELS = {"organisation": "city", "sector": "health", "site": "annex", "floor": "1"}
PLANNED = Planned("hall-1", "hall", "annex", "health", "", "strike", "pi4", "both", LABELS, approved=True)
INFO = {
    "boot": "b1",
    "run": "r1",
    "connection": 1,
    "version": "1.2.0",
    "labels": LABELS | {"area": "hall"},
    "groups": ["hall"],
}
HEALTH = {"clock_source": 3, "uptime_s": 7}


def policy(version: int, audience: tuple[str, ...] = ("*",), body: dict[str, object] | None = None) -> bytes:
    """Sign a policy."""
    return OFFICE.seal(Kind.POLICY, POLICY if body is None else body, version=version, audience=audience)


def reported(data: bytes, state: str = "applied") -> dict[str, object]:
    """Word what a gate says that goes by this document."""
    sight = Sight()
    sight.take("gapura/1/hall-1/doc/policy/desired", data)
    held = sight.desired("hall-1", ["hall"])["policy"]
    return {"state": state, "version": held.document.version, "digest": held.document.digest}


def seen(*changed: tuple[str, object]) -> Sight:
    """Hear a gate that is well, and then what is changed: topics below its own, None for an empty payload."""
    sight = Sight()
    told: list[tuple[str, object]] = [("info", INFO), ("availability", "online"), ("health", HEALTH)]
    for leaf, value in [*told, *changed]:
        payload = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else None
        sight.take(f"gapura/1/hall-1/{leaf}", json.dumps(value).encode() if payload is None else payload)
    return sight


def standing(state: State = State.ACTIVE, *, suspended: bool = False) -> Standing:
    """Stand in the ledger."""
    return Standing("hall-1", state, suspended, 0, 1)


def named(sight: Sight, **changed: object) -> tuple[str, ...]:
    """Name what differs."""
    base = Expected(PLANNED, standing(), sight.desired("hall-1", ["hall"]), "1.2.0", NOW + 300 * 86_400)
    whole = replace(base, **changed)  # type: ignore[arg-type]
    return differences(whole, sight.gates.get("hall-1"), NOW)


OLD, NEW = policy(5), policy(6)
OTHER = policy(9, ("_group/roof",))
DESIRED = ("doc/policy/desired", NEW)
CASES: dict[str, tuple[tuple[tuple[str, object], ...], dict[str, object], tuple[str, ...]]] = {
    "well": ((), {}, ()),
    "well, by a document": ((DESIRED, ("doc/policy/reported", reported(NEW))), {}, ()),
    "unplugged": ((("availability", "offline"), ("info", INFO | {"version": "0"})), {}, ("offline",)),
    "will": ((("availability", "offline"),), {}, ("offline",)),
    "silent": ((("health", b""),), {}, ("silent",)),
    "another area": ((("info", INFO | {"labels": LABELS | {"area": "roof"}}),), {}, ("wrong_area",)),
    "a label": (
        (("info", INFO | {"labels": LABELS | {"area": "hall", "floor": "2"}}),),
        {},
        ("wrong_label:floor",),
    ),
    "no sector": (
        (("info", INFO | {"labels": {"organisation": "city", "site": "annex", "floor": "1", "area": "hall"}}),),
        {},
        ("wrong_label:sector",),
    ),
    "groups": ((("info", INFO | {"groups": []}),), {}, ("wrong_groups",)),
    "release": ((("info", INFO | {"version": "1.1.0"}),), {}, ("release",)),
    "no release named": ((("info", INFO | {"version": "1.1.0"}),), {"release": None}, ()),
    "observing": ((("info", INFO | {"stage": "installed"}),), {}, ("observing",)),
    "an older policy": ((DESIRED, ("doc/policy/reported", reported(OLD))), {}, ("policy_version",)),
    "no policy": ((DESIRED,), {}, ("policy_version",)),
    "rejected": (
        (DESIRED, ("doc/policy/reported", reported(OLD, "rejected"))),
        {},
        ("rejected:policy",),
    ),
    "rolled back": ((("doc/config/reported", {"state": "rolled_back", "version": 1}),), {}, ("rolled_back:config",)),
    "pending": ((("doc/revocations/reported", {"state": "pending", "version": 1}),), {}, ("pending:revocations",)),
    "a document for others": ((("doc/policy/desired", OTHER),), {}, ()),
    "withdrawn": ((("doc/policy/desired", policy(7, ("hall-1",), {"withdrawn": True})),), {}, ()),
    "time is no document": ((("doc/time/reported", {"state": "rejected", "version": 1}),), {}, ()),
    "certificate": ((), {"certificate_ends": NOW + CERTIFICATE_S}, ("certificate_ends",)),
    "certificate, by alert": ((("alert/certificate-expiring", {}),), {}, ("certificate_ends",)),
    "clock, by alert": ((("alert/clock-untrusted", {}),), {}, ("clock",)),
    "clock": ((("health", HEALTH | {"clock_source": 0}),), {}, ("clock",)),
    "reader": ((("alert/reader-missing-inside", {}),), {}, ("reader_missing",)),
    "alert cleared": ((("alert/reader-missing-inside", {}), ("alert/reader-missing-inside", b"")), {}, ()),
    "taken over": ((("health", HEALTH | {"link_fault_taken_over": 2}),), {}, ("duplicate",)),
    "contested": ((("alert/connection-contested", {}),), {}, ("duplicate",)),
    "boots in turn": (
        (("info", INFO | {"boot": "b2"}), ("info", INFO | {"connection": 2})),
        {},
        ("duplicate",),
    ),
    "an older copy": ((("info", INFO | {"boot": "b2", "connection": 9}),), {}, ("duplicate",)),
    "restarted": ((("info", INFO | {"boot": "b2"}), ("info", INFO | {"boot": "b2", "connection": 2})), {}, ()),
    "untested": ((), {"standing": standing(State.INSTALLED), "proven": False}, ("not_commissioned",)),
    "installed": ((("info", INFO | {"stage": "installed"}),), {"standing": standing(State.INSTALLED)}, ()),
    "unconfirmed": (
        (("info", INFO | {"stage": "active"}),),
        {"standing": standing(State.INSTALLED)},
        ("not_commissioned",),
    ),
    "planned active": (
        (("info", INFO | {"stage": "installed"}),),
        {"standing": standing(State.INSTALLED), "planned": replace(PLANNED, stage="active")},
        ("observing",),
    ),
    "suspended": ((), {"standing": standing(suspended=True)}, ("suspended",)),
    "retired": ((), {"standing": standing(State.RETIRED)}, ("retired_but_online",)),
    "retired and away": ((("availability", "offline"),), {"standing": standing(State.RETIRED)}, ()),
    "not enrolled": ((), {"standing": standing(State.ISSUED)}, ("not_enrolled",)),
    "no such gate": ((), {"standing": None, "planned": None}, ("unknown_gate",)),
    "taken out": ((), {"planned": None}, ("not_in_inventory",)),
}


@pytest.mark.parametrize("name", CASES)
def test_each_difference_has_its_name(name: str) -> None:
    """What was changed is named, by a word of the list, and nothing else is."""
    changed, expected, differs = CASES[name]
    found = named(seen(*changed), **expected)
    assert found == differs
    assert all(meaning_of(one) for one in found)


WAITING: dict[State, tuple[str, ...]] = {
    State.REQUESTED: ("not_approved",),
    State.APPROVED: ("not_issued",),
    State.ISSUED: ("not_installed",),
    State.INSTALLED: ("never_seen",),
    State.ACTIVE: ("never_seen",),
    State.RETIRED: (),
}


@pytest.mark.parametrize("state", WAITING)
def test_a_gate_that_nobody_has_heard(state: State) -> None:
    """What keeps a gate from being there is told by its place in the ledger."""
    assert named(Sight(), standing=standing(state)) == WAITING[state]


PLACES: dict[str, tuple[Planned | None, Standing | None, tuple[str, str]]] = {
    "active": (PLANNED, standing(), ("active", "active")),
    "issued": (PLANNED, standing(State.ISSUED), ("issued", "installed")),
    "by hand": (replace(PLANNED, approved=False), standing(State.APPROVED), ("approved", "installed")),
    "to begin active": (replace(PLANNED, stage="active"), standing(State.ISSUED), ("issued", "active")),
    "installed": (PLANNED, standing(State.INSTALLED), ("installed", "installed")),
    "asked for": (replace(PLANNED, approved=False), standing(State.REQUESTED), ("requested", "requested")),
    "not entered": (PLANNED, None, ("requested", "installed")),
    "retired": (PLANNED, standing(State.RETIRED), ("retired", "retired")),
    "taken out": (None, standing(), ("active", "retired")),
    "unknown": (None, None, ("unknown", "absent")),
}


@pytest.mark.parametrize("name", PLACES)
def test_where_a_gate_is_and_should_be(name: str) -> None:
    """Inventory and ledger say where a gate is and where it should be."""
    planned, stands, expected = PLACES[name]
    where = Expected(planned, stands, {}, None, None)
    assert (state_of(where), wanted(where)) == expected


def test_the_narrowest_document_is_the_one_expected() -> None:
    """A gate's own document outranks its group's, and a group's that of everybody, as at the gate."""
    sight = Sight()
    sight.take("gapura/1/_group/hall/doc/policy/desired", policy(9))
    sight.take("gapura/1/hall-1/doc/policy/desired", policy(4, ("hall-1",)))
    assert sight.desired("hall-1", ["hall"])["policy"].document.version == 4
    assert sight.desired("hall-2", ["hall"])["policy"].document.version == 9
    assert sight.desired("roof-1", ["roof"]) == {}
    sight.take("gapura/1/hall-1/doc/policy/desired", b"")
    assert sight.desired("hall-1", ["hall"])["policy"].document.version == 9


def test_what_a_newer_warrant_signed_is_expected_whatever_its_version() -> None:
    """After a rotation the office's version 1 counts, as at the gate, and not the highest that the old key signed."""
    fresh = OFFICE.rotate(Role.POLICY)
    after = fresh.seal(Kind.POLICY, POLICY, version=1, audience=("*",), warranted=fresh.warrant(Role.POLICY, serial=2))
    sight = Sight()
    sight.take("gapura/1/hall-1/doc/policy/desired", policy(9, ("*",)))
    sight.take("gapura/1/_group/hall/doc/policy/desired", after)
    assert sight.desired("hall-1", ["hall"])["policy"].data == after


def test_the_usual_release_is_that_of_more_than_half() -> None:
    """Without a release named, the one that most run is expected; where none has more than half, none is."""
    sight = Sight()
    for gate, release in (("a", "2"), ("b", "2"), ("c", "1"), ("d", "1")):
        sight.take(f"gapura/1/{gate}/info", json.dumps(INFO | {"version": release}).encode())
        sight.take(f"gapura/1/{gate}/availability", b"online")
    assert usual_release(sight.gates.values()) is None
    sight.take("gapura/1/d/availability", b"offline")
    assert usual_release(sight.gates.values()) == "2"


def test_every_name_is_reached_by_a_case() -> None:
    """No name of the closed list is only a word."""
    reached = {one for _, _, differs in CASES.values() for one in differs} | {
        one for w in WAITING.values() for one in w
    }
    words = {Difference.VERSION if one.endswith("_version") else Difference(one.partition(":")[0]) for one in reached}
    assert words == set(Difference) == set(MEANINGS)


LEVELS = ("hall-1", "_group", "info", "health", "doc", "policy", "time", "desired", "reported", "alert", "availability")
KEYS = ("labels", "groups", "boot", "connection", "state", "version", "digest", "clock_source")
TOPICS = st.lists(st.sampled_from([*LEVELS, "gapura/1", "", "+", "\x1b"]), max_size=5).map("/".join)
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=8,
)
PAYLOADS = st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode())


@given(st.lists(st.tuples(TOPICS.map("gapura/1/".__add__), PAYLOADS), max_size=8))
def test_anything_may_be_published(messages: list[tuple[str, bytes]]) -> None:
    """Whatever anybody publishes, the fleet is compared, and every difference is a word of the list."""
    sight = Sight()
    for topic, payload in messages:
        sight.take(topic, payload)
    for gate in {"hall-1", *sight.gates}:
        where = Expected(PLANNED, standing(), sight.desired(gate, ["hall"]), "1", None)
        assert all(meaning_of(one) for one in differences(where, sight.gates.get(gate), NOW))
