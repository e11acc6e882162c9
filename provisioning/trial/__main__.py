"""`make enrol`: a blank board, an office, a sheet before a camera, and in the end a gate that opens; no step by hand.

stdout has CHECK lines and one SUMMARY, progress is on stderr. Everything is made new and thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.errors import HardwareError
from provisioning.broker.runner import BrokerError
from provisioning.cli import Parser, end_as_by_hand
from provisioning.demo import checks
from provisioning.demo.house import check_machine
from provisioning.mistake import FAILED, USAGE, OperatorError
from provisioning.rig.gate import RigError
from provisioning.trial import beginning
from provisioning.trial.device import Device
from provisioning.trial.office import Office
from provisioning.trial.story import GATE, OTHER, STAGES, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provisioning.demo.checks import Check

INTERRUPTED: Final = 130
KILLS: Final = 2
_SEEDS: Final = 2**31
_LAST_LINES: Final = 30
_LOGS: Final = ("device/gate.log", "device/pins.jsonl", "office/service.log", "thief/gate.log")


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; 0 all as it should be, 1 a check failed, 2 it could not run, 130 Ctrl-C."""
    options = _parser().parse_args(argv)
    end_as_by_hand()
    seed: int = secrets.randbelow(_SEEDS) if options.seed is None else options.seed
    began_s = time.monotonic()
    try:
        check_machine("auto")
        with tempfile.TemporaryDirectory(prefix="gapura-") as folder, _ends_told(Path(folder)):
            found = _run(Path(folder), seed, KILLS if options.n is None else options.n, options.out)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (OperatorError, BrokerError, RigError, HardwareError, OSError) as error:
        _say(str(error))
        return error.exit_code if isinstance(error, OperatorError) else USAGE
    print(checks.summary("enrol", found, time.monotonic() - began_s), flush=True)
    return FAILED if any(one.verdict == "fail" for one in found) else 0


def _run(folder: Path, seed: int, kills: int, out: Path | None) -> list[Check]:
    """Let the story happen, and keep what it left."""
    _say(f"seed {seed}; an office and a blank board are made (Ctrl-C ends)")
    chance = random.Random(seed)  # noqa: S311  where a gate is killed is no secret
    found: list[Check] = []
    with Office(folder / "office", GATE, OTHER) as office, office.watcher() as watcher:
        with Device(folder / "device", office.root) as device:
            story = Story(folder, office, device, watcher, chance)
            steps: list[Callable[[], Check]] = [
                story.lets_out,
                story.foreign_sheet,
                story.wifi_password,
                story.unreachable,
                story.ca_mismatch,
                story.old_sheet,
                story.half_a_set,
                lambda: story.becomes_a_gate(kills),
                lambda: beginning.observes(device, office, watcher, GATE),
                lambda: beginning.activated(device, office, watcher, GATE),
                story.opens,
                story.moved,
                story.window,
                story.retired,
                story.used_sheet,
            ]
            for step in steps:
                began_s = time.monotonic()
                one = step()
                found.append(one)
                print(one.line(seed), flush=True)
                _say(f"{one.id}: {one.verdict} ({time.monotonic() - began_s:.1f} s)")
                if one.verdict == "fail":
                    _tell_ends(folder)
            result = story.result()
        if out is not None:
            _keep(out, folder, result)
    return found


def _keep(out: Path, folder: Path, result: dict[str, object]) -> None:
    """Keep what the gate became, and the logs; never a key."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "gate.json").write_text(json.dumps(result, sort_keys=True) + "\n", encoding="utf-8")
    for name in _LOGS:
        if (folder / name).exists():
            shutil.copyfile(folder / name, out / Path(name).name.replace("gate.log", _log_name(name)))


@contextmanager
def _ends_told(folder: Path) -> Iterator[None]:
    """Let whoever reads why it could not run read the ends of the logs too: the folder is gone by then."""
    try:
        yield
    except (OperatorError, BrokerError, RigError, HardwareError, OSError):
        _tell_ends(folder)
        raise


def _tell_ends(folder: Path) -> None:
    """Print what every program said last."""
    for path in sorted(folder.rglob("*.log")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[-_LAST_LINES:]:
            _say(f"{path.relative_to(folder)}: {line}")


def _log_name(name: str) -> str:
    """Name the log of a gate after whose it is; the office's own gate has the short name."""
    return "gate.log" if name.startswith("device/") else "thief.log"


def _say(line: str) -> None:
    sys.stderr.write(f"enrol: {line}\n")
    sys.stderr.flush()


def _parser() -> Parser:
    parser = Parser(prog="python -m provisioning.trial", description="From a blank board to a working gate.")
    add = parser.add_argument
    add("--n", type=_few, metavar="N", help=f"at how many stages the gate is killed (default {KILLS})")
    add("--seed", type=int, metavar="S", help="at which stages (default random, printed)")
    add("--out", type=Path, metavar="DIR", help="keep gate.json and the logs there")
    return parser


def _few(text: str) -> int:
    """Read how many kills."""
    if not text.isdecimal() or int(text) > len(STAGES):
        message = f"{text!r} is no number from 0 to {len(STAGES)}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
