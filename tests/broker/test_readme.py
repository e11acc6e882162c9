"""The broker's README, followed literally on loopback: what it says to type sets up a broker that works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paho.mqtt import publish
from paho.mqtt.enums import MQTTProtocolVersion

from provisioning.broker.runner import free_port
from provisioning.broker.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = ROOT / "provisioning" / "broker" / "README.md"


def commands(heading: str) -> list[str]:
    """Read the commands that stand under a heading of the README."""
    block = README.read_text().split(f"## {heading}\n")[1].split("```\n")[1]
    return block.replace("\\\n", "").splitlines()


def follow(line: str, folder: Path) -> None:
    """Type one command of the README in a folder."""
    words = line.split()
    assert words.pop(0) == "python"
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False, timeout=60
    )
    assert done.returncode == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may look into: mosquitto never stays root."""
    path = Path(tempfile.mkdtemp(prefix="gapura-readme-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_the_commands_of_the_readme_make_a_broker_that_serves(folder: Path) -> None:
    """Its init, its start and its issue, typed as they stand, carry a gate's message to the operator who watches."""
    port = free_port()
    init, start = commands("A broker to try, on this machine")
    follow(f"{init} --port {port}", folder)
    for line in commands("Certificates for gates and operators"):
        follow(line, folder)
    other = "mosquitto" if os.geteuid() == 0 else None
    if other is not None:
        for path in (folder / "broker", *(folder / "broker").rglob("*")):
            shutil.chown(path, other)
    made = folder / "broker"
    ca, gate = made / "device-ca.crt", made / "gates" / "gate-1"
    serving = subprocess.Popen(start.split(), cwd=folder, stderr=subprocess.PIPE, text=True, user=other, group=other)
    try:
        assert serving.stderr is not None
        told = [next(line for line in serving.stderr if "running" in line)]
        watcher = Watcher(port, ca, made / "operator-room2.crt", made / "operator-room2.key", host="localhost")
        with watcher:
            publish.single(
                "gapura/1/gate-1/event/access", "{}", qos=1, hostname="localhost", port=port, client_id="gate-1",
                protocol=MQTTProtocolVersion.MQTTv5,
                tls={"ca_certs": str(ca), "certfile": str(gate / "gate.crt"), "keyfile": str(gate / "gate.key")},
            )  # fmt: skip
            assert watcher.wait(lambda seen: any(one.topic.endswith("event/access") for one in seen), 10)
    finally:
        serving.terminate()
        _, rest = serving.communicate(timeout=10)
    assert "running" in told[0]
    assert (made / "data" / "mosquitto.db").exists(), rest
