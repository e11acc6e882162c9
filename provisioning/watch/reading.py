"""How a message of a gate is read: bounded, and never an exception, whatever anybody published.

Pure. It reads more leniently than a gate writes, so that an older desk can watch a newer gate.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from firmware.records.wire import OFFLINE, ONLINE, ROOT, valid_id
from firmware.signed import times
from provisioning.plain import MAX_LABEL, plain
from provisioning.watch.said import (
    AlertCleared,
    AlertRaised,
    Availability,
    Birth,
    Decided,
    DocumentReported,
    Forgotten,
    Leaf,
    Numbers,
    Rubbish,
    Why,
)

if TYPE_CHECKING:
    from provisioning.watch.said import Said

MAX_BYTES: Final = 64 * 1024
MAX_LABELS: Final = 32
MAX_NUMBERS: Final = 512
_NUMBER: Final = 2**63


def read(topic: str, payload: bytes) -> Said | Rubbish | None:
    """Understand one message; None for a topic that the desk does not watch."""
    levels = topic.removeprefix(f"{ROOT}/").split("/")
    if not topic.startswith(f"{ROOT}/"):
        return None
    match levels:
        case ["_area", area, gate] if valid_id(area) and valid_id(gate):
            return _sized(gate, payload) or _leaf(gate, area, payload)
        case ["_service", service, "alert", name] if valid_id(service) and valid_id(name):
            whose = f"service:{service}"  # as the broker knows it, and as no gate is called
            return _sized(whose, payload) or _of_gate(whose, ["alert", name], payload)
        case [gate, *leaf] if valid_id(gate) and all(valid_id(level) for level in leaf):
            return _sized(gate, payload) or _of_gate(gate, leaf, payload)
        case _:
            return None


def _sized(gate: str, payload: bytes) -> Rubbish | None:
    return Rubbish(gate, Why.TOO_LONG) if len(payload) > MAX_BYTES else None


def _of_gate(gate: str, leaf: list[str], payload: bytes) -> Said | Rubbish | None:
    """Read a message of a gate's own branch."""
    match leaf:
        case ["availability"] if payload:
            known = payload in {ONLINE, OFFLINE}
            return Availability(gate, payload == ONLINE) if known else Rubbish(gate, Why.NOT_AS_TOLD)
        case ["alert" | "assist" as branch, name] if not payload:
            return AlertCleared(gate, name if branch == "alert" else _waiting(name))
        case ["availability" | "info" | "health"] | ["doc", _, "reported"] if not payload:
            return Forgotten(gate, "/".join(leaf))
        case ["info"] | ["health"] | ["alert" | "assist", _] | ["doc", _, "reported"] | ["event", "access"]:
            value = _object(payload)
            if value is None:
                return Rubbish(gate, Why.NOT_JSON)
            return _told(gate, leaf, value) or Rubbish(gate, Why.NOT_AS_TOLD)
        case _:
            return None


def _told(gate: str, leaf: list[str], value: dict[str, object]) -> Said | None:
    """Read a JSON object by the topic it stood in."""
    match leaf:
        case ["info"]:
            return _birth(gate, value)
        case ["health"]:
            whole = {key: number for key, number in value.items() if _whole(number) is not None}
            return Numbers(gate, whole) if len(value) <= MAX_NUMBERS else None  # type: ignore[arg-type]
        case ["alert" | "assist" as branch, name]:
            return (_alert if branch == "alert" else _assist)(gate, name, value)
        case ["doc", kind, _]:
            version, state = _whole(value.get("version")), plain(value.get("state"), MAX_LABEL)
            if version is None or state is None:
                return None
            return DocumentReported(gate, kind, state, version, plain(value.get("reason"), MAX_LABEL))
        case _:
            return _decided(gate, value)


def _birth(gate: str, value: dict[str, object]) -> Birth | None:
    labels = value.get("labels")
    if not isinstance(labels, dict) or len(labels) > MAX_LABELS:
        return None
    shown = {key: text for key, one in labels.items() if valid_id(key) and (text := plain(one, MAX_LABEL))}
    run, version, nonce = (plain(value.get(name), MAX_LABEL) for name in ("run", "version", "nonce"))
    return None if run is None or version is None or nonce is None else Birth(gate, run, version, nonce, shown)


def _alert(gate: str, name: str, value: dict[str, object]) -> AlertRaised | None:
    meaning, action, clears = (plain(value.get(key)) for key in ("meaning", "action", "clears"))
    severity = value.get("severity")
    if meaning is None or action is None or clears is None:
        return None
    if severity != "critical" and severity != "warning" and severity != "info":  # noqa: PLR1714  narrows the literal
        return None
    since = times.parse(str(value.get("since")))
    token = f"{plain(value.get('boot'), MAX_LABEL)}:{_whole(value.get('boottime_ms'))}"
    subject = plain(value.get("subject"), MAX_LABEL)
    return AlertRaised(gate, name, severity, meaning, action, clears, subject, since, token)


def _waiting(name: str) -> str:
    """Name a request beside the alerts of its gate: no alert's name has a slash."""
    return f"assist/{name}"


def _assist(gate: str, name: str, value: dict[str, object]) -> AlertRaised | None:
    reader, reason = plain(value.get("reader"), MAX_LABEL), plain(value.get("reason"), MAX_LABEL)
    if reader is None or reason is None:
        return None
    meaning = f"A person waits at the reader {reader} for an officer's answer; the gate asks because of: {reason}."
    if value.get("escalated") is True:
        meaning += " Nobody has answered so far."
    action = f"Speak to them, then: gapura-ops cmd {gate} admit request={name} --reason WHY --operator D; or refuse."
    since = times.parse(str(value.get("since")))
    ends = "Answered, or nobody has answered in time."
    return AlertRaised(gate, _waiting(name), "critical", meaning, action, ends, reader, since, "", waits=True)


def _decided(gate: str, value: dict[str, object]) -> Decided | None:
    data = value.get("data")
    if not isinstance(data, dict):
        return None
    name, decision, direction = (plain(one, MAX_LABEL) for one in _named(value, data))
    if name is None or decision is None or direction is None:
        return None
    reason = plain(data.get("reason"), MAX_LABEL) or plain(data.get("remark"), MAX_LABEL)
    when = times.parse(str(value.get("time")))
    return Decided(gate, name, decision, direction, reason, plain(data.get("class"), MAX_LABEL), when)


def _named(value: dict[str, object], data: dict[str, object]) -> tuple[object, object, object]:
    return value.get("id"), data.get("decision"), data.get("direction")


def _leaf(gate: str, area: str, payload: bytes) -> Leaf | Forgotten | Rubbish:
    if not payload:
        return Forgotten(gate, f"_area/{area}")
    value = _object(payload)
    if value is None:
        return Rubbish(gate, Why.NOT_JSON)
    entered, left = _whole(value.get("in")), _whole(value.get("out"))
    if entered is None or left is None or min(entered, left) < 0:
        return Rubbish(gate, Why.NOT_AS_TOLD)
    return Leaf(gate, area, entered, left, _whole(value.get("capacity")))


def _object(payload: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _whole(value: object) -> int | None:
    """Take a whole number that a counter can hold."""
    return value if type(value) is int and -_NUMBER < value < _NUMBER else None
