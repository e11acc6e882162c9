"""The shipped Prometheus files know every number a gate tells, and the page knows every alert."""

from __future__ import annotations

import re

from provisioning.contract.health import NUMBERS
from tests.unit.house import tree

FOLDER = "provisioning/monitoring"


def test_the_exporter_takes_every_number() -> None:
    """Each number with a name of its own is exported under it, as the counter or gauge it is."""
    text = tree.read(f"{FOLDER}/prometheus/mqtt-exporter.yaml")
    found = re.findall(r"prom_name: gapura_(\w+)\n    mqtt_name: (\w+)\n    help: .*\n    type: (\w+)", text)
    assert found == [(one.name, one.name, one.sort) for one in NUMBERS if "{" not in one.name]


def test_alerts_ask_only_for_numbers_that_are_exported() -> None:
    """No alert waits for a metric that nobody makes, and each has its line in the page and its trial."""
    rules, trials = (tree.read(f"{FOLDER}/prometheus/{name}.yaml") for name in ("alerts", "alerts_test"))
    exported = {f"gapura_{one.name}" for one in NUMBERS}
    assert set(re.findall(r"gapura_\w+", rules)) <= exported
    alerts = re.findall(r"alert: (\w+)", rules)
    assert alerts
    assert [name for name in alerts if trials.count(f"alertname: {name}\n") != 2] == []
    assert re.findall(r"^\| `(\w+)`", tree.read(f"{FOLDER}/README.md"), re.MULTILINE) == alerts
