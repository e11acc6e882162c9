"""The stand the tests use: a real broker, a real journal, a real link, and an outsider who watches.

Nothing here asserts what a gate does; it only waits, and gives up after a generous time.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from firmware.events import Instant, Record
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.records.settings import LinkSettings
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.broker.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.heard import Heard
    from firmware.records.row import History

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
GATE = "gate-1"
FACTS: dict[str, object] = {
    "boot": "boot-1",
    "run": "run-1",
    "version": "0.1.0",
    "config_digest": "d",
    "labels": {"area": "lobby"},
}


def require_mosquitto() -> None:
    """Fail, rather than skip, when the broker is not installed: these tests are what the link is judged by."""
    if shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") is None:
        message = "mosquitto is missing: sudo apt-get install mosquitto"
        raise AssertionError(message)


def settings(broker: Broker, gate: str = GATE) -> LinkSettings:
    """Name this broker, with a certificate for the gate, and little patience."""
    certificate, key = broker.issue(Holder.GATE, gate)
    return LinkSettings(
        LOOPBACK,
        broker.port,
        broker.ca,
        certificate,
        key,
        keepalive_s=5,
        health_s=60,
        will_delay_s=1,
        refused_first_ms=50,
        backoff_first_ms=50,
        backoff_most_ms=200,
    )


def watching(broker: Broker, *topics: str) -> Watcher:
    """Prepare an outsider with an observer's certificate."""
    certificate, key = broker.issue(Holder.OPERATOR, WATCHER)
    return Watcher(broker.port, broker.ca, certificate, key, topics=topics)


def until(what: Callable[[], bool]) -> bool:
    """Look again and again until it is so; say whether it ever was."""
    deadline_s = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not what():
        if time.monotonic() > deadline_s:
            return False
        pause.wait(0.01)
    return True


class Gate:
    """The records side of a gate: a journal and a link, without a door."""

    def __init__(
        self,
        folder: Path,
        link: LinkSettings,
        gate: str = GATE,
        facts: dict[str, object] | None = None,
        history: History | None = None,
    ) -> None:
        """Open the journal; `with` starts the link."""
        self.ups: list[bool] = []
        self.heard: list[Heard] = []
        self.notices = Notices()
        self._changed = threading.Condition()
        self._token = 0
        folder.mkdir(exist_ok=True)
        self.journal = Journal(folder / "journal.db", gate, committed=lambda _: None)
        self.link = Link(
            link,
            gate,
            self.journal,
            info=lambda: facts or FACTS,
            health=lambda: {"uptime_s": 7},
            changed=self._note,
            heard=self.heard.append,
            notices=self.notices,
            groups=frozenset({"lobby"}),
            history=history,
        )

    def __enter__(self) -> Self:
        """Start the link."""
        self.link.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End link and journal."""
        self.link.close()
        self.journal.close()

    def _note(self, up: bool) -> None:  # noqa: FBT001 - the link's callback
        with self._changed:
            self.ups.append(up)
            self._changed.notify_all()

    def wait_up(self, *, up: bool = True, times: int = 1) -> bool:
        """Wait until the link has come up (or gone down) so many times."""
        with self._changed:
            return self._changed.wait_for(lambda: self.ups.count(up) >= times, PATIENCE_S)

    def write(self, count: int, kind: str = "access") -> None:
        """Submit records that are numbered over all calls."""
        for _ in range(count):
            self.write_at(Instant(1, 100, 102, "rtc"), kind)

    def write_at(self, at: Instant, kind: str = "access") -> None:
        """Submit one record of this time."""
        self._token += 1
        self.journal.submit(Record(self._token, kind, at, {"n": self._token}))

    def wait_fault(self, fault: str) -> bool:
        """Wait until the link has counted this fault."""
        return until(lambda: self.link.counters().get(f"link_fault_{fault}", 0) > 0)

    def wait_empty(self) -> bool:
        """Wait until the broker has taken everything and the journal has noted it."""

        def empty() -> bool:
            return self.journal.counters()["journal_committed"] >= self._token and not self.journal.pending(0, 1)

        return until(empty)


def wait_events(watcher: Watcher, count: int, gate: str = GATE) -> bool:
    """Wait until an outsider has seen so many events."""
    prefix = f"gapura/1/{gate}/event/"
    return watcher.wait(lambda seen: sum(each.topic.startswith(prefix) for each in seen) >= count, PATIENCE_S)


def numbers(watcher: Watcher, gate: str = GATE) -> list[int]:
    """Name the events an outsider saw by their sequence numbers, in order of arrival."""
    return [int(str(event["sequence"])) for event in watcher.events(gate)]


def with_parts(link: LinkSettings, **parts: object) -> LinkSettings:
    """Exchange some of the settings."""
    return replace(link, **parts)  # type: ignore[arg-type]


def started(broker: Broker, folder: Path) -> subprocess.Popen[str]:
    """Start the records side of a gate in a process of its own."""
    certificate, key = broker.issue(Holder.GATE, GATE)
    arguments = [str(part) for part in (folder, broker.port, broker.ca, certificate, key)]
    command = [sys.executable, "-m", "tests.broker.gate_process", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def outsider(ca: Path, certificate: Path, key: Path, name: str = "") -> Client:
    """Prepare a client of the library's own, for whoever is not ours."""
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(certificate, key)
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context)
    return client
