"""A process of its own that writes a journal: the one the tests kill, and the one whose disk they fill.

Run as `python -m tests.unit.records.writer WHAT PATH`; it says each committed token on a line of its own.
"""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

from firmware.records.journal import Journal
from firmware.records.limits import Limits
from tests.unit.records.making import record

PATIENCE_S = 30


def say(token: int) -> None:
    """Tell the parent that this token is on disk."""
    sys.stdout.write(f"{token}\n")
    sys.stdout.flush()


def write_for_ever(path: Path) -> None:
    """Write as fast as the journal confirms, each grant beginning and never ending, until somebody kills us."""
    room = threading.Semaphore(50)

    def committed(token: int) -> None:
        say(token)
        room.release()

    journal = Journal(path, "gate-1", committed=committed)
    token = 0
    while True:
        room.acquire()
        token += 1
        journal.submit(record(token, grant=f"g-{token}", opens=True))


def write_against_a_limit(path: Path) -> None:
    """Fill what the process may write, wait until the journal notices, lift the limit, and let it catch up."""
    committed: list[int] = []
    done = threading.Event()

    def note(token: int) -> None:
        committed.append(token)
        say(token)
        if token == 300:
            done.set()

    journal = Journal(path, "gate-1", committed=note, limits=Limits(retry_ms=20, batch=10))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    for token in range(1, 301):
        journal.submit(record(token))
    stuck = threading.Event()
    while not journal.counters()["journal_failures"]:
        stuck.wait(0.01)
    say(-len(committed))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    done.wait(PATIENCE_S)
    journal.close()


if __name__ == "__main__":
    {"for-ever": write_for_ever, "limit": write_against_a_limit}[sys.argv[1]](Path(sys.argv[2]))
