"""What Home Assistant is told of this gate, so that it finds it by itself: one device, and what can be read of it.

It decides which topics of the contract become which entities, and words one retained message (device discovery of
Home Assistant 2024.12 and newer, home-assistant.io/integrations/mqtt). Nothing in it is a command: those are signed.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from firmware.control.alerts import name as alert_name
from firmware.door.meanings import CRITICAL
from firmware.events import Alarm, Outcome, Posture, Side
from firmware.records import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from firmware.control.config import Config

Entity = dict[str, object]

PERIODS: Final = 3
"""Periods of health after which a number counts as not known, as at the broker."""

LISTS: Final = ("policy", "revocations", "trust")

_COUNTERS: Final[Mapping[str, tuple[str, str]]] = {
    "in_allow": ("Entries", "mdi:location-enter"),
    "out_allow": ("Exits", "mdi:location-exit"),
    "in_deny": ("Refusals", "mdi:cancel"),
    "in_verify": ("Sent to an officer", "mdi:account-question"),
}
_TROUBLES: Final[Mapping[str, str]] = {
    "readers_lost": "Readers lost",
    "output_failures": "Output failures",
    "relay_stuck": "Relay read back wrongly",
    "journal_failures": "Disk failures",
    "journal_dropped": "Records lost",
    "inbox_dropped": "Events dropped",
    "internal": "Firmware faults",
}


def announcement(config: Config) -> bytes:
    """Word the discovery message; empty where nobody asked for it, which takes an earlier one back."""
    if config.mqtt is None or not config.mqtt.home_assistant:
        return b""
    gate = config.gate.id
    found = dict(_entities(config, config.mqtt.health_s * PERIODS))
    return wire.dump(
        {
            "device": {
                "identifiers": [f"gapura-{gate}"],
                "name": gate,
                "manufacturer": "Gapura",
                "model": "Door gate",
                "sw_version": version("gapura"),
                "suggested_area": config.gate.area,
            },
            "origin": {"name": "gapura", "sw_version": version("gapura")},
            "availability": [{"topic": wire.availability_topic(gate)}],
            "qos": 1,
            "components": {key: entity | {"unique_id": f"gapura-{gate}-{key}"} for key, entity in found.items()},
        }
    )


def _entities(config: Config, lives_s: int) -> Iterator[tuple[str, Entity]]:
    """List the entities by their keys, which never change: Home Assistant keeps history under them."""
    gate = config.gate.id
    yield "connection", _connection(gate)
    yield "access", _event(gate, "access", "Access", [one.value for one in Outcome], _ACCESS)
    yield "alarm", _event(gate, "alarm", "Alarm", ["raised", "cleared"], _ALARM)
    yield "posture", _event(gate, "posture", "Posture", [one.value for one in Posture], _POSTURE)
    yield "problem", _problem(wire.health_topic(gate), lives_s)
    for alarm, subject in alarms(config):
        key = alert_name(alarm, subject)
        yield f"alert-{key}", _alert(wire.alert_topic(gate, key), alarm, subject)
    for key, (name, icon) in _COUNTERS.items():
        yield key, _number(gate, key, name, lives_s) | {"state_class": "total_increasing", "icon": icon}
    aside: Entity = {"entity_category": "diagnostic"}
    for key, name in _TROUBLES.items():
        yield key, _number(gate, key, name, lives_s) | {"state_class": "total_increasing"} | aside
    waiting = _number(gate, "assistance_waiting", "Waiting for an officer", lives_s)
    yield "assistance_waiting", waiting | {"state_class": "measurement", "icon": "mdi:account-clock"}
    backlog = _number(gate, "journal_backlog", "Events waiting", lives_s) | {"state_class": "measurement"}
    yield "journal_backlog", backlog | aside


def alarms(config: Config) -> Iterator[tuple[Alarm, str | None]]:
    """List the alarms that this gate can raise, each with what it can be about."""
    for alarm in Alarm:
        yield from ((alarm, subject) for subject in _subjects(alarm, config))


def _subjects(alarm: Alarm, config: Config) -> tuple[str | None, ...]:
    """Say what an alarm can be about: contacts that are wired, readers, lists; an output is told as an event alone."""
    contacts = tuple(contact.value for contact in config.inputs)
    named: dict[str, tuple[str | None, ...]] = {
        "contradiction": contacts,
        "input_fault": contacts,
        "input_stuck": contacts,
        "list_expiring": LISTS,
        "list_unusable": LISTS,
        "output_fault": (),
        "reader_missing": tuple(config.readers),
        "unanswered": tuple(name for name, reader in config.readers.items() if reader.side is Side.OUTSIDE),
    }
    return named.get(alarm.value, (None,))


def _connection(gate: str) -> Entity:
    """Tell whether the broker has the gate; this alone is known of a gate that is away."""
    return {
        "platform": "binary_sensor",
        "name": "Connection",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": wire.availability_topic(gate),
        "payload_on": wire.ONLINE.decode(),
        "payload_off": wire.OFFLINE.decode(),
        "availability": [],
    }


_ACCESS: Final = (
    "{{ {'event_type': value_json.data.decision, 'direction': value_json.data.direction,"
    " 'reader': value_json.data.reader, 'reason': value_json.data.reason | default(none),"
    " 'pass_class': value_json.data['class'] | default(none)} | to_json }}"
)
_ALARM: Final = (
    "{{ {'event_type': value_json.data.state, 'alarm': value_json.data.alarm,"
    " 'subject': value_json.data.subject | default(none)} | to_json }}"
)
_POSTURE: Final = "{{ {'event_type': value_json.data.posture, 'authority': value_json.data.authority} | to_json }}"


def _event(gate: str, kind: str, name: str, types: list[str], template: str) -> Entity:
    """Turn a kind of event into an event entity: it is told once, and nothing is retained."""
    return {
        "platform": "event",
        "name": name,
        "state_topic": wire.event_topic(gate, kind),
        "event_types": types,
        "value_template": template,
    }


def _problem(topic: str, lives_s: int) -> Entity:
    """Tell whether any alarm of the door holds; known from the first health message on."""
    return {
        "platform": "binary_sensor",
        "name": "Problem",
        "device_class": "problem",
        "state_topic": topic,
        "value_template": "{{ 'ON' if value_json.alarms | default(0) > 0 else 'OFF' }}",
        "expire_after": lives_s,
    }


def _alert(topic: str, alarm: Alarm, subject: str | None) -> Entity:
    """Follow one alert: a payload is a problem, its end is none; not known before the first."""
    words = alarm.value if subject is None else f"{alarm.value} {subject}"
    entity: Entity = {
        "platform": "binary_sensor",
        "name": words.replace("_", " ").capitalize(),
        "device_class": "problem",
        "state_topic": topic,
        "value_template": "{{ 'ON' if value else 'OFF' }}",
        "json_attributes_topic": topic,
        "json_attributes_template": "{{ value or '{}' }}",
    }
    return entity if alarm in CRITICAL else entity | {"entity_category": "diagnostic"}


def _number(gate: str, key: str, name: str, lives_s: int) -> Entity:
    """Show one number of health; a counter that has not begun is none yet."""
    return {
        "platform": "sensor",
        "name": name,
        "state_topic": wire.health_topic(gate),
        "value_template": f"{{{{ value_json.{key} | default(0) }}}}",
        "expire_after": lives_s,
    }
