"""`make replay`: a gate process decides a hundred thousand times, and every decision is made again from its record.

CHECK and SUMMARY lines go to stdout, what happens to stderr. Exit 1 if a check failed.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.cli import end_as_by_hand
from tests.replay import judging
from tests.replay.recording import record
from tests.torture.checks import Checks

if TYPE_CHECKING:
    from tests.replay.recording import Book

DECISIONS = 100_000
POLICIES = 3
GATES = 2
"""Under each policy, of a run of more than a few decisions."""

FEW = 3_000
LATE_OF = 1_000
"""A scan that waited a second is not judged, which happens where the machine is busy: one of so many at most."""

LEAST_REASONS = 20


def main() -> int:
    """Record under three policies, replay all of it, and replay each with one rule changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("--n", type=int, default=DECISIONS, help="how many decisions in all (default %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps journals, policies and logs")
    options = parser.parse_args()
    end_as_by_hand()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    sys.stderr.write(f"replay: {options.n} decisions, seed {seed}\n")
    if options.out is not None:
        return run(options.out, options.n, seed)
    with tempfile.TemporaryDirectory(prefix="gapura-replay-") as folder:
        return run(Path(folder), options.n, seed)


def run(folder: Path, count: int, seed: int) -> int:
    """Do all of it in a folder and print the checks."""
    checks = Checks("replay", seed)
    books = recorded(folder, count, seed)
    for book in books:
        late = book.unanswered
        lost = [f"{late} of {book.shown} were not written down"] if late > book.shown // LATE_OF else []
        told = {"facts": len(book.facts), "reasons": len(book.reasons), "late": late}
        checks.check(f"recorded-{book.trial.name}", book.shown, lost, **told)
    reasons = set().union(*(book.reasons for book in books))
    missing = [] if len(reasons) >= LEAST_REASONS else [f"only {sorted(reasons)}"]
    checks.check("reasons", len(reasons), missing, policies=POLICIES, gates=len(books))
    said, faults = judging.same(books)
    checks.check("replayed", said.counts.get("decisions", 0), faults, **said.counts)
    for book in books:
        said, faults = judging.changed(book)
        concerned = len(book.ids(book.trial.concerns))
        checks.check(f"changed-{book.trial.name}", concerned, faults, **said.counts)
    return checks.summary()


def recorded(folder: Path, count: int, seed: int) -> list[Book]:
    """Let gates decide beside each other, as many under each policy; a reader shows at most twenty codes a second."""
    gates = POLICIES * (GATES if count > FEW else 1)

    stop = threading.Event()

    def one(number: int) -> Book:
        chance = random.Random(seed + number)  # noqa: S311  a run must be repeatable
        return record(folder / str(number), number % POLICIES, -(-count // gates), chance, alone=count > FEW, stop=stop)

    with ThreadPoolExecutor(gates) as beside:
        try:
            return list(beside.map(one, range(gates)))
        except BaseException:
            stop.set()
            raise


if __name__ == "__main__":
    sys.exit(main())
