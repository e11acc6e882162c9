"""The supervisor does what a unit file says, with real little processes."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from provisioning.rig.supervisor import Supervisor
from provisioning.rig.units import UnitFileError, parse_unit, span_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

UNIT = """
[Unit]
StartLimitIntervalSec=0
[Service]
Type=notify
Restart=always
RestartSec=1ms
WatchdogSec={watchdog}
WatchdogSignal=SIGKILL
TimeoutStopSec={stop}
{post}
"""

HEAD = """
import os, signal, socket, subprocess, sys, time
def say(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Make supervisors of little programs, started, and stop them afterwards."""
    made: list[Supervisor] = []

    def _make(
        body: str, *, watchdog: str = "0", stop: str = "5s", restart: str = "always", post: Sequence[str] | None = None
    ) -> Supervisor:
        unit = tmp_path / f"unit-{len(made)}.service"
        line = "ExecStopPost=/bin/true" if post else ""
        text = UNIT.format(watchdog=watchdog, stop=stop, post=line).replace("Restart=always", f"Restart={restart}")
        unit.write_text(text, encoding="utf-8")
        program = HEAD + textwrap.dedent(body)
        supervisor = Supervisor(
            unit, [sys.executable, "-c", program], env={"PATH": os.environ["PATH"], "T": str(tmp_path)}, stop_post=post
        )
        supervisor.start()
        made.append(supervisor)
        return supervisor

    yield _make
    for supervisor in made:
        supervisor.stop()


def kinds(supervisor: Supervisor) -> list[str]:
    """Name what happened, in order."""
    return [mark.kind for mark in supervisor.marks()]


def test_a_killed_program_is_let_go_of_and_started_again(make: Callable[..., Supervisor], tmp_path: Path) -> None:
    """After SIGKILL comes what the unit wants run, told how the program ended, and then the program again."""
    note = tmp_path / "ended"
    tell = f"import os; open({str(note)!r}, 'w').write(os.environ['EXIT_CODE'] + ' ' + os.environ['EXIT_STATUS'])"
    supervisor = make("say('READY=1'); time.sleep(60)", post=[sys.executable, "-c", tell])
    ready = supervisor.wait_for("ready")
    assert supervisor.pid == ready.pid
    os.kill(ready.pid, signal.SIGKILL)
    assert supervisor.wait_for("ready", 2).pid != ready.pid
    assert kinds(supervisor) == ["start", "ready", "death", "post", "start", "ready"]
    assert supervisor.marks("death")[0].code == -signal.SIGKILL
    assert supervisor.marks("post")[0].code == 0
    assert note.read_text(encoding="utf-8") == "killed KILL"
    times = [mark.boottime_ms for mark in supervisor.marks()]
    assert times == sorted(times)


def test_a_missed_watchdog_is_killed(make: Callable[..., Supervisor]) -> None:
    """A program that was ready and falls silent is killed with the unit's signal, even one that is stopped."""
    supervisor = make("say('READY=1'); os.kill(os.getpid(), signal.SIGSTOP)", watchdog="200ms")
    supervisor.wait_for("start", 2)
    assert kinds(supervisor)[:4] == ["start", "ready", "watchdog", "death"]
    assert supervisor.marks("death")[0].code == -signal.SIGKILL


def test_a_fed_watchdog_leaves_a_program_alone(make: Callable[..., Supervisor]) -> None:
    """A program that keeps feeding outlives many watchdog times and is told what its time is."""
    supervisor = make(
        """
        assert os.environ["WATCHDOG_USEC"] == "2000000"
        say("READY=1")
        for _ in range(30):
            say("WATCHDOG=1")
            time.sleep(0.1)
        """,
        watchdog="2s",
    )
    supervisor.wait_for("death")
    assert kinds(supervisor)[:3] == ["start", "ready", "death"]
    assert supervisor.marks("death")[0].code == 0


def test_a_program_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    """Without READY the start times out; a message of a child of the program counts for nothing."""
    unit = tmp_path / "slow.service"
    unit.write_text(UNIT.format(watchdog="0", stop="5s", post="TimeoutStartSec=300ms"), encoding="utf-8")
    program = HEAD + textwrap.dedent(
        """
        if os.fork() == 0:
            say("READY=1")
            os._exit(0)
        os.wait()
        time.sleep(60)
        """
    )
    supervisor = Supervisor(unit, [sys.executable, "-c", program], env={})
    supervisor.start()
    try:
        supervisor.wait_for("death")
        assert kinds(supervisor)[:3] == ["start", "timeout", "death"]
    finally:
        supervisor.stop()


@pytest.mark.parametrize(("stubborn", "code"), [(False, -signal.SIGTERM), (True, -signal.SIGKILL)])
def test_stop_ends_a_program_for_good(
    make: Callable[..., Supervisor],
    stubborn: bool,  # noqa: FBT001 - a table column
    code: int,
) -> None:
    """Stopping asks first, kills when asking is not enough, runs what follows and restarts nothing."""
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    supervisor = make(f"{ignore}\nsay('READY=1'); time.sleep(60)", stop="300ms", post=["/bin/true"])
    supervisor.wait_for("ready")
    supervisor.stop()
    assert kinds(supervisor) == ["start", "ready", "death", "post"]
    assert supervisor.marks("death")[0].code == code
    assert supervisor.pid is None


def test_what_a_program_leaves_behind_ends_with_it(make: Callable[..., Supervisor], tmp_path: Path) -> None:
    """A child that outlives its parent is killed with it."""
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    supervisor = make(
        """
        subprocess.Popen(["/bin/sh", "-c", 'exec 3>"$T/alive"; sleep 60'])
        say("READY=1")
        time.sleep(60)
        """
    )
    # The pipe reads as ended when its last writer is gone, and the child is the only one.
    with fifo.open("rb") as alive:
        os.kill(supervisor.wait_for("ready").pid, signal.SIGKILL)
        supervisor.wait_for("death")
        supervisor.stop()
        assert alive.read() == b""


@pytest.mark.parametrize(
    ("restart", "code", "again"), [("no", 1, False), ("on-failure", 0, False), ("on-failure", 1, True)]
)
def test_a_program_is_restarted_only_if_the_unit_says_so(
    make: Callable[..., Supervisor],
    restart: str,
    code: int,
    again: bool,  # noqa: FBT001 - a table column
) -> None:
    """Restart= decides, and without it an end is an end."""
    supervisor = make(f"say('READY=1'); sys.exit({code})", restart=restart, post=["/bin/true"])
    supervisor.wait_for("post")
    if again:
        supervisor.wait_for("start", 2)
    else:
        supervisor.stop()
        assert len(supervisor.marks("start")) == 1


def test_a_program_that_cannot_be_started_is_an_end_like_any_other(tmp_path: Path) -> None:
    """A missing program is a death with the service manager's code for it, tried again."""
    unit = tmp_path / "missing.service"
    unit.write_text(UNIT.format(watchdog="0", stop="5s", post=""), encoding="utf-8")
    supervisor = Supervisor(unit, [str(tmp_path / "missing")], env={})
    supervisor.start()
    assert supervisor.wait_for("death", 2).code == 203
    supervisor.stop()


def test_waiting_for_what_does_not_come_says_what_came(make: Callable[..., Supervisor]) -> None:
    """A wait that ends unfulfilled names what happened instead."""
    supervisor = make("time.sleep(60)")
    supervisor.wait_for("start")
    with pytest.raises(TimeoutError, match="no ready number 1"):
        supervisor.wait_for("ready", timeout_s=0.01)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", 10_000),
        ("200ms", 200),
        ("1min 30s", 90_000),
        ("1.5s", 1_500),
        ("infinity", None),
        ("0", 0),
        ("2h", 7_200_000),
    ],
)
def test_time_spans_are_read_as_the_service_manager_reads_them(text: str, expected: int | None) -> None:
    """A bare number is seconds, units add up, infinity is no limit."""
    assert span_ms(text) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Type=notify", "Type=oneshot"),
        ("Restart=always", "Restart=on-watchdog"),
        ("WatchdogSec=1", "WatchdogSec=soon"),
        ("WatchdogSignal=SIGKILL", "WatchdogSignal=SIGNOTHING"),
    ],
)
def test_a_unit_that_is_not_understood_is_refused(old: str, new: str) -> None:
    """A supervisor that would have to guess does not start."""
    text = UNIT.format(watchdog="1", stop="1", post="")
    parse_unit(text)
    assert old in text
    with pytest.raises(UnitFileError):
        parse_unit(text.replace(old, new))


def test_a_unit_is_read_with_its_defaults_and_continuations() -> None:
    """Only [Service] counts, the last value of a directive holds, a backslash joins lines, a bare name is a signal."""
    unit = parse_unit("[Unit]\nRestart=x\n[Service]\n#Restart=y\nType=simple\nType=\\\nnotify\nKillSignal=INT\n")
    assert (unit.type, unit.restart, unit.restart_ms, unit.watchdog_ms) == ("notify", "no", 100, None)
    assert (unit.kill_signal, unit.watchdog_signal) == (signal.SIGINT, signal.SIGABRT)
    assert (unit.start_timeout_ms, unit.stop_timeout_ms, unit.stop_post) == (90_000, 90_000, False)


def test_the_caller_must_know_what_runs_after_an_end(tmp_path: Path) -> None:
    """A unit with ExecStopPost and a caller without one, or the other way round, is refused."""
    unit = tmp_path / "unit.service"
    unit.write_text(UNIT.format(watchdog="0", stop="1", post="ExecStopPost=/bin/true"), encoding="utf-8")
    with pytest.raises(UnitFileError, match="disagree"):
        Supervisor(unit, ["/bin/true"], env={})
