"""The journal and the broker held against each other: gapless, whole, each grant ended once, nothing lost or invented.

Reads the journal's file as anybody with a copy of it could, without the firmware's own reader.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from provisioning.broker.watcher import Seen


_STORAGE: Final = "storage"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal."""

    seq: int
    kind: str
    boottime_ms: int
    body: dict[str, object]
    grant: str | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A journal as it stood when it was read."""

    epoch: str
    check: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read all of it in one view; raises sqlite3.Error where there is no journal."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as file:
            file.execute("BEGIN")
            check = str(file.execute("PRAGMA quick_check").fetchone()[0])
            epoch = str(file.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0])
            rows = file.execute("SELECT seq, kind, boottime_ms, body, grant_id FROM records ORDER BY seq").fetchall()
        return cls(epoch, check, tuple(Entry(seq, kind, ms, json.loads(body), g) for seq, kind, ms, body, g in rows))

    def after(self, seq: int, reader: str | None = None) -> list[Entry]:
        """Return the decisions after a sequence number, of one reader or of all."""
        return [
            entry
            for entry in self.entries
            if entry.seq > seq and entry.kind == "access" and reader in (None, entry.body.get("reader"))
        ]

    @property
    def last(self) -> int:
        """The newest sequence number."""
        return self.entries[-1].seq if self.entries else 0

    def ends(self) -> dict[str, list[str]]:
        """Say for every grant that began how it ended: one word each in a sound journal."""
        found: dict[str, list[str]] = {
            entry.grant: [] for entry in self.entries if entry.kind == "access" and entry.grant
        }
        for entry in self.entries:
            if entry.kind == "grant" and entry.grant is not None:
                found.setdefault(entry.grant, ["never begun"]).append(str(entry.body["result"]))
        return found

    def unwritten(self, entry: Entry) -> bool:
        """Say whether somebody was refused because the record was not on the disk in time."""
        ends = (one.body.get("reason") for one in self.entries if one.kind == "grant" and one.grant == entry.grant)
        return _STORAGE in (entry.body["reason"], *(ends if entry.grant is not None else ()))

    def faults(self) -> list[str]:
        """Say what is wrong with a journal of which nothing was pruned and whose door is at rest."""
        found = [] if self.check == "ok" else [f"quick_check says {self.check}"]
        numbers = [entry.seq for entry in self.entries]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"the sequence has a gap: {numbers[:3]}...{numbers[-3:]} are {len(numbers)}")
        return found + [f"grant {name} ended {ends}" for name, ends in self.ends().items() if len(ends) != 1]


@dataclass(slots=True)
class Arrivals:
    """The events of one gate as they came to a subscriber; fed with all that was seen, as often as one likes."""

    gate: str
    first: dict[str, dict[str, object]] = field(default_factory=dict)
    repeated: int = 0
    faults: list[str] = field(default_factory=list)
    _awaited: set[str] = field(default_factory=set)
    _read: int = 0
    _payloads: dict[str, bytes] = field(default_factory=dict)

    def feed(self, seen: Sequence[Seen]) -> None:
        """Take in what is new."""
        for message in seen[self._read :]:
            if any(f"/{self.gate}/{branch}/" in message.topic for branch in ("event", "restricted")):
                self._take(message)
        self._read = len(seen)

    def has(self, ledger: Ledger, after_seq: int = 0) -> bool:
        """Whether everything in the journal after a number has arrived; what was asked for here is awaited."""
        self._awaited |= {self._name(ledger, entry) for entry in ledger.entries}
        return all(self._name(ledger, entry) in self.first for entry in ledger.entries if entry.seq > after_seq)

    def judge(self, ledger: Ledger, *, refused: bool = False) -> list[str]:
        """Say what is missing, invented, altered or out of order.

        Once a broker has `refused` some of them, order is promised within each kind only. What a running gate wrote
        after the last wait is not missing yet; where nobody waited, everything must be there.
        """
        names = {self._name(ledger, entry): entry for entry in ledger.entries}
        due = self._awaited or names.keys()
        missing = [name for name in names if name in due and name not in self.first]
        invented = [name for name in self.first if name not in names]
        found = [*self.faults]
        found += [f"{len(missing)} never arrived: {missing[:5]}"] if missing else []
        found += [f"{len(invented)} are not in the journal: {invented[:5]}"] if invented else []
        came = [names[name] for name in self.first if name in names]
        lines = [[one.seq for one in came if one.kind == kind or not refused] for kind in {one.kind for one in came}]
        if any(line != sorted(line) for line in lines):
            found.append("they came out of order")
        return found + [f"{name} differs from the journal" for name in names if not self._agrees(name, names[name])]

    def _agrees(self, name: str, entry: Entry) -> bool:
        data = self.first.get(name, {}).get("data")
        return not isinstance(data, dict) or entry.body.items() <= data.items()

    def _take(self, message: Seen) -> None:
        event = message.json()
        name = str(event["id"])
        if message.retained:
            self.faults.append(f"{name} was retained")
        if name not in self.first:
            self.first[name] = event
            self._payloads[name] = message.payload
            return
        self.repeated += 1
        if self._payloads[name] != message.payload:
            self.faults.append(f"{name} came twice with two contents")

    def _name(self, ledger: Ledger, entry: Entry) -> str:
        return f"{self.gate}:{ledger.epoch}:{entry.seq}"


def outcomes(entries: Iterable[Entry]) -> Counter[str]:
    """Count decisions by outcome and reason, such as `allow` and `deny:used`."""
    return Counter(
        ":".join(str(part) for part in (entry.body["decision"], entry.body["reason"]) if part is not None)
        for entry in entries
    )
