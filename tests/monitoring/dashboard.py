"""The dashboard's questions put to a real Prometheus that scrapes the real exporter. It judges only what came back."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provisioning.broker.runner import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = Path(__file__).parents[2] / "provisioning" / "monitoring" / "grafana" / "gates.json"
PATIENCE_S: Final = 60.0
FILLED: Final = {"$gate": ".*", "$__rate_interval": "1m"}
"""What Grafana puts for its variables when all gates are chosen."""

SPOKEN: Final = {"Gates heard", "Gates silent", "Doors with an alarm", "Disks that fail", "Events waiting"}
"""Panels that say something of a gate that is well; the others show what is wrong and are empty then."""


def questions() -> Iterator[tuple[str, str]]:
    """Give each panel's title and question, as Grafana would put it."""
    for panel in json.loads(FILE.read_text())["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for variable, value in FILLED.items():
                expression = expression.replace(variable, value)
            yield panel["title"], expression


def answered(folder: Path, exporter: int) -> tuple[int, list[str]]:
    """Ask everything of a Prometheus that scrapes this port; return how much was asked, and what went wrong."""
    port = free_port()
    config = folder / "prometheus.yml"
    scraping = {"job_name": "gapura", "static_configs": [{"targets": [f"{LOOPBACK}:{exporter}"]}]}
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [scraping]}))
    argv = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    with (folder / "prometheus.log").open("wb") as log:
        server = subprocess.Popen([*argv, f"--web.listen-address={LOOPBACK}:{port}"], stdout=log, stderr=log)
    try:
        if not _scrapes(port):
            return 0, [f"prometheus scraped no gate: {(folder / 'prometheus.log').read_text()[-800:]}"]
        asked = list(questions())
        return len(asked), [fault for title, question in asked for fault in _faults(port, title, question)]
    finally:
        server.terminate()
        server.wait()


def _scrapes(port: int) -> bool:
    """Wait until the gate is there, with two scrapes to make a rate of."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        found = _ask(port, "count_over_time(gapura_link_up[5m]) > 1")
        if found.get("status") == "success" and found["data"]["result"]:
            return True
        time.sleep(0.2)
    return False


def _faults(port: int, title: str, question: str) -> list[str]:
    """Put one question: it must be understood, and answered where there is always something to say."""
    found = _ask(port, question)
    if found.get("status") != "success":
        return [f"{title}: {found.get('error')}: {question}"]
    silent = title in SPOKEN and not found["data"]["result"]
    return [f"{title}: no answer to {question}"] if silent else []


def _ask(port: int, question: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/api/v1/query?" + urllib.parse.urlencode({"query": question}))
        found = json.loads(connection.getresponse().read())
    except (OSError, ValueError):
        return {}
    finally:
        connection.close()
    return found if isinstance(found, dict) else {}
