"""What Home Assistant is told: by the schema of its own pages, about topics that a gate has, and never a command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from firmware.control.config import Config
from firmware.control.home_assistant import alarms, announcement
from firmware.events import Alarm, Contact, Outcome, Posture
from provisioning.contract.channels import channels
from provisioning.contract.health import NUMBERS
from tests.door.script import SCRIPTS

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parent / "home_assistant.schema.json").read_text()))


def config(*contacts: Contact, **mqtt: object) -> Config:
    """Describe a gate with these contacts."""
    return Config.model_validate(
        {
            "gate": {"id": "gate-1", "area": "lobby"},
            "readers": {"outside": {"side": "outside", "socket": "/run/gapura/outside.sock"}},
            "relay": {"pin": 17},
            "mqtt": {"host": "broker.example.org", "home_assistant": True} | mqtt,
        }
        | {contact.value: {"pin": at} for at, contact in enumerate(contacts, 22)}
    )


def told(*contacts: Contact) -> dict[str, Any]:
    """Read the message of a gate."""
    found = json.loads(announcement(config(*contacts)))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("contacts", [(), (Contact.REX, Contact.DOOR_POSITION, Contact.TAMPER)])
def test_the_message_is_what_the_pages_of_home_assistant_ask_for(contacts: tuple[Contact, ...]) -> None:
    """A small door and a larger one are described without a key that nobody knows, each entity under its own id."""
    message = told(*contacts)
    SCHEMA.validate(message)
    ids = [entity["unique_id"] for entity in message["components"].values()]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("gapura-gate-1-") for one in ids)


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("a device without an id", {"device": {"name": "gate-1"}}),
    ("no origin", {"origin": None}),
    ("no components", {"components": {}}),
    ("an entity without a state", {"components": {"a": {"platform": "sensor", "unique_id": "a"}}}),
    ("a platform that commands", {"components": {"a": {"platform": "lock", "unique_id": "a", "state_topic": "t"}}}),
    (
        "an event without its types",
        {"components": {"a": {"platform": "event", "unique_id": "a", "state_topic": "t"}}},
    ),
    (
        "a key nobody knows",
        {"components": {"a": {"platform": "sensor", "unique_id": "a", "state_topic": "t", "value_tmplate": "{{ 1 }}"}}},
    ),
    (
        "a topic for commands",
        {"components": {"a": {"platform": "sensor", "unique_id": "a", "state_topic": "t", "command_topic": "t"}}},
    ),
    (
        "a class that a binary sensor has not",
        {"components": {"a": {"platform": "binary_sensor", "unique_id": "a", "state_topic": "t", "device_class": "x"}}},
    ),
]


@pytest.mark.parametrize("change", [change for _, change in BROKEN], ids=[name for name, _ in BROKEN])
def test_the_schema_refuses_a_message_with_one_thing_wrong(change: dict[str, Any]) -> None:
    """The schema is no open door: each of these would be ignored or misread by the real program."""
    with pytest.raises(ValidationError):
        SCHEMA.validate(told() | change)


def test_every_entity_reads_a_published_topic_that_everybody_may_read() -> None:
    """Nothing restricted, no request for assistance and no command is shown, and each number is one of health."""
    message = told(Contact.DOOR_POSITION)
    published = {re.sub(r"\{\w+\}", "[a-z0-9-]+", channel.address) for channel in channels()}
    topics = {str(each[key]) for each in message["components"].values() for key in each if key.endswith("topic")}
    assert topics >= {"gapura/1/gate-1/health", "gapura/1/gate-1/availability", "gapura/1/gate-1/alert/forced"}
    assert [topic for topic in topics if not any(re.fullmatch(one, topic) for one in published)] == []
    assert not re.search(r"/(restricted|assist|cmd|doc|res)/", json.dumps(message))
    numbers = set(re.findall(r"value_json\.(\w+)", json.dumps(message))) - {"data"}
    assert numbers <= {number.name for number in NUMBERS}


def test_the_words_of_the_contract_are_the_types_of_the_events() -> None:
    """A word that a gate may say is one that Home Assistant was told of, or it would drop the event."""
    entities = told()["components"]
    assert entities["access"]["event_types"] == [one.value for one in Outcome]
    assert entities["posture"]["event_types"] == [one.value for one in Posture]
    assert entities["alarm"]["event_types"] == ["raised", "cleared"]


def test_each_alarm_of_a_door_has_its_problem() -> None:
    """Those of a contact stand for each contact that is wired; those of outputs are told as an event alone."""
    found = dict.fromkeys(alarm for alarm, _ in alarms(config(Contact.REX)))
    assert set(Alarm) - found.keys() == {Alarm.OUTPUT_FAULT}
    assert "alert-input-fault-rex" in told(Contact.REX)["components"]
    assert "alert-input-fault-rex" not in told()["components"]


def test_alarms_that_were_told_stand_where_home_assistant_looks() -> None:
    """Every alarm in the transcripts of whole doors is told with a subject exactly where an entity expects one."""
    told_with: dict[str, bool] = {}
    for path in sorted(SCRIPTS.glob("*.script")):
        for alarm, more in re.findall(r" event alarm alarm=(\w+)(.*)", path.read_text()):
            told_with[alarm] = "subject=" in more
    assert len(told_with) > 5
    looked_for = {alarm.value: subject is not None for alarm, subject in alarms(config(Contact.REX))}
    assert {alarm: with_one for alarm, with_one in told_with.items() if alarm != Alarm.OUTPUT_FAULT} == {
        alarm: looked_for[alarm] for alarm in told_with if alarm != Alarm.OUTPUT_FAULT
    }


@pytest.mark.parametrize("off", [config(home_assistant=False), config().model_copy(update={"mqtt": None})])
def test_a_gate_that_was_not_asked_says_nothing(off: Config) -> None:
    """Without the option, or without a broker, the message is empty, which takes an earlier one back."""
    assert announcement(off) == b""
