"""Handles one request with a ledger and is killed before the n-th statement reaches it; prints how many there are.

Run as a program: each n gets a process of its own, forked before any thread is there.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path

from provisioning.broker.certificates import DeviceCa
from provisioning.enrolment.handling import Handler, Rules
from provisioning.fleet import inventory
from provisioning.fleet.ledger import Ledger


def handle(folder: Path, number: int) -> None:
    """Handle the request that lies in the folder, and die before statement `number`."""
    ledger = Ledger.open(folder / f"ledger-{number}.db")
    statements = count(1)

    def step(_statement: str) -> None:
        if next(statements) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger._database.set_trace_callback(step)
    topic, request = (folder / "topic").read_text(), (folder / "request").read_bytes()
    handler = Handler(ledger, DeviceCa.load_all(folder), Rules())
    answer = handler.handle(
        topic, request, inventory.read(folder / "inventory.yaml"), int((folder / "now").read_text())
    )
    assert answer is not None
    ledger.close()


def main(folder: Path) -> int:
    """Kill before each statement in turn, until a run ends by itself."""
    original = (folder / "ledger.db").read_bytes()
    for number in count(1):
        (folder / f"ledger-{number}.db").write_bytes(original)
        child = os.fork()
        if not child:
            handle(folder, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.stdout.write(f"{number - 1}\n")
            return os.WEXITSTATUS(status)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
