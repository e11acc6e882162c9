"""A gate under orders in a process of its own, with a journal on disk, that is killed at a named point.

Run as `python -m tests.unit.control.killed FOLDER ROOT ORDER OP GROUP POINT`; GROUP is empty for an order to the gate.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
from pathlib import Path

from firmware.events import RecordCommitted
from firmware.records.journal import Journal
from tests.unit.control.ordering import Ordered

POINTS = ("submitted", "first_on_disk", "on_disk", "acted", "answered")


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Take the order, write, act and answer, as far as the point."""
    folder, root, order, op, group, point = sys.argv[1:]
    tokens: queue.SimpleQueue[int] = queue.SimpleQueue()
    journal = Journal(Path(folder) / "journal.db", "gate-1", committed=tokens.put)
    bench = Ordered(root=bytes.fromhex(root))
    bench.bring(Path(order).read_bytes(), op, group=group or None)
    records = tuple(bench.journal.records)
    if point == "submitted":
        die()
    for record in records[:1] if point == "first_on_disk" else records:
        journal.submit(record)
        tokens.get()
    if point in {"first_on_disk", "on_disk"}:
        die()
    for record in records:
        bench.controller.turn(RecordCommitted(record.token))
        if point == "acted" and (bench.relay.energised() or bench.kept):
            die()
    die()


if __name__ == "__main__":
    main()
