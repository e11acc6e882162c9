"""Lists of five million revoked passes swapped while a gate decides: no scan may be missed, none judged by neither.

Real are the socket, the controller thread, the maps and, beside them, the thread that makes each list of its delta and
opens it as a gate's library does. Only the door is simulated.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from firmware.control import loop, manifest
from firmware.control.accounts import Knowledge
from firmware.control.clock import SystemClock
from firmware.control.controller import Controller
from firmware.control.documents import Lists
from firmware.control.inbox import Inbox
from firmware.control.manifest import Blob
from firmware.control.outputs import Fittings, Outputs
from firmware.control.revocation_files import bridged, mapped
from firmware.door.settings import Settings
from firmware.events import Line, Side
from firmware.passes import gp1
from firmware.passes.outcome import Pass
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import visitor_management
from firmware.rules.presence import Presence
from hw.clock import boottime_ms
from hw.reader.messages import Scan, encode
from hw.scan_socket import ReaderSocket, SocketScanSource
from hw.simulated import SimulatedLight, SimulatedRelay, SimulatedSounder
from provisioning.publishing import manifest_body
from tests.bench.report import Section, Spread

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.events import Record
    from tests.issuing import Issuer

READERS: Final = ("one", "two", "three", "four")
LISTED: Final = ("one", "three")
"""At these readers the pass is shown that only the new list names."""

PAUSE_S: Final = 0.02
SWAPS: Final = 12
PATIENCE_S: Final = 5.0


@dataclass
class Noting:
    """A journal that commits at once and keeps what was decided, in the controller's order."""

    inbox: Inbox
    told: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    records: list[tuple[int, Record]] = field(default_factory=list)

    def submit(self, record: Record) -> None:
        """Take a record."""
        self.records.append((time.perf_counter_ns(), record))
        if record.kind == "access":
            self.told.release()
        self.inbox.committed(record.token)


def measure(section: Section, folder: Path, lists: tuple[Path, Path, Path], issuer: Issuer, count: int) -> None:
    """Scan while nothing changes, then as often while one list takes the other's place over and over."""
    old, new, delta = lists
    scans = Scans(folder, issuer, Rulebook.unlimited(visitor_management()), old)
    with scans:
        quiet_us = scans.show(count // 4)
        swapping = threading.Thread(target=_swap, args=(scans, folder, (old, new, delta)), name="library")
        swapping.start()
        busy_us = scans.show(count, until=swapping)
        swapping.join()
    section.spread("scan quiet", "scan sent -> decided, no swap (beside it)", Spread.of(quiet_us))
    section.spread("scan swapped", f"scan sent -> decided, {SWAPS} swaps meanwhile", Spread.of(busy_us))
    revoked, astray = judged(scans.journal.records)
    section.figures |= {"scans": len(quiet_us) + len(busy_us), "scans_missed": scans.missed, "scans_astray": astray}
    section.notes.append(
        f"swaps: {len(quiet_us) + len(busy_us)} scans, {scans.missed} missed, {revoked} of a pass that only one of the "
        f"lists names refused, {astray} judged by another list than was in force"
    )


def judged(records: list[tuple[int, Record]]) -> tuple[int, int]:
    """Count the refusals, and the answers that were not those of the list in force: the first is the one without."""
    listed, revoked, astray = False, 0, 0
    for _, record in records:
        if record.body.get("what") == "lists_changed":
            listed = not listed
        elif record.kind == "access":
            refused = record.body["decision"] == "deny"
            revoked += refused
            astray += refused is not (listed and record.body["reader"] in LISTED)
    return revoked, astray


class Scans:
    """A gate with a list, and somebody who shows it passes; `missed` counts those that nobody answered."""

    def __init__(self, folder: Path, issuer: Issuer, rules: Rulebook, path: Path) -> None:
        """Put it together."""
        self.missed = 0
        self._issuer, self._rules = issuer, rules
        self._inbox, self._stack = Inbox(boottime_ms), ExitStack()
        self.journal = Noting(self._inbox)
        self.lists = Lists(issuer.trust(), rules.knowing(0, mapped(path)), ())
        clock = SystemClock(2)
        relay = SimulatedRelay(1000, boottime_ms)
        self._controller = Controller(
            Knowledge(
                run="bench",
                place=Place("bench", "lobby"),
                sides=dict.fromkeys(READERS, Side.OUTSIDE),
                trust=self.lists.trust,
                rules=self.lists.rules,
            ),
            Settings(20, 1000),
            clock,
            outputs=Outputs(Fittings({Line.RELAY: relay}, SimulatedLight(boottime_ms), SimulatedSounder())),
            journal=self.journal,
            presence=Presence(),
            lists=lambda: self.lists,
        )
        sockets = tuple(ReaderSocket(name, folder / name, os.getuid()) for name in READERS)
        self._source = SocketScanSource(sockets, boottime_ms)
        self._thread = threading.Thread(
            target=loop.run, args=(self._controller, self._inbox, clock, lambda: None), name="controller"
        )
        self._folder = folder

    def __enter__(self) -> Self:
        """Begin."""
        self._stack.callback(self._source.close)
        self._source.start(self._inbox)
        self._thread.start()
        self._stack.callback(self._thread.join)
        self._stack.callback(self._inbox.stop)
        self._links = [self._stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) for _ in READERS]
        for link, name in zip(self._links, READERS, strict=True):
            link.connect(os.fspath(self._folder / name))
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stack.close()

    def change(self, path: Path) -> None:
        """Put another list in force, as a library does."""
        self.lists = Lists(self.lists.trust, self._rules.knowing(0, mapped(path)), ())
        self._inbox.lists_changed()

    def show(self, count: int, until: threading.Thread | None = None) -> list[float]:
        """Show so many passes one after the other, and more until a thread has ended; how long each took (us)."""
        times_us: list[float] = []
        now = int(time.time())
        while len(times_us) < count or (until is not None and until.is_alive()):
            at = len(times_us) % len(READERS)
            code = (
                listed_code(self._issuer, now)
                if READERS[at] in LISTED
                else other_code(self._issuer, now, len(times_us))
            )
            message = encode(Scan(boottime_ms(), (code,)))
            began_ns = time.perf_counter_ns()
            self._links[at].send(message)
            if self.journal.told.acquire(timeout=PATIENCE_S):
                access = next(ns for ns, record in reversed(self.journal.records) if record.kind == "access")
                times_us.append((access - began_ns) / 1e3)
            else:
                self.missed += 1
                times_us.append(PATIENCE_S * 1e6)
            time.sleep(PAUSE_S)
        return times_us


def _swap(scans: Scans, folder: Path, lists: tuple[Path, Path, Path]) -> None:
    """Make the new list of the old one and the delta, put it in force, put the old one in force, over and over."""
    old, new, delta = lists
    wanted, part = (manifest.read(manifest_body(path.read_bytes())) for path in (new, delta))
    assert isinstance(wanted, Blob)
    assert isinstance(part, Blob)
    made = folder / f"{wanted.sha256}.blob"
    for _ in range(SWAPS // 2):
        made.unlink(missing_ok=True)
        assert bridged(folder, wanted, part)
        scans.change(made)
        time.sleep(5 * PAUSE_S)
        scans.change(old)
        time.sleep(5 * PAUSE_S)


def listed_code(issuer: Issuer, now: int) -> bytes:
    """Issue the pass that only the new list names."""
    return issuer.code(pass_id=b"revoked-pass", issued=now - 60, not_before=now - 60, expires=now + 3600)


def other_code(issuer: Issuer, now: int, at: int) -> bytes:
    """Issue a pass that is on no list."""
    return issuer.code(pass_id=at.to_bytes(12), issued=now - 60, not_before=now - 60, expires=now + 3600)


def listed_name(issuer: Issuer) -> bytes:
    """Name that pass as it stands on a list."""
    reading = gp1.read(listed_code(issuer, int(time.time())), issuer.trust())
    assert isinstance(reading, Pass)
    return reading.revocation_ids[0][1]
