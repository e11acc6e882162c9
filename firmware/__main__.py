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
from typing import TYPE_CHECKING, TypeVar

from firmware.commands import said
from firmware.commands.mistake import DONE, FAILED, INTERRUPTED, RESTART, USAGE, UsageError
from firmware.commands.options import parser
from firmware.signed.wording import legible

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from firmware.commands.inspect import Found
    from firmware.control.clock import Clock
    from firmware.control.config import Config
    from firmware.control.mistakes import Mistake
    from hw.reader.decoders import Decoder

_Read = TypeVar("_Read")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the only output on failure is one line on stderr."""
    options = parser().parse_args(arguments)
    said.begin(running=options.name in {"run", "update"})
    try:
        return _COMMANDS[options.name](options)
    except UsageError as mistake:
        sys.stderr.write(f"gapura {options.name}: {legible(str(mistake))}\n")
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
    from firmware.commands import gate, sites
    from firmware.control.threads import ThreadDiedError
    from hw.errors import HardwareError
    from hw.no_core import refuse_core
    from hw.notify import notify

    refuse_core()
    site = sites.open_site(options.config)
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
    from firmware import drivers
    from firmware.commands import doctor, doctor_simulated, sites
    from firmware.control import trial
    from firmware.control.clock import SystemClock
    from hw.errors import HardwareError

    if options.simulated:
        return doctor_simulated.run(doctor_simulated.door(options.config), drivers.doubles)
    site = sites.open_site(options.config)
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


def _inspect(options: Namespace) -> int:
    """Inspect pictures and codes."""
    from firmware.commands import inspect, question

    return inspect.run(options.inputs, question.asked(options), _Pictures(), as_set=options.set)


def _replay(options: Namespace) -> int:
    """Make recorded decisions once more."""
    from firmware.commands import replay

    return replay.run(options)


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
        given(
            options.trust,
            options.policy,
            then=options.then,
            authority=options.authority,
            revocations=options.revocations,
        ),
        random.Random(seed),  # noqa: S311  names of a simulation, no secrets
        clock.now(),
    )
    for problem in problems:
        sys.stderr.write(f"gapura simulate: {problem}\n")
    gate = simulation.Simulation(door, clock, drivers.doubles, simulate.write)
    return simulate.Script(gate, door.knowledge.sides, _Pictures()).run(simulate.lines(gate))


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


class _Pictures:
    """The reader's decoder, opened at the first picture and patient with each."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._decoder: Decoder | None = None

    def is_picture(self, data: bytes) -> bool:
        """Say by the magic bytes whether this is a picture."""
        from hw.reader.images import is_image

        return is_image(data)

    def decode(self, data: bytes) -> Sequence[Found] | None:
        """Find every code; None if the picture cannot be opened."""
        from hw.reader import decoders, images

        if self._decoder is None:
            self._decoder = decoders.build("auto", thorough=True)
        try:
            return self._decoder.decode(images.load(data))
        except images.ImageError:
            return None


_COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "run": _run,
    "release": _release,
    "check": _check,
    "doctor": _doctor,
    "inspect": _inspect,
    "replay": _replay,
    "simulate": _simulate,
    "update": _update,
}

if __name__ == "__main__":
    sys.exit(main())
