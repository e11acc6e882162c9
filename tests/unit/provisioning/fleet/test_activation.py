"""What is signed to make a gate active says again what was said before, and only what the gate really goes by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.signed.envelope import Document, Kind, open_envelope
from provisioning.fleet.activation import Wish, decides, obstacle, outcome, wish, would_have_refused
from provisioning.fleet.ledger_rows import Row, Standing, proven
from provisioning.fleet.lifecycle import State
from provisioning.fleet.planned import Planned
from provisioning.fleet.seen import Sight
from provisioning.reported import sha256_of
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from collections.abc import Mapping

OFFICE, STRANGER = Office(), Office()
GATE = "hall-1"
PLANNED = Planned(GATE, "hall", "", "health", "", "strike", "pi4", "both", {}, groups=("east",), approved=True)
ACTIVE = {"gate": {"stage": "active"}}
DOOR = {"door": {"unlock_ms": 7000}, "gate": {"groups": ["east"]}}
WITHDRAWN = {"withdrawn": True}


def config(body: Mapping[str, object], version: int = 5, *audience: str, office: Office = OFFICE) -> bytes:
    """Sign a configuration."""
    return office.seal(Kind.CONFIG, dict(body), version=version, audience=audience or ("*",))


def opened(data: bytes) -> Document:
    """Read a document."""
    found = open_envelope(data, Kind.CONFIG, root=None, gate=None, now=None)
    assert isinstance(found, Document)
    return found


def told(*said: tuple[str, object]) -> Sight:
    """Hear these payloads: topics below the gate's, or whole ones of groups."""
    sight = Sight()
    for leaf, value in said:
        topic = f"gapura/1/{leaf}" if leaf.startswith("_group/") else f"gapura/1/{GATE}/{leaf}"
        sight.take(topic, value if isinstance(value, bytes) else json.dumps(value).encode())
    return sight


def applied(data: bytes | None, state: str = "applied") -> tuple[str, object]:
    """Word the report of a gate that goes by this document."""
    digest = None if data is None else opened(data).digest
    return "doc/config/reported", {"state": state, "version": 5, "digest": digest}


OWN, COMMON = config(DOOR, 5, GATE), config(DOOR)
TAKEN_BACK = config(WITHDRAWN, 6, GATE)
FOREIGN = config(DOOR, office=STRANGER)
DESIRED = "doc/config/desired"
CARRIED = {"door": {"unlock_ms": 7000}, "gate": {"groups": ["east"], "stage": "active"}}

WISHES: dict[str, tuple[tuple[tuple[str, object], ...], Wish | str]] = {
    "nothing before": ((), Wish(("*",), ACTIVE)),
    "nothing in force": ((applied(None),), Wish(("*",), ACTIVE)),
    "its own": (((DESIRED, OWN), applied(OWN)), Wish((GATE,), CARRIED)),
    "everybody's": (((DESIRED, COMMON), applied(COMMON)), Wish(("*",), CARRIED)),
    "taken back": (((DESIRED, TAKEN_BACK), applied(None)), Wish((GATE,), ACTIVE)),
    "a group's topic": ((("_group/east/doc/config/desired", COMMON),), "lies for _group/east"),
    "its area's topic": ((("_group/hall/doc/config/desired", COMMON),), "lies for _group/hall"),
    "another group's": ((("_group/west/doc/config/desired", COMMON),), Wish(("*",), ACTIVE)),
    "not at the broker": ((applied(OWN),), "is not at the broker"),
    "not taken": (((DESIRED, OWN),), "does not go by"),
    "another in force": (((DESIRED, OWN), applied(COMMON)), "does not go by"),
    "turned down": (((DESIRED, OWN), applied(OWN, "rejected")), "does not go by"),
    "on trial": (((DESIRED, OWN), applied(OWN, "pending")), "does not go by"),
    "taken back, another in force": (((DESIRED, TAKEN_BACK), applied(COMMON)), "does not go by"),
    "signed by others": (((DESIRED, FOREIGN), applied(FOREIGN)), "no configuration of this authority"),
    "for others": (((DESIRED, config(DOOR, 5, "roof-1")),), "no configuration of this authority"),
    "noise": (((DESIRED, b"\xff" * 9),), "no configuration of this authority"),
}


@pytest.mark.parametrize("name", WISHES)
def test_what_was_said_before_is_said_again(name: str) -> None:
    """Where it is known that the gate goes by it; anything else is a line that says what to do."""
    said, expected = WISHES[name]
    found = wish(PLANNED, told(*said), OFFICE.root_raw)
    if isinstance(expected, Wish):
        assert found == expected
    else:
        assert isinstance(found, str)
        assert expected in found
        assert "gapura-ops" in found


def stands(state: State, *, suspended: bool = False) -> Standing:
    """Stand in the ledger."""
    return Standing(GATE, state, suspended, 1, 1)


BORN = ("info", {"stage": "installed"})
OBSTACLES: dict[str, tuple[Standing | None, tuple[tuple[str, object], ...], bool, str | None]] = {
    "ready": (stands(State.INSTALLED), (BORN,), True, None),
    "untested": (stands(State.INSTALLED), (BORN,), False, "self-test"),
    "confirmed": (stands(State.ACTIVE), (BORN,), False, None),
    "unheard": (stands(State.INSTALLED), (), True, "told the broker"),
    "suspended": (stands(State.ACTIVE, suspended=True), (BORN,), True, "release"),
    "issued": (stands(State.ISSUED), (BORN,), True, "no device"),
    "on trial": (
        stands(State.INSTALLED),
        (("info", {"stage": "active"}), ("doc/config/reported", {"state": "pending"})),
        True,
        "trying",
    ),
    "unknown": (None, (BORN,), True, "in no ledger"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_stands_against_it_is_told(name: str) -> None:
    """A gate that no device has come for, or that has not proven itself, is not made active."""
    standing, said, tested, expected = OBSTACLES[name]
    found = obstacle(GATE, standing, told(*said).gates.get(GATE), proven=tested)
    assert (found is None) if expected is None else (found is not None and expected in found)


def test_a_gate_is_active_when_it_keeps_the_document_and_says_so() -> None:
    """Neither the document in force alone nor the stage alone is enough; a refusal of another version is none."""
    data = config(ACTIVE, 7)
    active, document = ("info", {"stage": "active"}), opened(data)
    refused = {"state": "rejected", "version": 5, "digest": None, "refused_version": 7, "reason": "unsound"}
    unread = {"state": "rejected", "version": 5, "reason": "warrant_revoked", "refused_sha256": sha256_of(data)}
    cases: list[tuple[tuple[tuple[str, object], ...], tuple[str, str] | None]] = [
        ((active,), None),
        ((BORN, applied(data)), None),
        ((active, applied(OWN)), None),
        ((active, applied(data)), ("active", "")),
        ((BORN, ("doc/config/reported", refused)), ("rejected", "unsound")),
        ((BORN, ("doc/config/reported", refused | {"refused_version": 6})), None),
        ((BORN, ("doc/config/reported", refused | {"refused_sha256": sha256_of(OWN)})), None),
        ((BORN, ("doc/config/reported", unread)), ("rejected", "warrant_revoked")),
    ]
    for said, expected in cases:
        assert outcome(told(*said).gates[GATE], document, data) == expected
    assert [decides(told(one).gates[GATE]) for one in (BORN, active)] == [False, True]
    assert not decides(None)


def test_how_many_would_have_been_refused() -> None:
    """By the gate's own counters; a gate that says nothing of them is not counted as none."""
    health = {"observed_deny": 3, "observed_allow": 37, "uptime_s": 9}
    assert would_have_refused(told(("health", health)).gates[GATE]) == (3, 40)
    assert would_have_refused(told(("health", {"uptime_s": 9})).gates[GATE]) is None
    assert would_have_refused(None) is None


def test_only_the_last_self_test_counts() -> None:
    """One from before the gate came to its state is another device's."""
    rows = [Row(at, GATE, f"self-test {how}", GATE, "") for at, how in ((1, "passed"), (5, "failed"), (9, "passed"))]
    assert [proven(rows[:many], since) for many, since in ((1, 1), (1, 2), (2, 1), (3, 1), (0, 0))] == [
        True, False, False, True, False
    ]  # fmt: skip
