"""What a provisioning document may say of a door, laid over the file of its board; and the TOML of what comes of it.

The board file says what hangs on which pin, which way a reader leads and what kind of lock there is, for only whoever
wired the board knows. A document that says otherwise of these is refused; it never changes them. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from firmware.control import soundness
from firmware.control.config import Config
from firmware.control.remote import EVERY

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.signed.provision import GateBody

FILES: Final = frozenset({"ca", "certificate", "key", "host", "port", "fallback"})
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "gate": frozenset({"area", "labels", "groups", "stage"}),
    "door": frozenset(
        {
            "kind",
            "unlock_ms",
            "long_unlock_ms",
            "pulse_ms",
            "held_ms",
            "prealarm_ms",
            "relock",
            "free_handle",
            "posture",
        }
    ),
    "readers": EVERY,
    "mqtt": frozenset({"health_s", "reconnect_s", "home_assistant"}),
    "journal": EVERY,
    "clock": frozenset({"error_s"}),
    "documents": EVERY,
    "assistance": EVERY,
    "speech": frozenset({"language"}),
}
"""Sections, and in each the keys that a document may name."""

_SAME: Final = frozenset({"side", "out_of_sight"})
"""What a document may repeat of a reader, so that a sheet for another kind of door is noticed."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

Values = dict[str, object]


def overlay(body: GateBody) -> Values:
    """Say in the words of the file what a document brings: who the gate is, its brokers, its first keys."""
    config = {name: dict(value) if isinstance(value, Mapping) else value for name, value in body.config.items()}
    gate, mqtt = config.get("gate"), config.get("mqtt")
    host, port = soundness.address(body.brokers[0], 8883)
    first: Values = {"host": host, "port": port, "fallback": body.brokers[1:]}
    config["gate"] = {**(gate if isinstance(gate, dict) else {}), "id": body.gate}
    config["mqtt"] = {**(mqtt if isinstance(mqtt, dict) else {}), **first}
    return config


def problem(board: Mapping[str, object], body: GateBody) -> str | None:
    """Say what in a document does not fit this board; None if nothing."""
    for section, values in body.config.items():
        allowed = ALLOWED.get(section)
        if allowed is None or not isinstance(values, Mapping):
            return f"{section} is not for a document to say"
        for key, value in values.items():
            if allowed is not EVERY and key not in allowed:
                return f"{section}.{key} is not for a document to say"
            if section == "readers" and not _same_reader(board, key, value):
                return f"readers.{key} is another reader than this board's"
    kind = _table(body.config, "door").get("kind")
    own = _table(board, "door").get("kind")
    return (
        None if kind is None or own is None or kind == own else f"the document is for a {kind}, the board for a {own}"
    )


def frees(board: Mapping[str, object], body: GateBody) -> bool:
    """Say whether a document, laid over a board file, lets everybody through as long as nobody says otherwise."""
    own = _table(board, "door").get("posture")
    return _table(body.config, "door").get("posture", own) == "free_access"


def in_service(laid: Mapping[str, object]) -> Values:
    """Have a gate decide, whatever its document says of that."""
    return {**laid, "gate": {**_table(laid, "gate"), "stage": "active"}}


def merged(board: Mapping[str, object], laid: Mapping[str, object], state_dir: Path, identity: Path) -> Values:
    """Lay a document's keys over a board file, with the files of the identity in their places."""
    whole: Values = dict(board)
    for section, values in laid.items():
        if section == "readers":
            continue
        whole[section] = {**_table(board, section), **_table(laid, section)} if isinstance(values, Mapping) else values
    whole["gate"] = {**_table(whole, "gate"), "state_dir": str(state_dir)}
    named = {"ca": "device-ca.crt", "certificate": "gate.crt", "key": "gate.key"}
    whole["mqtt"] = {**_table(whole, "mqtt"), **{key: str(identity / name) for key, name in named.items()}}
    return whole


def judged(values: Mapping[str, object]) -> Config | str:
    """Hold the whole against the gate's own model; one line that says what is wrong first."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}".lstrip(": ")


def spelled(values: Mapping[str, object]) -> str:
    """Write bare values as TOML 1.0: sections of plain values, and one level of sections in them."""
    lines: list[str] = []
    _spell((), values, lines)
    return "\n".join(lines) + "\n"


def _spell(path: tuple[str, ...], values: Mapping[str, object], lines: list[str]) -> None:
    tables = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    lines += [f"{_key(key)} = {_value(value)}" for key, value in values.items() if key not in tables]
    for key, table in tables.items():
        inner = (*path, key)
        lines += ["", f"[{'.'.join(map(_key, inner))}]"]
        _spell(inner, table, lines)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def _value(value: object) -> str:
    """Write one value; JSON's texts, numbers and truth values are TOML's too, but for DEL, which JSON leaves bare."""
    if isinstance(value, list | tuple | frozenset):
        return f"[{', '.join(_value(one) for one in (sorted(value) if isinstance(value, frozenset) else value))}]"
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return json.dumps(str(value), ensure_ascii=False)


def _same_reader(board: Mapping[str, object], name: str, said: object) -> bool:
    """Say whether what a document says of a reader is what the board file says."""
    own = _table(_table(board, "readers"), name)
    return (
        isinstance(said, Mapping)
        and bool(own)
        and all(key in _SAME and own.get(key, False) == value for key, value in said.items())
    )


def _table(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}
