"""The judges of `make boot` against tools that say what there is to find.

A shell of this machine stands for the booted one, because a judge cannot tell them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.packaging import layout
from tests.machine import pace, steps
from tests.machine.debian import Guest
from tests.machine.vm import GREETING, Machine, MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Tool = Callable[[str, str], None]

SHOWN = """\
Type={type}
ActiveState=active
MainPID=7
NRestarts={restarts}
ActiveEnterTimestampMonotonic=9000000
ExecMainStartTimestampMonotonic=8000000
"""


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """Put a program of this name where the shell finds it first."""

    def put(name: str, script: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    return put


@pytest.fixture
def guest(tmp_path: Path) -> Iterator[Guest]:
    """Speak to a shell as to a booted machine."""
    shell = f"echo '{GREETING}'; PATH={tmp_path}:$PATH exec bash --norc /dev/stdin"
    with Machine(["bash", "-c", shell]) as machine:
        machine.boot(30)
        yield Guest(machine)


def test_units_that_verify_in_silence_pass(guest: Guest, tool: Tool) -> None:
    """No output and a clean end is what a good unit gives."""
    tool("systemd-analyze", "exit 0")
    assert steps.verified(guest).faults == []


def test_every_unit_that_is_shipped_is_verified(guest: Guest, tool: Tool) -> None:
    """The service manager is asked about each file of a unit that the package has, by its installed name."""
    tool("systemd-analyze", 'shift; printf "%s\\n" "$@"')
    placed = {f"/{file.target}" for file in layout.PLACED if "/systemd/system/" in file.target}
    assert set(steps.verified(guest).faults) == placed
    assert len(placed) == steps.verified(guest).n


@pytest.mark.parametrize("script", ["echo 'gapura.service: Failed to parse WatchdogSec='", "exit 1"])
def test_a_word_or_a_failure_of_verify_is_a_fault(guest: Guest, tool: Tool, script: str) -> None:
    """A value that is not understood is printed with exit code 0, so that the words decide as well."""
    tool("systemd-analyze", script)
    assert steps.verified(guest).faults


@pytest.mark.parametrize(
    ("said", "code", "good"),
    [("1.6 OK", 0, True), ("2.0 OK", 0, True), ("2.1 OK", 0, False), ("1.6 OK", 1, False), ("none", 0, False)],
)
def test_exposure_is_judged_by_number_and_by_exit(
    guest: Guest, tool: Tool, said: str, code: int, *, good: bool
) -> None:
    """At most 2.0 passes; more, a failing tool or no number at all is a fault."""
    tool("systemd-analyze", f"echo '→ Overall exposure level for {steps.GATE}: {said}'; exit {code}")
    assert (not steps.exposure(guest, steps.GATE).faults) is good


@pytest.mark.parametrize(
    ("kind", "restarts", "good"), [("notify", 0, True), ("simple", 0, False), ("notify", 2, False)]
)
def test_ready_must_come_from_the_program_and_at_once(
    guest: Guest, tool: Tool, kind: str, restarts: int, *, good: bool
) -> None:
    """A unit that nobody waited for, or that needed a second try, was not READY."""
    tool("systemctl", f"cat <<'END'\n{SHOWN.format(type=kind, restarts=restarts)}END")
    found = steps.ready(guest, steps.GATE)
    assert (not found.faults) is good
    assert found.values == {"ready_ms": 1000}


def test_a_unit_that_never_is_ready_is_quoted(guest: Guest, tool: Tool) -> None:
    """What the unit itself said last stands behind the fault: the machine is gone when somebody asks."""
    tool("systemctl", "exit 1")
    tool("journalctl", "echo gapura-reader: no camera 0")
    with pytest.raises(MachineError, match=r"never in 0 s(.|\n)*no camera 0"):
        guest.ready(steps.READER, within_s=0)


@pytest.mark.parametrize(("loop_ms", "times"), [(400, 1.0), (2_000, 1.0), (5_000, 2.5), (60_000, 5.0)])
def test_a_slow_machine_is_waited_for_but_not_for_ever(loop_ms: int, times: float) -> None:
    """Limits grow with what a fixed loop takes, from the time of a free machine to five times that."""
    assert pace.longer(loop_ms) == times


@pytest.mark.parametrize(("said", "good"), [("/opt/python zbar_worker.py", True), ("zbar cannot be loaded", False)])
def test_a_reader_without_its_second_decoder_is_found(guest: Guest, tool: Tool, said: str, *, good: bool) -> None:
    """It is a process of the unit that counts, and no word about one."""
    tool("systemctl", f"echo '{said}'")
    assert (not steps.decoding(guest).faults) is good


@pytest.mark.parametrize(("lines", "faults"), [("ready", 0), ("Traceback (most recent call last):", 1)])
def test_a_traceback_in_the_journal_is_found(guest: Guest, tool: Tool, lines: str, faults: int) -> None:
    """A program that failed in the dark is a fault of the run."""
    tool("journalctl", f"echo begin; echo '{lines}'")
    found = steps.told(guest)
    assert (len(found.faults), found.n) == (faults, 2)
