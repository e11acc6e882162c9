"""The shipped Prometheus files know every number a gate tells, and the page knows every alert."""

from __future__ import annotations

import re

from firmware.setup.reasons import Why
from provisioning.contract.health import NUMBERS, table
from provisioning.enrolment import alerts
from provisioning.enrolment.numbers import NUMBERS as SERVICE
from tests.unit.house import tree

FOLDER = "provisioning/monitoring"


def exported(name: str, before: str) -> list[tuple[str, str, str]]:
    """List what an exporter's file makes: the metric without what stands before it, the number, and its sort."""
    text = tree.read(f"{FOLDER}/prometheus/{name}.yaml")
    return re.findall(rf"prom_name: {before}(\w+)\n    mqtt_name: (\w+)\n    help: .*\n    type: (\w+)", text)


def test_the_exporter_takes_every_number() -> None:
    """Each number with a name of its own is exported under it, as the counter or gauge it is."""
    named = [(one.name, one.name, one.sort) for one in NUMBERS if "{" not in one.name]
    assert exported("mqtt-exporter", "gapura_") == named
    assert {f"setup_{why}" for why in Why} <= {name for name, _, _ in named}


def test_the_second_exporter_takes_every_number_of_the_enrolment_service() -> None:
    """From the service's own topic, which the first one's filter does not meet; the page has the same table."""
    assert exported("enrolment-exporter", "gapura_enrolment_") == [(one.name, one.name, one.sort) for one in SERVICE]
    assert f"topic_path: {alerts.BRANCH.replace('/enrolment', '/+')}/health\n" in tree.read(
        f"{FOLDER}/prometheus/enrolment-exporter.yaml"
    )
    assert table(SERVICE) in tree.read("provisioning/enrolment/README.md")


def test_alerts_ask_only_for_numbers_that_are_exported() -> None:
    """No alert waits for a metric that nobody makes, and each has its line in the page and its trial."""
    rules, trials = (tree.read(f"{FOLDER}/prometheus/{name}.yaml") for name in ("alerts", "alerts_test"))
    exported = {f"gapura_{one.name}" for one in NUMBERS}
    assert set(re.findall(r"gapura_\w+", rules)) <= exported
    alerts = re.findall(r"alert: (\w+)", rules)
    assert alerts
    assert [name for name in alerts if trials.count(f"alertname: {name}\n") != 2] == []
    assert re.findall(r"^\| `(\w+)`", tree.read(f"{FOLDER}/README.md"), re.MULTILINE) == alerts
