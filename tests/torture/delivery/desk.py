"""One gate, one broker, one consumer, and the judgement over them: every row of the journal was stored, and no other.

It strikes nothing; the trials do.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from provisioning.broker.configuration import Rights
from provisioning.broker.runner import Broker
from tests.torture.delivery.consumer import NAME, Consumer
from tests.torture.delivery.line import Line
from tests.torture.delivery.replaying import order
from tests.torture.delivery.source import GATE, Source
from tests.torture.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.ledger import Entry

PATIENCE_S: Final = 180.0
"""Far beyond what a machine with other work needs; what takes longer never comes."""

QUEUE: Final = 1_000
"""What mosquitto keeps for a consumer that is away unless it is told otherwise."""


@dataclass(slots=True)
class Told:
    """What a trial came to; times are milliseconds from the end of a blow until nothing was missing any more."""

    name: str
    n: int = 0
    faults: list[str] = field(default_factory=list)
    recovered_ms: list[int] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)


class Desk:
    """A running broker with a consumer of its own, and a gate that nobody has started yet."""

    def __init__(self, folder: Path, *, queue: int | None = None, lined: bool = False) -> None:
        """Build everything; with `queue` the broker keeps no more than that for whoever is away.

        `lined` puts a line that can be made bad between gate and broker.
        """
        folder.mkdir(parents=True)
        (folder / "broker").mkdir()
        self.broker = Broker(folder / "broker", rights=Rights(operators=(NAME,), restricted=(NAME,)))
        if queue is not None:
            path = folder / "broker" / "mosquitto.conf"
            lines = path.read_text().splitlines()
            kept = [line for line in lines if not line.startswith("max_queued_messages")]
            path.write_text("\n".join([*kept, f"max_queued_messages {queue}"]) + "\n")
        self.consumer = Consumer(self.broker, order)
        self.line = Line(self.broker.port)
        self.source = Source(self.broker, folder / "gate", self.line.port if lined else None)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start broker and consumer."""
        with ExitStack() as stack:
            stack.callback(self.broker.stop)
            self.broker.start()
            stack.enter_context(self.line)
            stack.callback(self.source.kill)
            stack.callback(self.consumer.disconnect)
            self.consumer.connect()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stack.close()

    def newest(self) -> tuple[int, int]:
        """Read the newest number from the journal's file, and how many rows the broker had not taken; 0 without one."""
        if not self.source.journal.exists():
            return 0, 0
        with closing(sqlite3.connect(f"{self.source.journal.absolute().as_uri()}?mode=ro", uri=True)) as file:
            newest, waiting = file.execute("SELECT max(seq), sum(acked = 0) FROM records").fetchone()
        return int(newest or 0), int(waiting or 0)

    def settled(self, told: Told, since_s: float, newest: int | None = None) -> None:
        """Wait until the consumer has everything up to a number (default: what is there now) and note how long.

        `since_s` is when the blow ended, by the monotonic clock.
        """
        up_to = self.newest()[0] if newest is None else newest
        epoch = f"{GATE}:{self.epoch()}"
        if self.consumer.wait(lambda: not self.consumer.held.missing(epoch, 1, up_to), PATIENCE_S):
            told.recovered_ms.append(round((time.monotonic() - since_s) * 1000))
        else:
            told.faults.append(f"{self.consumer.held.missing(epoch, 1, up_to)[:3]} of {up_to} did not come")

    def epoch(self) -> str:
        """Read the journal's epoch from its file."""
        with closing(sqlite3.connect(f"{self.source.journal.absolute().as_uri()}?mode=ro", uri=True)) as file:
            return str(file.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0])

    def rest(self, told: Told) -> int:
        """Have the gate write no more, and return its newest number once the broker has taken everything."""
        if not self.source.load(0):
            told.faults.append("the gate did not write down what it had to tell")
        until_s = time.monotonic() + PATIENCE_S
        while self.newest()[1] and time.monotonic() < until_s:
            time.sleep(0.01)
        newest, waiting = self.newest()
        if waiting:
            told.faults.append(f"{waiting} rows still wait for the broker")
        return newest

    def judge(self, told: Told) -> None:
        """Hold the consumer's store against the journal's file, of a gate that has ended, and against the witness."""
        self.source.stop()
        ledger = Ledger.read(self.source.journal)
        held = self.consumer.held
        told.faults += judge(ledger, held.payloads, self.source.committed) + held.faults
        told.faults += [f"the consumer gave {held.gone} up"] if held.gone else []
        told.facts |= {
            "events": len(ledger.entries),
            "stored": len(held.payloads),
            "duplicates": held.repeated,
            "asked": self.consumer.asked,
            **{name: self.consumer.deliveries[name] for name in ("live", "late", "replay")},
        }


def judge(ledger: Ledger, stored: dict[str, bytes], committed: set[int]) -> list[str]:
    """Say what is missing, invented or altered: the journal by its witness, and the consumer's store by the journal."""
    found = [] if ledger.check == "ok" else [f"quick_check says {ledger.check}"]
    numbers = [entry.seq for entry in ledger.entries]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("the journal's numbers have a gap")
    tokens = {entry.body.get("n") for entry in ledger.entries}
    if lost := committed - tokens:
        found.append(f"{len(lost)} records were committed and are not in the journal: {sorted(lost)[:3]}")
    names = {f"{GATE}:{ledger.epoch}:{entry.seq}": entry for entry in ledger.entries}
    if missing := names.keys() - stored.keys():
        found.append(f"{len(missing)} events are not at the consumer: {sorted(missing)[:3]}")
    if invented := stored.keys() - names.keys():
        found.append(f"{len(invented)} events are not in the journal: {sorted(invented)[:3]}")
    altered = [name for name, entry in names.items() if name in stored and not _agree(entry, stored[name])]
    return found + ([f"{len(altered)} events differ from the journal: {altered[:3]}"] if altered else [])


def _agree(entry: Entry, payload: bytes) -> bool:
    data = json.loads(payload)["data"]
    return isinstance(data, dict) and entry.body.items() <= data.items()
