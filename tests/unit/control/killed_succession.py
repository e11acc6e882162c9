"""A shelf that is killed at every file that it writes, moves or removes while it takes the next policy.

Run as `python -m tests.unit.control.killed_succession FOLDER`: for each point a child of its own really dies there, and
a line says what counts afterwards, now and two hours later. The last line of a story is the one that nobody killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.control.desired import Held, Whose, read
from firmware.control.shelf import Shelf
from firmware.control.succession import Beside, chain, rulebook
from firmware.events import Instant
from firmware.signed.envelope import Kind
from tests.unit.control.test_succession import HOUR, policy
from tests.unit.signed.office import GATE, NOW, Office

if TYPE_CHECKING:
    from collections.abc import Sequence

MOVES = frozenset({"os.rename", "os.remove"})
WRITES = os.O_WRONLY | os.O_RDWR
LATER = Instant(1, NOW.earliest + 2 * HOUR, NOW.latest + 2 * HOUR, "test")


def die_at(point: int) -> None:
    """Let this process end as a power cut would, before it touches so many files."""
    left = count(point, -1)

    def hook(event: str, about: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(about[2], int) and about[2] & WRITES
        if (event in MOVES or writes) and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def story(name: str, folder: Path, office: Office, documents: Sequence[bytes]) -> None:
    """Take all but the last document, then the last one again and again, killed at another point each time."""
    whose = Whose(office.root_raw, GATE, frozenset())
    found = [read(data, Kind.POLICY, whose) for data in documents]
    held = [one for one in found if isinstance(one, Held)]
    base = folder / name
    for one in held[:-1]:
        Shelf(base, whose, Beside(lambda: NOW)).accept(one)
    for point in count():
        at = folder / f"{name}-{point}"
        shutil.copytree(base, at)
        shelf = Shelf(at, whose, Beside(lambda: NOW))
        child = os.fork()
        if child == 0:
            die_at(point)
            shelf.accept(held[-1])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        after = Shelf(at, whose)
        rules = rulebook(chain(after, whose, None, NOW), at)
        counts = [rules.at(now).version for now in (NOW, LATER)]
        killed = os.WIFSIGNALED(status)
        sys.stdout.write(json.dumps({"story": name, "point": point, "killed": killed, "counts": counts}) + "\n")
        if not killed:
            return


def main() -> None:
    """Play both stories: one that waits comes over one that counts; one for good comes over both."""
    folder, office = Path(sys.argv[1]), Office()
    first, waits, lasts = policy(office, 5), policy(office, 6, from_=HOUR), policy(office, 7)
    story("waits", folder, office, (first, waits))
    story("lasts", folder, office, (first, waits, lasts))


if __name__ == "__main__":
    main()
