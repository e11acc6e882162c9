"""Independent programs consume a gate's events: mosquitto_sub, aiomqtt and npm's mqtt each get every id once."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from typing import TYPE_CHECKING

import aiomqtt

from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from tests.broker import stand
from tests.contract import node

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 25
TOPIC = "gapura/1/gate-1/event/+"


def ids(gate: stand.Gate) -> list[str]:
    """Name the events by what the journal knows of itself."""
    (first,) = gate.journal.pending(0, 1)
    return [f"{stand.GATE}:{first.epoch}:{first.seq + number}" for number in range(COUNT)]


async def by_aiomqtt(broker: Broker, files: tuple[Path, Path], subscribed: asyncio.Event) -> list[str]:
    """Take events until all are there."""
    context = ssl.create_default_context(cafile=str(broker.ca))
    context.load_cert_chain(*files)
    found: dict[str, None] = {}
    async with aiomqtt.Client(
        LOOPBACK, broker.port, tls_context=context, protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        await client.subscribe(TOPIC, qos=1)
        subscribed.set()
        async for message in client.messages:
            found[json.loads(bytes(message.payload))["id"]] = None
            if len(found) == COUNT:
                break
    return list(found)


def test_independent_programs_get_every_event_once(broker: Broker, tmp_path: Path) -> None:
    """Three programs by other authors subscribe, the gate comes, and all of them hold the same ids in order."""
    files = broker.issue(Holder.OPERATOR, WATCHER)
    common = ["-h", LOOPBACK, "-p", str(broker.port), "--cafile", broker.ca, "--cert", files[0], "--key", files[1]]
    sub = ["mosquitto_sub", "-V", "mqttv5", *map(str, common), "-q", "1", "-t", TOPIC, "-C", str(COUNT), "-W", "40"]
    script = node.command("consume.mjs", str(broker.port), broker.ca, *files, TOPIC, str(COUNT))
    gate = stand.Gate(tmp_path / "gate", stand.settings(broker))
    gate.write(COUNT)
    assert stand.until(lambda: gate.journal.counters()["journal_committed"] == COUNT)
    wanted = ids(gate)

    async def consume() -> list[str]:
        subscribed = asyncio.Event()
        task = asyncio.create_task(by_aiomqtt(broker, files, subscribed))
        await asyncio.wait_for(subscribed.wait(), stand.PATIENCE_S)
        with gate:
            return await asyncio.wait_for(task, stand.PATIENCE_S)

    with (
        subprocess.Popen(sub, stdout=subprocess.PIPE, text=True) as plain,
        subprocess.Popen(script, cwd=node.PACKAGES, stdout=subprocess.PIPE, text=True) as npm,
    ):
        assert npm.stdout is not None
        assert npm.stdout.readline() == "ready\n"
        assert stand.until(lambda: broker.log().count("New client connected") >= 2)
        found = asyncio.run(consume())
        assert [json.loads(line)["id"] for line in plain.communicate(timeout=50)[0].splitlines()] == wanted
        assert npm.communicate(timeout=50)[0].split() == wanted
    assert found == wanted
