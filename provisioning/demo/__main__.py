"""`make demo`: a whole gate on this machine, people who walk up to it, and checks of what the door did.

It only picks: live on a terminal, a script elsewhere. stdout has CHECK lines and one SUMMARY, progress is on stderr.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.errors import HardwareError
from hw.reader.decoders import NAMES
from provisioning.broker.runner import BrokerError
from provisioning.cli import Parser
from provisioning.demo import checks, keeping, people
from provisioning.demo.house import House
from provisioning.demo.play import LIVE, SCRIPT, Board, Director
from provisioning.mistake import FAILED, USAGE, OperatorError
from provisioning.rig.gate import RigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from provisioning.demo.checks import Check
    from provisioning.demo.people import Person

INTERRUPTED: Final = 130
_MOST_PEOPLE: Final = 10_000
_SEEDS: Final = 2**31


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the demonstration: what was asked for, and the wish to end it."""

    options: argparse.Namespace
    seed: int
    live: bool
    stop: threading.Event

    def people(self) -> Iterator[Person]:
        """Yield who comes: as many as were asked for, the whole cast once in a script, without end on a terminal."""
        chance = people.dice(self.seed)
        wanted: int | None = self.options.n
        came = 0
        while True:
            company = people.cast(chance, wanted or len(people.PARTS), came + 1)
            came += len(company)
            yield from company
            if wanted is not None or not self.live:
                return


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; 0 all as it should be, 1 a check failed, 2 it could not run, 130 a script was broken off."""
    try:
        return _main(argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (OperatorError, BrokerError, RigError, HardwareError, OSError) as error:
        for line in str(error).splitlines():
            _say(line)
        if isinstance(error, BrokerError) and "in use" in str(error):
            _say("another program took that port meanwhile; run it again, every run takes a port that is free")
        return error.exit_code if isinstance(error, OperatorError) else USAGE


def _main(argv: Sequence[str] | None) -> int:
    """Play, and sum up."""
    options = _parser().parse_args(argv)
    seed: int = secrets.randbelow(_SEEDS) if options.seed is None else options.seed
    run = Run(options, seed, _is_live(), _stop_by_signal())
    began_s = time.monotonic()
    found = _play(run)
    print(checks.summary("demo", found, time.monotonic() - began_s), flush=True)
    if any(one.verdict == "fail" for one in found):
        return FAILED
    return INTERRUPTED if run.stop.is_set() and not run.live else 0


def _play(run: Run) -> list[Check]:
    """Build the house, let people come, and print what was found."""
    out: Path | None = run.options.out
    if out is not None:
        _make(out)
    _say(f"seed {run.seed}; building a gate: authority, lists, broker, pins, readers (Ctrl-C ends)")
    pace, board = LIVE if run.live else SCRIPT, Board()
    with House(pace, run.options.decoder, run.options.spoil) as house:
        director = Director(house.hall, house.wallet, pace, run.stop, board)
        if run.live:
            from provisioning.demo import show

            show.run(show.Screen(house.hall, board, run.seed), director, run.people(), run.stop)
            found = [*_in_one(board.checks), *director.close()]
            _print(found, run.seed)
        else:
            _recite(run, director, board, out)
            closing = director.close()
            _print(closing, run.seed)
            found = [*board.checks, *closing]
        if out is not None:
            keeping.keep(out, house)
    return found


def _make(out: Path) -> None:
    """Make the folder that keeps what was seen, before anything else is built."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        line = f"--out: cannot make {out}: {error.strerror}; name a folder in a place where you may write"
        raise OperatorError(line) from error


def _recite(run: Run, director: Director, board: Board, out: Path | None) -> None:
    """Play the script, one line for each person."""
    for person in run.people():
        check = director.play(person)
        if check is None:
            return
        _say(f"{person.who[1]}, {person.part.what[1]}: {check.verdict}")
        _print([check], run.seed)
        if out is not None and board.shown.code is not None:
            keeping.picture(out, person.key, board.shown)


def _in_one(each: list[Check]) -> list[Check]:
    """Tell of many people in one line, and of each that failed in its own."""
    failed = [one for one in each if one.verdict == "fail"]
    return [*failed, checks.check("people", [one.id for one in failed], len(each))]


def _print(found: list[Check], seed: int) -> None:
    for one in found:
        print(one.line(seed), flush=True)


def _say(line: str) -> None:
    sys.stderr.write(f"demo: {line}\n")
    sys.stderr.flush()


def _is_live() -> bool:
    """Whether somebody watches on a terminal that can be drawn on."""
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def _stop_by_signal() -> threading.Event:
    """Turn the first Ctrl-C (or its like) into a wish to end; a second one interrupts at once."""
    stop = threading.Event()

    def ask(number: int, _: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)
    return stop


def _parser() -> Parser:
    parser = Parser(prog="python -m provisioning.demo", description="A whole gate on this machine, and people at it.")
    add = parser.add_argument
    add("--n", type=_many, metavar="N", help=f"how many people (default {len(people.PARTS)}; live: until Ctrl-C)")
    add("--seed", type=int, metavar="S", help="who comes in which order (default random, printed)")
    add("--out", type=Path, metavar="DIR", help="keep logs, events, pictures of the scenes and a printed pass there")
    add("--decoder", choices=NAMES, default="auto", help="which decoder the readers use (default %(default)s)")
    add("--break", dest="spoil", choices=("trust",), help="spoil the gate's trust list, to see the checks fail")
    return parser


def _many(text: str) -> int:
    """Read how many people."""
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_PEOPLE:
        message = f"{text!r} is no number from 1 to {_MOST_PEOPLE}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
