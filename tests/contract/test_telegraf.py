"""The shipped Telegraf configuration: sound TOML about topics that a gate has and an observer may read."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from firmware.records.wire import OFFLINE, ONLINE
from provisioning.broker.configuration import Rights, operator_lines
from provisioning.contract.channels import channels
from tests.unit.house import tree

CONFIG: dict[str, Any] = tomllib.loads(tree.read("provisioning/monitoring/telegraf/gapura.conf"))
INPUTS: list[dict[str, Any]] = CONFIG["inputs"]["mqtt_consumer"]
NAMES = [one["name_override"] for one in INPUTS]

KEYS = {
    "servers", "protocol", "topics", "topic_tag", "name_override", "qos", "tls_ca", "tls_cert", "tls_key",
    "data_format", "data_type", "value_field_name", "topic_parsing", "json_v2",
}  # fmt: skip
"""What is used of the plugin's pages (docs.influxdata.com, mqtt_consumer, json_v2 and value)."""


@pytest.mark.parametrize("one", INPUTS, ids=NAMES)
def test_every_input_reads_a_published_topic_that_an_observer_may_read(one: dict[str, Any]) -> None:
    """The topic is one of the contract, and the access list of `watch` has it."""
    assert one.keys() <= KEYS
    (topic,) = one["topics"]
    published = {re.sub(r"\{\w+\}", "+", channel.address) for channel in channels()}
    assert topic in published
    allowed = [line.removeprefix("topic read ") for line in operator_lines("telegraf", Rights())]
    assert any(re.fullmatch(right.replace("+", "[^/]+"), topic) for right in allowed)


@pytest.mark.parametrize("one", INPUTS, ids=NAMES)
def test_every_metric_bears_the_gate_and_comes_over_tls(one: dict[str, Any]) -> None:
    """The gate's id is taken out of the topic at its place, under MQTT 5 and with a certificate."""
    (parsing,) = one["topic_parsing"]
    levels = one["topics"][0].split("/")
    assert parsing["topic"].split("/") == levels
    assert len(parsing["tags"].split("/")) == len(levels)
    assert parsing["tags"].split("/")[2] == "gate"
    assert (one["protocol"], one["servers"]) == ("5", ["ssl://broker.example.org:8883"])
    assert all(one[name].startswith("/etc/telegraf/gapura/") for name in ("tls_ca", "tls_cert", "tls_key"))


def test_words_become_numbers_by_the_words_of_the_contract() -> None:
    """What a gate says of itself and of an alarm is what the mappings know, and each mapping is for one input."""
    found = {}
    for processor in CONFIG["processors"]["enum"]:
        (mapping,) = processor["mapping"]
        (name,), (_,) = processor["namepass"], mapping["fields"]
        found[name] = mapping["value_mappings"]
    online, offline = ONLINE.decode(), OFFLINE.decode()
    assert found == {
        "gapura_availability": {online: 1, offline: 0},
        "gapura_alarm": {"raised": 1, "cleared": 0},
    }
    assert found.keys() <= set(NAMES)
