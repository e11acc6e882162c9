"""The documents of the configuration: the table of keys is the model's, and the complete example is a good door."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from firmware.control import mistakes
from firmware.control.config import Config

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `([a-z_.A-Z]+)` \| (?:`(.*?)`|(required|none)) \| (.*?) \| (.+) \|$", re.MULTILINE)
NARROWER = {"relay.pin", "relay_out.pin", "sounder.pin", "one_shot.pin", "interlock_out.pin"}
"""Pins that stand on fewer lines than the model's type allows: what is safe depends on another key."""


def keys(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Spread a model's schema into key and what the model says of it."""
    parts = schema["$defs"]
    found: dict[str, dict[str, Any]] = {}
    for section, said in schema["properties"].items():
        inner, name = said.get("additionalProperties", said), section
        if "patternProperties" in said:
            inner = next(iter(said["patternProperties"].values()))
        if inner is not said:
            name = f"{section}.NAME"
        inner = next((one for one in inner.get("anyOf", []) if "$ref" in one), inner)
        part = parts[inner["$ref"].rpartition("/")[2]]
        found |= {f"{name}.{key}": value for key, value in part["properties"].items()}
    return found


def written(value: object) -> str:
    """Write a default as the table does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_table_of_keys_is_the_models() -> None:
    """Every key stands there once, in order, with its default and its range, and no other key does."""
    model = keys(Config.model_json_schema())
    rows = ROW.findall((ROOT / "firmware/control/README.md").read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == list(model)
    for key, default, word, allowed, _ in rows:
        said = model[key]
        assert (default or word) == (
            "required" if "default" not in said else written(said["default"]).replace("None", "none")
        )
        if "minimum" in said and key not in NARROWER:
            assert re.match(r"(\d+) to (\d+)\b", allowed), key
            assert allowed.startswith(f"{said['minimum']} to {said['maximum']}"), key


def test_the_complete_example_is_a_good_door() -> None:
    """The example that is installed on a door parses, drives the board's own pins and names every section."""
    config = mistakes.read(ROOT / "systemd/gapura.toml")
    assert isinstance(config, Config), [str(one) for one in config]
    assert config.hardware.remark() is None
    assert {reader.user for reader in config.readers.values()} == {"gapura-reader", "gapura-reader-inside"}
    unused = (
        Config.model_fields.keys()
        - config.model_fields_set
        - {"trust", "hardware", "clock", "journal", "documents", "assistance", "setup", "update"}
    )
    text = (ROOT / "systemd/gapura.toml").read_text(encoding="utf-8")
    listed = re.search(r"# Also there, each left out where it is not wired: (.*?)\.\n", text, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"[a-z_]+", re.sub(r"\(.*?\)|#", "", listed[1]))) == unused
    units = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "systemd").glob("gapura-reader*.service"))
    for reader in config.readers.values():
        assert f"\nUser={reader.user}\n" in units
        assert f"_SOCKET={reader.socket} " in units
