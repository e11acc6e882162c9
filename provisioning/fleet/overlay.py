"""Configuration keys in an inventory: dotted names and texts, which become what is laid over a board file.

Values are TOML; a bare word is a text. Each section is judged by the model that the gate reads it with, so that what
passes here is not refused at the door for its form. Who the gate is and how it reaches its broker stands elsewhere.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ValidationError

from firmware.control.config import Config
from firmware.control.first_config import ALLOWED
from firmware.control.remote import EVERY
from firmware.signed import wording
from provisioning.fleet.rows import LABEL

if TYPE_CHECKING:
    from provisioning.fleet.rows import Mistakes, Row

_ELSEWHERE: Final = {
    "gate.id": "the column id says it",
    "gate.area": "the column area says it",
    "gate.labels": "label.NAME columns say them",
    "gate.groups": "the column groups says it",
    "gate.stage": "the column stage says it",
    "door.kind": "the column door says it",
    "mqtt.host": "the column brokers says it",
    "mqtt.port": "the column brokers says it",
    "mqtt.fallback": "the column brokers says it",
}
"""Keys that have a column of their own."""


def read(row: Row, found: Mistakes) -> dict[str, object]:
    """Read the configuration keys of a gate's row; those that are wrong are noted and left out."""
    settings: dict[str, object] = {}
    for column, cell in row.cells.items():
        if "." not in column or column.startswith(LABEL):
            continue
        if column in _ELSEWHERE:
            found.at(row, column, "is not set here", f"take it out: {_ELSEWHERE[column]}")
        elif (remark := _fault(column, cell.text)) is not None:
            found.at(row, column, *remark)
        else:
            _put(settings, column.split("."), value_of(cell.text))
    return settings


def value_of(text: str) -> object:
    """Read one value: TOML, or the text itself where it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _put(settings: dict[str, object], keys: list[str], value: object) -> None:
    *sections, last = keys
    for key in sections:
        below = settings.setdefault(key, {})
        if not isinstance(below, dict):
            return
        settings = below
    settings[last] = value


@lru_cache(maxsize=4096)
def _fault(column: str, text: str) -> tuple[str, str] | None:
    """Judge one key by the gate's own model; what it wants beside this key is the board file's matter."""
    section, *keys = column.split(".")
    model = _model(section)
    if model is None or not keys:
        return "is no key of a configuration", "firmware/control/README.md names them"
    said: dict[str, object] = {}
    _put(said, keys, value_of(text))
    try:
        model.model_validate(said)
    except ValidationError as error:
        for detail in error.errors():
            if detail["type"] != "missing":
                told = wording.remedy(detail) or "firmware/control/README.md says what may stand here"
                return wording.finding(detail), told
    allowed = ALLOWED.get(section, frozenset())
    if section == "readers" or not (allowed is EVERY or keys[0] in allowed):
        return "is not set here", "take it out: the board file says it"
    return None


def _model(section: str) -> type[BaseModel] | None:
    """Find the model of a section."""
    field = Config.model_fields.get(section)
    if field is None:
        return None
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next((one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)), None)


def laid_over(board: dict[str, object], over: dict[str, object]) -> dict[str, object]:
    """Lay one part of a configuration over another: tables key by key, everything else whole."""
    result = dict(board)
    for key, value in over.items():
        below = result.get(key)
        result[key] = laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
