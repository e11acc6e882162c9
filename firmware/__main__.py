"""`gapura`: the command line, and the composition root of the gate process.

With `drivers.py` beside it the only file of this package that names a concrete driver; each is imported at the moment
it is needed, so that all of it runs on a laptop. Exit codes: 0 done, 1 a check or an input failed, 2 bad usage or
files, 3 a restart that was ordered, 130 Ctrl-C.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import time
from typing import TYPE_CHECKING, TypeVar

from firmware.commands import said
from firmware.commands.mistake import DONE, FAILED, INTERRUPTED, RESTART, USAGE, UsageError
from firmware.commands.options import parser

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from firmware.control.board import Site
    from firmware.control.clock import Clock
    from firmware.control.config import Config
    from firmware.control.mistakes import Mistake

_Read = TypeVar("_Read")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the only output on failure is one line on stderr."""
    options = parser().parse_args(arguments)
    said.begin(running=options.name in {"run", "update"})
    try:
        return _COMMANDS[options.name](options)
    except UsageError as mistake:
        sys.stderr.write(f"gapura {options.name}: {mistake}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(options: Namespace) -> int:
    """Run the gate."""
    from firmware import drivers
    from firmware.commands import gate
    from firmware.control.threads import ThreadDiedError
    from hw.errors import HardwareError
    from hw.no_core import refuse_core
    from hw.notify import notify

    refuse_core()
    site = _site(options.config)
    try:
        restarting = gate.run(site.config, drivers.hardware, notify, site.path, site.board)
    except (HardwareError, ThreadDiedError) as error:
        sys.stderr.write(f"gapura run: {error}\n")
        return FAILED
    except OSError as error:
        msg = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise UsageError(msg) from error
    return RESTART if restarting else DONE


def _release(options: Namespace) -> int:
    """Drive every output to rest; a mistake elsewhere in the configuration is no reason to hold a lock open."""
    from firmware import drivers
    from firmware.control import mistakes

    lines, found = mistakes.read_lines(options.config)
    config = _good(options.config, lines or found)
    sys.stderr.writelines(f"gapura release: {mistake}; the relay is let go all the same\n" for mistake in found)
    failures = drivers.release(config)
    sys.stderr.writelines(f"gapura release: {failure}\n" for failure in failures)
    return FAILED if found or failures else DONE


def _check(options: Namespace) -> int:
    """Check a configuration."""
    from firmware.commands import check
    from firmware.commands.check_time import Look
    from firmware.control.clock import SystemClock
    from hw import kernel_clock, rtc

    def look(device: str | None) -> Look:
        return Look(kernel_clock.read(), None if device is None else rtc.find(device))

    return check.run(options.config, SystemClock(0).now(), look, text_only=options.text)


def _doctor(options: Namespace) -> int:
    """Walk a technician through this door, or a hand of its own through a simulated one."""
    if options.simulated:
        return _rehearse(options)
    from firmware import drivers
    from firmware.commands import doctor
    from firmware.control import trial
    from firmware.control.clock import SystemClock
    from hw.errors import HardwareError

    site = _site(options.config)
    effective = trial.look(site.config, site.path)
    config = effective.config
    if site.blank:
        sys.stderr.write("gapura doctor: note: blank: waiting for its codes\n")
    if (note := effective.note(site.path)) is not None:
        sys.stderr.write(f"gapura doctor: note: {note}\n")
    call = doctor.Call(options.config, options.again, options.technician)
    try:
        return doctor.run(call, config, drivers.hardware, SystemClock(config.clock.error_s))
    except HardwareError as error:
        sys.stderr.write(f"gapura doctor: {error}\n")
        return FAILED
    except OSError as error:
        msg = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise UsageError(msg) from error


def _rehearse(options: Namespace) -> int:
    """Walk through a door in memory: that of a configuration, or the default one of the contract."""
    from firmware import drivers
    from firmware.commands import doctor_simulated as simulated
    from firmware.commands import simulated_door
    from firmware.commands.options import CONFIG
    from firmware.control import board, commissioning

    door = simulated.Door(simulated_door.DEFAULT_FITTED, simulated_door.DEFAULT_SETTINGS)
    if options.config != CONFIG or CONFIG.exists():
        config = _good(options.config, board.open_site(options.config)).config
        door = simulated.Door(commissioning.fitted(config), config.door.settings)
    return simulated.run(door, drivers.doubles)


def _inspect(options: Namespace) -> int:
    """Inspect pictures and codes."""
    from firmware import drivers
    from firmware.commands import inspect
    from firmware.commands.lists import given, moment
    from firmware.events import Direction, Instant
    from firmware.rules.decide import Place

    lists = given(options.trust, options.policy, authority=options.authority, test_keys=options.test_keys)
    now = int(time.time()) if options.at is None else moment(options.at)
    question = inspect.Question(
        trust=lists.trust,
        rules=lists.rules,
        now=Instant(0, now, now, "given"),
        place=Place(options.gate, options.area),
        direction=Direction(options.direction),
        decode_only=options.decode_only,
        root=lists.root,
        rulings=lists.rulings,
    )
    return inspect.run(options.inputs, question, drivers.Pictures(), as_set=options.set)


def _simulate(options: Namespace) -> int:
    """Play the gate."""
    from firmware import drivers
    from firmware.commands import simulate, simulated_door, simulation
    from firmware.commands.lists import given, moment
    from firmware.control.clock import OffsetClock, SystemClock, VirtualClock, boottime_ms

    clock: Clock
    if options.virtual_time:
        clock = VirtualClock(moment(options.at or simulated_door.VIRTUAL_START))
    elif options.at is not None:
        clock = OffsetClock(moment(options.at), boottime_ms())
    else:
        clock = SystemClock(0)
    seed = options.seed if options.seed is not None else 0 if options.virtual_time else secrets.randbits(64)
    door, problems = simulated_door.build(
        None if options.config is None else _config(options.config),
        given(options.trust, options.policy, authority=options.authority),
        random.Random(seed),  # noqa: S311  names of a simulation, no secrets
        clock.now(),
    )
    for problem in problems:
        sys.stderr.write(f"gapura simulate: {problem}\n")
    gate = simulation.Simulation(door, clock, drivers.doubles, simulate.write)
    return simulate.Script(gate, door.knowledge.sides, drivers.Pictures()).run(simulate.lines(gate))


def _site(path: Path) -> Site:
    """Read a configuration or a board file, or end with its mistakes; a blank gate's folder is made."""
    from firmware.control import board

    site = _good(path, board.open_site(path))
    if site.problem is not None:
        sys.stderr.write(f"gapura: {site.problem}\n")
    if site.blank:
        try:
            site.config.gate.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{site.config.gate.state_dir}: {error.strerror}; the board file's setup.state_dir says where"
            raise UsageError(msg) from error
    return site


def _config(path: Path) -> Config:
    """Read a configuration, or end with its mistakes."""
    from firmware.control import mistakes

    return _good(path, mistakes.read(path))


def _good(path: Path, read: _Read | list[Mistake]) -> _Read:
    """Return what was read, or end with its mistakes."""
    if not isinstance(read, list):
        return read
    msg = f"{path}: {read[0]}" + (f" (and {len(read) - 1} more; see gapura check {path})" if read[1:] else "")
    raise UsageError(msg)


def _update(options: Namespace) -> int:
    """Do what an update needs next."""
    from firmware.commands import update

    return update.run(options)


_COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "run": _run,
    "release": _release,
    "check": _check,
    "doctor": _doctor,
    "inspect": _inspect,
    "simulate": _simulate,
    "update": _update,
}

if __name__ == "__main__":
    sys.exit(main())
