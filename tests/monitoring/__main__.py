"""`make monitoring`: the shipped files in Debian's real programs, behind a real broker and gate.

promtool tries every alert, the MQTT exporter is scraped, and Prometheus answers every panel of the dashboard. CHECK and
SUMMARY lines go to stdout. A program that is missing is a failed check, never a silent skip.
"""

from __future__ import annotations

import argparse
import http.client
import re
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker, free_port
from provisioning.rig.gate import Plan, Rig
from tests.broker import stand
from tests.monitoring import dashboard
from tests.torture.checks import Checks

FILES: Final = Path(__file__).parents[2] / "provisioning" / "monitoring" / "prometheus"
METRIC: Final = re.compile(r'^(gapura_\w+)\{.*sensor="gate-1".*\} (\S+)', re.MULTILINE)
WANTED: Final = {
    f"gapura_{name}" for name in ("alarms", "link_up", "journal_backlog", "inbox_waiting", "output_failures")
}
MISSING: Final = "is missing: .ci/bootstrap --monitoring"


def main() -> int:
    """Run the checks."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitoring", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given; nothing is drawn")
    options = parser.parse_args()
    checks = Checks("monitoring", secrets.randbits(32) if options.seed is None else options.seed)
    rules = FILES / "alerts_test.yaml"
    checks.check("prometheus-alerts", rules.read_text().count("exp_alerts"), alerts(rules))
    with tempfile.TemporaryDirectory(prefix="gapura-monitoring-") as folder:
        scraped(checks, Path(folder))
    return checks.summary()


def alerts(rules: Path) -> list[str]:
    """Let promtool try the alerts; say what it found."""
    try:
        done = subprocess.run(["promtool", "test", "rules", rules], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return [f"promtool {MISSING}"]
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def scraped(checks: Checks, folder: Path) -> None:
    """Run a whole gate with its broker, and the exporter beside it; scrape it, and ask for the panels."""
    with Rig(folder / "rig", Plan(readers={"outside": None}, health_s=5)) as rig:
        broker = rig.broker
        port = free_port()
        config = folder / "exporter.yaml"
        config.write_text(adapted(broker))
        argv = [
            "prometheus-mqtt-exporter",
            "-config",
            str(config),
            "-listen-address",
            LOOPBACK,
            "-listen-port",
            str(port),
        ]
        try:
            with (folder / "exporter.log").open("wb") as log:
                exporter = subprocess.Popen(argv, stdout=log, stderr=log)
        except FileNotFoundError:
            checks.check("prometheus-exporter", 0, [f"prometheus-mqtt-exporter {MISSING}"])
            return
        try:
            metrics = until_told(port)
            missing = sorted(WANTED - metrics.keys())
            faults = [f"missing {missing}: {(folder / 'exporter.log').read_text()[-800:]}"] if missing else []
            faults += [] if metrics.get("gapura_link_up") == "1" else ["link_up is not 1"]
            checks.check("prometheus-exporter", len(metrics), faults)
            checks.check("grafana-dashboard", *dashboard.answered(folder, port))
        finally:
            exporter.terminate()
            exporter.wait()


def adapted(broker: Broker) -> str:
    """Put this broker's address and files into the shipped configuration; everything else stays."""
    certificate, key = broker.issue(Holder.OPERATOR, WATCHER)
    text = (FILES / "mqtt-exporter.yaml").read_text()
    text = text.replace("broker.example.org:8883", f"{LOOPBACK}:{broker.port}")
    for name, path in {
        "device-ca.crt": broker.ca,
        "operator-prometheus.crt": certificate,
        "prometheus.key": key,
    }.items():
        text = re.sub(rf"/etc/prometheus/gapura/\S*{re.escape(name)}", str(path), text)
    return text


def until_told(port: int) -> dict[str, str]:
    """Scrape until the exporter names the gate, for half a minute at most."""
    found: dict[str, str] = {}
    until_s = time.monotonic() + stand.PATIENCE_S
    while "gapura_link_up" not in found and time.monotonic() < until_s:
        time.sleep(0.1)
        try:
            connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
            connection.request("GET", "/metrics")
            found = dict(METRIC.findall(connection.getresponse().read().decode()))
            connection.close()
        except OSError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
