"""`make boot`: the package on a Debian disk under emulation, and what the service manager makes of it.

CHECK and SUMMARY lines go to stdout, what is being done to stderr. Exit 1 if a check failed, 2 if something is
missing. Packages, roots and disks are kept and made again only when what they are made from changes.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.mistake import OperatorError
from provisioning.packaging.build import build
from provisioning.packaging.target import SUITES, Target
from tests.machine import disk, pace, pc, steps
from tests.machine.debian import Guest
from tests.machine.vm import Machine, MachineError
from tests.torture.checks import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[Guest], steps.Found]

CHECKOUT: Final = Path(__file__).parents[2]
_BOOT_S: Final = 300.0
_INTERRUPTED: Final = 130
_LATEST_S: Final = 3.0
"""A blow falls at most so long after the relay rose."""


def main() -> int:
    """Build, boot, strike, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine.image", description=__doc__)
    parser.add_argument("--n", type=int, default=1, help="how often the gate is hung and killed (default 1)")
    parser.add_argument("--seed", type=int, default=None, help="draws the moments; random and printed unless given")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps the console and the journal")
    parser.add_argument("--suite", default="bookworm", choices=SUITES, help="Debian's release (default bookworm)")
    options = parser.parse_args()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    checks = Checks("boot", seed)
    try:
        began_s = time.monotonic()
        target = Target(options.suite)
        with tempfile.TemporaryDirectory(prefix="gapura-package-") as folder:
            package = build(CHECKOUT, Path(folder), target)
            checks.check("package", 1, [], suite=target.suite, bytes=package.stat().st_size, seconds=_since(began_s))
            began_s = time.monotonic()
            made = disk.made(package, target)
        checks.check("disk", 1, [], seconds=_since(began_s))
        with tempfile.TemporaryDirectory(prefix="gapura-boot-") as place:
            out = options.out or Path(place)
            out.mkdir(parents=True, exist_ok=True)
            loop_ms, times = pace.measured()
            checks.check("pace", pace.CORES, [], loop_ms=loop_ms, limits_times=times)
            machine = Machine(pc.argv(made, out / "console.log"))
            _watch(checks, machine, out, times, _plan(options.n, random.Random(seed)))  # noqa: S311
    except OperatorError as error:
        sys.stderr.writelines(f"boot: {line}\n" for line in error.lines)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return checks.summary()


def _watch(checks: Checks, machine: Machine, out: Path, times: float, plan: list[tuple[str, Step]]) -> None:
    """Take every step on one machine; what a step could not find out is a fault of that step."""
    with machine:
        try:
            checks.check("booted", 1, [], seconds=round(machine.boot(_BOOT_S * times), 1))
        except MachineError as error:
            checks.check("booted", 1, str(error).splitlines())
            return
        guest = Guest(machine, times)
        for name, step in plan:
            began_s = time.monotonic()
            try:
                found = step(guest)
            except MachineError as error:
                found = steps.Found(str(error).splitlines())
            checks.check(name, found.n, found.faults, **found.values, seconds=_since(began_s))
        journal = guest.attempt("journalctl -b -o short-monotonic")[1]
        (out / "journal.txt").write_text(f"{journal}\n", encoding="utf-8")


def _plan(rounds: int, chance: random.Random) -> list[tuple[str, Step]]:
    """List the steps in their order; the last takes the package away."""
    blows: list[tuple[str, Step]] = []
    for _ in range(rounds):
        blows += [
            ("gate-hung", partial(steps.hung, delay_s=chance.uniform(0, _LATEST_S))),
            ("gate-killed", partial(steps.killed, delay_s=chance.uniform(0, _LATEST_S))),
            ("reader-killed", steps.blinded),
        ]
    return [
        ("gate-ready", partial(steps.ready, name=steps.GATE)),
        ("reader-ready", partial(steps.ready, name=steps.READER)),
        ("reader-decoders", steps.decoding),
        ("installed", steps.installed),
        ("units-verify-silent", steps.verified),
        ("gate-exposure", partial(steps.exposure, unit=steps.GATE)),
        ("reader-exposure", partial(steps.exposure, unit=steps.READER)),
        ("reader-inside-exposure", partial(steps.exposure, unit=steps.INSIDE)),
        ("update-exposure", partial(steps.exposure, unit=steps.UPDATE)),
        ("switched-exposure", partial(steps.exposure, unit=steps.SWITCHED)),
        ("pass-opens", steps.opened),
        *blows,
        ("log-without-traceback", steps.told),
        ("purged", steps.purged),
    ]


def _since(began_s: float) -> float:
    return round(time.monotonic() - began_s, 1)


if __name__ == "__main__":
    sys.exit(main())
