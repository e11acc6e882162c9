"""`make board`: the shipped drivers and the gate on a real GPIO chip driver of a Linux kernel, under emulation.

Debian's arm64 kernel drives an emulated PL061; gpiozero's lgpio factory opens its character device. CHECK and SUMMARY
lines go to stdout, what happens to stderr. Exit 1 if a check failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.mistake import OperatorError
from tests.machine import board_system, board_trials
from tests.machine.board_stand import Board, ProgramError
from tests.machine.board_trials import Found
from tests.torture.checks import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 2
_ONCE: Final[tuple[Callable[[Board, Found], None], ...]] = (
    board_trials.claim,
    board_trials.limits,
    board_trials.error,
    board_trials.busy,
    board_trials.reclaimed,
    board_trials.gate_opens,
)
_EACH: Final[tuple[Callable[[Board, Found], None], ...]] = (
    board_trials.killed,
    board_trials.frozen,
    board_trials.gate_ends,
    board_trials.gate_killed,
    board_trials.gate_frozen,
    board_trials.gate_again,
)


def main() -> int:
    """Make the board, try everything on it, say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine.board", description=__doc__)
    parser.add_argument(
        "--n", type=int, default=ROUNDS, help=f"how often the lines' owner is killed (default {ROUNDS})"
    )
    parser.add_argument("--seed", type=int, default=0, help="printed only: nothing here is drawn")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps console and record of the lines")
    options = parser.parse_args()
    try:
        board_system.check_machine()
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            return _run(options.out, options.n, options.seed)
        with tempfile.TemporaryDirectory(prefix="gapura-board-") as folder:
            return _run(Path(folder), options.n, options.seed)
    except OperatorError as error:
        for line in error.lines:
            sys.stderr.write(f"board: {line}\n")
        return error.exit_code


def _run(folder: Path, rounds: int, seed: int) -> int:
    checks = Checks("board", seed)
    with Board(folder) as board:
        kernel = board.sh("uname -r").out
        model = board.sh("python3 -c 'from hw.pins import open_factory as f; print(f(\"lgpio\").board_info.model)'")
        faults = [] if model.code == 0 else [model.out]
        if board.chip.mark() == 0:
            faults.append("qemu recorded no line, not even at reset: is it built without the log trace backend?")
        checks.check("boot", 1, faults, kernel=kernel, model=model.out, boot_ms=round(board.boot_s * 1000))
        for trial in _ONCE:
            _check(checks, board, trial, 1)
        for trial in _EACH:
            _check(checks, board, trial, rounds)
    return checks.summary()


def _check(checks: Checks, board: Board, trial: Callable[[Board, Found], None], rounds: int) -> None:
    found = Found()
    for _ in range(rounds):
        try:
            trial(board, found)
        except ProgramError as error:
            found.faults.append(": ".join(error.args))
        finally:
            board.rest()
    checks.check(trial.__name__.replace("_", "-"), rounds, found.faults, **found.times)


if __name__ == "__main__":
    sys.exit(main())
