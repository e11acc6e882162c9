"""The console of a machine, against a real shell in the machine's place."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from tests.machine.vm import GREETING, Machine, MachineError

if TYPE_CHECKING:
    from pathlib import Path

SHELL = ("sh", "-c", f"echo noise of a boot; echo {GREETING}; exec sh")


def test_a_command_gives_its_output_and_its_end() -> None:
    """What a command prints, on either stream, and its exit code come back apart from everything else."""
    with Machine(SHELL) as machine:
        machine.boot(10)
        answer = machine.run("echo one; echo two >&2; (exit 3)")
    assert (answer.out, answer.code) == ("one\ntwo", 3)


def test_commands_in_a_row_do_not_mix() -> None:
    """Each answer is that of its own command, whatever the earlier ones printed."""
    with Machine(SHELL) as machine:
        machine.boot(10)
        assert [machine.run(f"echo {number}; seq 2000 | wc -l").out for number in range(3)] == [
            f"{number}\n2000" for number in range(3)
        ]


def test_other_lines_of_the_console_are_waited_for() -> None:
    """A line that appears by itself is found, with its groups, and what follows it is still there."""
    with Machine(SHELL) as machine:
        machine.boot(10)
        machine.send("echo level of line 7 is 1; echo after\n")
        assert machine.wait_for(r"line (\d) is (\d)", 10).groups() == ("7", "1")
        machine.wait_for("after", 10)


def test_an_echo_is_no_answer() -> None:
    """A console that repeats what is typed does not end a command before the command has ended."""
    echoing = "import sys\nfor line in iter(sys.stdin.readline, ''): print(line, end='', flush=True)"
    with Machine(("python3", "-c", echoing)) as machine, pytest.raises(MachineError, match="in time"):
        machine.run("true", within_s=0.2)


def test_silence_is_an_error_with_the_last_words() -> None:
    """Whoever waits in vain learns for what, and what the machine said last."""
    with Machine(SHELL) as machine:
        machine.boot(10)
        machine.run("echo so far so good")
        with pytest.raises(MachineError, match=r"no answer in time: kill(?s:.*)so far so good"):
            machine.run("kill -STOP $$", within_s=0.05)


def test_a_machine_that_ends_is_an_error() -> None:
    """A program that stops by itself is said at once and not waited for."""
    with Machine(("sh", "-c", "echo the kernel gave up")) as machine, pytest.raises(MachineError, match="ended"):
        machine.boot(60)


def test_nothing_is_left_running() -> None:
    """The emulating process is gone when the block ends, whatever ended it."""
    machine = Machine(SHELL)
    with contextlib.suppress(KeyError), machine:
        machine.boot(10)
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(machine.pid, 0)


def test_the_console_is_kept(tmp_path: Path) -> None:
    """All that the machine said stands in the file that was asked for."""
    log = tmp_path / "console.log"
    with Machine(SHELL, log) as machine:
        machine.boot(10)
        machine.run("echo kept")
    assert b"noise of a boot" in log.read_bytes()
    assert b"kept" in log.read_bytes()
