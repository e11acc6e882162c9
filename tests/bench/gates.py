"""Many gates in one process, each with the shipped journal and link, for `fleet`: run as a program, told by stdin.

`python -m tests.bench.gates FOLDER PORT CA FIRST COUNT` tells on stdout when a gate came up (`up GATE MS`, milliseconds
of CLOCK_MONOTONIC). At `rest` on stdin it writes no more; at its end it names what each journal holds.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from firmware.control.clock import SystemClock
from firmware.events import Record
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.records.settings import LinkSettings
from provisioning.broker.runner import LOOPBACK
from tests.torture.delivery.replaying import Replaying

if TYPE_CHECKING:
    from firmware.control.clock import Clock

HEALTH_S: Final = 30.0
EVERY_S: Final = 20.0
"""How often one gate writes, on average."""

STACK_BYTES: Final = 512 * 1024


def name(number: int) -> str:
    """Name a gate by its number."""
    return f"fleet-{number:04d}"


class Gate:
    """One journal and one link."""

    def __init__(self, settings: LinkSettings, folder: Path, gate: str, clock: Clock) -> None:
        """Open the journal and begin to connect."""
        self._token, self._clock, notices = 0, clock, Notices()
        replaying = Replaying(gate, notices)
        self.name = gate
        self.journal = Journal(folder / f"{gate}.db", gate, committed=lambda _: None)
        self.link = Link(
            settings,
            gate,
            self.journal,
            info=lambda: {"boot": "boot", "run": "run", "version": "0", "config_digest": "d"},
            health=self.journal.counters,
            changed=lambda up: _tell(f"up {gate} {time.monotonic_ns() // 1_000_000}") if up else None,
            heard=replaying.heard,
            notices=notices,
        )
        replaying.link = self.link
        self.link.start()

    def write(self) -> None:
        """Write one record."""
        self._token += 1
        self.journal.submit(Record(self._token, "access", self._clock.now(), {"n": self._token}))


def main() -> None:
    """Run the gates until stdin ends."""
    folder, port, ca, first, count = sys.argv[1:]
    threading.stack_size(STACK_BYTES)
    home, clock, gates = Path(folder), SystemClock(2), []
    for number in range(int(first), int(first) + int(count)):
        gate = name(number)
        files = (home / "certificates" / f"{gate}.crt", home / "certificates" / f"{gate}.key")
        settings = LinkSettings(LOOPBACK, int(port), Path(ca), *files, health_s=HEALTH_S)
        gates.append(Gate(settings, home, gate, clock))
    resting, ended = threading.Event(), threading.Event()
    threading.Thread(target=_listen, args=(resting, ended), daemon=True).start()
    chance = Random(int(first))  # noqa: S311 - a run must be repeatable
    while not resting.wait(EVERY_S / len(gates) * chance.uniform(0, 2)):
        chance.choice(gates).write()
    ended.wait()
    for each in gates:
        epoch, _, last = each.journal.head()
        _tell(f"holds {each.name} {epoch} {last} {each.journal.counters()['journal_backlog']}")
    os._exit(0)  # a thousand goodbyes in turn are not what is measured


def _listen(resting: threading.Event, ended: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == "rest":
            resting.set()
    resting.set()
    ended.set()


def _tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
