"""`make updates`: updates that are killed at every step and at random, and bad ones, on a gate that runs.

CHECK and SUMMARY lines go to stdout, what happens to stderr. Exit 1 if a check failed.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.torture.checks import Checks
from tests.updating.board import NEW, OLD, Board, Desk
from tests.updating.dying import after_kill, steps_of
from tests.updating.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable

KILLS = 100
LONGEST_S = 3.0
"""How long after its start an updater is killed at the latest: a whole update takes less."""

BAD = {
    "crashes": ("did_not_start", None, 120),
    "hangs": ("did_not_start", 2, 120),
    "silent": ("not_healthy", None, 4),
    "lies": ("check_failed", None, 4),
}
"""How a release behaves, what its order then ends with, and for how long (s) a start and a trial may last."""


def main() -> int:
    """Kill, and try what is bad."""
    parser = argparse.ArgumentParser(prog="python -m tests.updating", description=__doc__)
    parser.add_argument("--n", type=int, default=KILLS, help=f"how many kills at random (default {KILLS})")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps boards and logs")
    options = parser.parse_args()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        return _run(options.out, options.n, seed)
    with tempfile.TemporaryDirectory(prefix="gapura-updates-") as folder:
        return _run(Path(folder), options.n, seed)


def _run(folder: Path, kills: int, seed: int) -> int:
    checks = Checks("updates", seed)
    desks = {name: _desk(folder, name) for name in ("good", *BAD)}
    for behaviour, wait_s, end in (("good", 30.0, NEW), ("silent", 0.0, OLD)):
        steps, faults = _every_step(folder / f"steps-{behaviour}", desks[behaviour], wait_s, end)
        checks.check(f"killed-at-every-step-{behaviour}", steps, faults)
    struck, cut, faults = _at_random(folder / "random", desks["good"], kills, random.Random(seed))  # noqa: S311  moments of a test
    checks.check("killed-at-random", kills, faults, struck=struck, power_cuts=cut)
    for behaviour, (reason, start_s, wait_s) in BAD.items():
        faults = _bad(Running(folder / behaviour, desks[behaviour], start_s, wait_s), reason)
        checks.check(f"bad-{behaviour}", 1, faults, reason=reason)
    return checks.summary()


def _desk(folder: Path, behaviour: str) -> Desk:
    """Found a desk with one new release."""
    desk = Desk(folder / f"desk-{behaviour}")
    desk.add(NEW, behaviour)
    return desk


def _board(make: Callable[[Path, Desk], Board], folder: Path, desk: Desk) -> Board:
    board = make(folder, desk)
    board.want(desk.order(NEW))
    return board


def _every_step(folder: Path, desk: Desk, wait_s: float, end: str) -> tuple[int, list[str]]:
    """Kill before and after every change on disk; answer how many there are, and what went wrong."""

    def board(name: str) -> Board:
        made = _board(Board, folder / name, desk)
        if end == NEW:
            made.healthy(NEW)
        return made

    steps = steps_of(board("whole"), wait_s)
    faults = []
    for at in range(1, len(steps) + 1):
        faults += [f"{steps[at - 1]}: {what}" for what in after_kill(board(f"{at}"), at, wait_s, end)]
        shutil.rmtree(folder / f"{at}")
    return len(steps), faults


def _at_random(folder: Path, desk: Desk, kills: int, chance: random.Random) -> tuple[int, int, list[str]]:
    """Kill a running updater, and in every other case the gate with it; answer how many were struck, and faults."""
    struck = cut = 0
    faults: list[str] = []
    for number in range(kills):
        place = folder / f"{number}"
        with Running(place, desk) as board:
            board.want(desk.order(NEW))
            board.update()
            after_s = chance.uniform(0.2, LONGEST_S)
            time.sleep(after_s)
            struck += board.kill_updater()
            if chance.random() < 0.5:
                cut += 1
                board.kill_gate()
            board.finish()
            found = board.wrong(NEW)
        sys.stderr.write(f"updates: {number + 1} of {kills}, after {after_s:.2f} s: {found or 'good'}\n")
        faults += [f"after {after_s:.2f} s: {what}" for what in found]
        if not found:
            shutil.rmtree(place)
    return struck, cut, faults


def _bad(running: Running, reason: str) -> list[str]:
    """Let a running gate be updated to what is bad, and see it back at what was good."""
    with running as board:
        board.want(board.desk.order(NEW))
        board.finish()
        found = board.wrong(OLD)
        status = board.status
        if status is None or status.reason != reason:
            found.append(f"it says {status}")
    sys.stderr.write(f"updates: {board.folder.name}: {found or 'good'}\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
