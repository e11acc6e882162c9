"""The shipped dashboard: known to Grafana's own types to the last key, and made of numbers that are exported."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.unit.house import tree

FILE = "provisioning/monitoring/grafana/gates.json"
register_default_plugins()


def shipped() -> dict[str, Any]:
    """Read the dashboard."""
    found = json.loads(tree.read(FILE))
    assert isinstance(found, dict)
    return found


def understood(value: dict[str, Any]) -> object:
    """Let Grafana's types read a dashboard, and write down what they understood."""
    return json.loads(json.dumps(Dashboard.from_json(value), cls=JSONEncoder))


def lost(said: object, heard: object, at: str = "") -> list[str]:
    """Name what was said and not understood; what was added, because it is the default, is not asked for."""
    if isinstance(said, dict) and isinstance(heard, dict):
        return [
            where
            for key, value in said.items()
            for where in ([f"{at}.{key}"] if key not in heard else lost(value, heard[key], f"{at}.{key}"))
        ]
    if isinstance(said, list) and isinstance(heard, list) and len(said) == len(heard):
        return [where for n, pair in enumerate(zip(said, heard, strict=True)) for where in lost(*pair, f"{at}[{n}]")]
    return [] if said == heard else [at]


def expressions() -> list[str]:
    """List what the panels ask Prometheus for."""
    return [target["expr"] for panel in shipped()["panels"] for target in panel["targets"]]


def test_grafanas_types_understand_all_of_it() -> None:
    """Nothing is lost when Grafana's own types read the file and write it again."""
    assert lost(shipped(), understood(shipped())) == []


@pytest.mark.parametrize(
    ("whole", "broken"),
    [('"gridPos"', '"gridPosition"'), ('"templating"', '"templates"'), ('"thresholds"', '"limits"')],
)
def test_grafanas_types_would_notice_a_misspelt_key(whole: str, broken: str) -> None:
    """A key that Grafana does not know is lost on the way and named."""
    wrong = json.loads(tree.read(FILE).replace(whole, broken, 1))
    assert wrong != shipped()
    assert lost(wrong, understood(wrong))


def test_panels_ask_only_for_numbers_that_are_exported() -> None:
    """No panel waits for a metric that the exporter's configuration does not make."""
    exported = set(re.findall(r"prom_name: (\w+)", tree.read("provisioning/monitoring/prometheus/mqtt-exporter.yaml")))
    asked = set(re.findall(r"gapura_\w+", " ".join(expressions())))
    assert asked
    assert asked <= exported


def test_every_panel_can_be_read_and_found() -> None:
    """Each says what it means, has an id and a place of its own, and follows the choice of gates and of the source."""
    panels = shipped()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["description"] and panel["title"] for panel in panels)
    places = [
        (column, row)
        for spot in (panel["gridPos"] for panel in panels)
        for column in range(spot["x"], spot["x"] + spot["w"])
        for row in range(spot["y"], spot["y"] + spot["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(column for column, _ in places) < 24
    known = {"gate", "source", "__rate_interval"}
    assert [one["name"] for one in shipped()["templating"]["list"]] == ["source", "gate"]
    assert set(re.findall(r"\$\{?(\w+)", " ".join(expressions()))) <= known
    assert all("$gate" in expression for expression in expressions())
