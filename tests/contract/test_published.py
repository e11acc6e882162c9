"""What is published is what the code says, and what the public programs accept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from firmware.records import wire
from firmware.records.kinds import DATA
from provisioning.broker import configuration
from provisioning.contract import asyncapi
from provisioning.contract.channels import channels
from provisioning.contract.publish import PUBLISHED, rendered
from tests.command import gapura_ops
from tests.contract import node

if TYPE_CHECKING:
    from pathlib import Path

ERROR = 0
"""The severity that the parser gives an error; 1 is a warning, 2 and 3 are remarks."""


def parsed(path: Path) -> dict[str, list[Any]]:
    """Let the public parser read a document."""
    found: dict[str, list[Any]] = json.loads(node.run("check_asyncapi.mjs", path))
    return found


def test_what_is_published_is_what_the_models_say(tmp_path: Path) -> None:
    """The command writes the same bytes as lie in the package: none more, none fewer."""
    made = gapura_ops("contract", "--out", tmp_path)
    assert made.code == 0, made.err
    new = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*.json")}
    old = {str(path.relative_to(PUBLISHED)): path.read_text() for path in PUBLISHED.rglob("*.json")}
    assert new == old == rendered(), "run: gapura-ops contract --out provisioning/contract/published"


def test_the_public_parser_accepts_the_document() -> None:
    """It finds neither an error nor a warning, and every channel."""
    found = parsed(PUBLISHED / "asyncapi.json")
    assert [one for one in found["diagnostics"] if one["severity"] in {ERROR, 1}] == []
    assert set(found["channels"]) == {channel.address for channel in channels()}


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        pytest.param('"#/channels/alert"', '"#/channels/nowhere"', id="a-reference-into-nowhere"),
        pytest.param('"action": "send"', '"action": "shout"', id="an-action-nobody-knows"),
        pytest.param('"title": "Gapura gate",', "", id="no-title"),
    ],
)
def test_the_public_parser_would_notice(tmp_path: Path, whole: str, broken: str) -> None:
    """A document with one thing wrong has an error."""
    text = (PUBLISHED / "asyncapi.json").read_text()
    assert whole in text
    (tmp_path / "asyncapi.json").write_text(text.replace(whole, broken, 1))
    assert [one for one in parsed(tmp_path / "asyncapi.json")["diagnostics"] if one["severity"] == ERROR]


@pytest.mark.parametrize("name", sorted(path.name for path in (PUBLISHED / "schemas").iterdir()))
def test_every_schema_is_one_of_its_dialect(name: str) -> None:
    """Each file is a valid schema of the 2020-12 dialect that needs no other file."""
    schema = json.loads((PUBLISHED / "schemas" / name).read_text())
    Draft202012Validator.check_schema(schema)
    assert json.dumps(schema).count('"$ref": "#/$defs/') == json.dumps(schema).count('"$ref"')


def test_every_kind_has_its_channel_and_its_schema() -> None:
    """A kind that a model describes is published, restricted ones on their own branch."""
    addresses = {channel.event: channel.address for channel in channels() if channel.event is not None}
    assert addresses == {kind: wire.event_topic("a", kind).replace("/a/", "/{gate}/") for kind in DATA}
    assert DATA.keys() >= wire.RESTRICTED


def test_every_topic_of_the_access_list_is_described() -> None:
    """What the shipped access list lets a gate write and read is what the document says it sends and receives."""
    listed = configuration.access_list(configuration.Rights())
    for channel in channels():
        topic = channel.address.replace("{gate}", "%u")
        for name in channel.parameters:
            topic = topic.replace(f"{{{name}}}", "+")
        if channel.event is not None:
            topic = topic.rpartition("/")[0] + "/+"
        right = "write" if channel.action == "send" else "read"
        assert f"pattern {right} {topic}\n" in listed, channel.name


def test_the_version_is_told_by_gate_and_document() -> None:
    """The birth carries the version whose first number is the root of every topic."""
    facts = {"boot": "b", "run": "r", "version": "1", "config_digest": "d"}
    assert json.loads(wire.birth(facts, "n", 1))["contract"] == wire.CONTRACT
    assert wire.ROOT.split("/")[1] == wire.CONTRACT.split(".", maxsplit=1)[0]
    assert str(asyncapi.document()["info"]).count(f"'{wire.CONTRACT}.0'") == 1
