"""Every event that a door of our scripts leaves is what its model, its schema and the CloudEvents library expect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pydantic
import pytest

from firmware.events import Instant
from firmware.records import wire
from firmware.records.kinds import DATA
from firmware.records.row import Row
from tests.contract import reading
from tests.door.script import SCRIPTS, Script
from tests.unit.commands.desk import desk

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["desk"]

ALL = sorted(SCRIPTS.glob("*.script"))
AT = Instant(81_234, 1_767_578_400, 1_767_578_402, "rtc")

RARE: list[tuple[str, dict[str, object]]] = [
    ("gap", {"what": "overflow", "lost": 12}),
    ("gap", {"what": "retention", "first": 3, "last": 9, "lost": 7}),
    ("gap", {"what": "erased", "first": 3, "last": 9, "records": 7, "digest": "0" * 64}),
    ("gap", {"what": "headers", "first": 3, "last": 9, "hash": "0" * 64}),
    ("checkpoint", {"seq": 16, "hash": "0" * 64, "signed": "AA=="}),
    ("gap", {"what": "unreadable_row", "first": 3, "last": 3}),
    ("gate", {"what": "reader_lost", "reader": "outside"}),
    (
        "gate",
        {"what": "journal_replaced", "cause": "check", "aside": "journal.corrupt-1", "uses_kept": 2, "uses_since": 9},
    ),
    ("clock", {"what": "source", "source": "rtc", "cause": None, "off_s": None}),
    ("clock", {"what": "disbelieved", "source": "rtc", "cause": "kernel_disagrees", "off_s": -31_536_000}),
    ("gate", {"what": "lists_changed", "policy_version": 2, "trust_version": 1}),
    (
        "gate",
        {
            "what": "lists_changed",
            "policy_version": 2,
            "trust_version": 1,
            "keys_version": 3,
            "keys_from": "2026-01-05T17:00:00Z",
        },
    ),
    (
        "contact",
        {"reader": "outside", "direction": "in", "decision": "allow", "subject": "0f" * 16, "contact": "A" * 140},
    ),
    (
        "follow-up",
        {"reader": "outside", "direction": "in", "decision": "deny", "reason": "health", "subject": "0f" * 16},
    ),
    ("gate", {"what": "service_began", "reader": "outside"}),
    ("area", {"area": "lobby", "generation": 0, "inside": 3, "estimated": 1, "given": 0}),
    ("area", {"area": "lobby", "generation": 0, "inside": 3, "estimated": 1, "given": 2, "limit": 9, "held": 1}),
    ("command", {"op": "unknown", "command": None, "state": "failed", "reason": "unsigned"}),
    ("alarm", {"alarm": "posture_not_kept", "subject": None, "state": "raised"}),
    (
        "commissioning",
        {
            "number": 1,
            "sha256": "0" * 64,
            "signed": True,
            "ok": 9,
            "fail": 1,
            "skipped": 0,
            "failed": ["rtc"],
            "outcome": "fail",
        },
    ),
]


def event(kind: str, body: dict[str, object], at: Instant = AT) -> dict[str, object]:
    """Wrap a body as the gate does."""
    return wire.cloud_event("gate-1", Row("5f0c9a2e", 17, kind, "boot", at, body, None))


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_every_event_of_a_script_keeps_the_contract(desk: Path, path: Path) -> None:
    """Nothing a whole door says is missing from the models, and public programs read all of it."""
    lines = map(json.loads, Script.read(path).played(desk).splitlines())
    kinds = [reading.hold(line["value"]) for line in lines if line["kind"] == "event"]
    assert kinds


@pytest.mark.parametrize(("kind", "body"), RARE)
def test_rare_events_keep_the_contract(kind: str, body: dict[str, object]) -> None:
    """What no script brings about is read as well, with a clock that somebody vouches for and without."""
    assert reading.hold(event(kind, body)) == kind
    assert reading.hold(event(kind, body, Instant(5))) == kind


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("gap", {"what": "overflow", "lost": 12, "holder": "somebody"}, id="a-field-nobody-wrote-down"),
        pytest.param("gap", {"what": "sabotage"}, id="a-word-nobody-wrote-down"),
        pytest.param("grant", {"result": "confirmed"}, id="a-field-is-missing"),
        pytest.param("gate", {"what": "reader_lost", "reader": 7}, id="a-number-for-a-name"),
    ],
)
def test_the_model_refuses_what_nobody_wrote_down(kind: str, body: dict[str, object]) -> None:
    """A field, a word or a type that the contract does not have is found."""
    with pytest.raises(pydantic.ValidationError):
        reading.hold(event(kind, body))


def test_a_later_field_does_not_break_a_subscriber() -> None:
    """The published schema takes a field of a later release, and still refuses a wrong type."""
    later = event("gap", {"what": "overflow", "lost": 12, "later": True})
    reading.published("gap").validate(later)
    with pytest.raises(jsonschema.ValidationError):
        reading.published("gap").validate(event("gap", {"what": "overflow", "lost": "twelve"}))


def test_no_model_has_room_for_a_person() -> None:
    """No field of any event is named for a name, an identity number, a code or a picture."""
    fields = {name for model in DATA.values() for name in model.model_fields}
    assert not fields & {"name", "nik", "holder", "code", "image", "birth_date", "phone", "technician", "health"}
