"""The service manager's part on a bench: does what the shipped unit file says and nothing else.

It starts the program, waits for its readiness, kills it when its watchdog is missed, runs what the unit wants run
after every end, and restarts it. It never looks inside the program and never touches a pin.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from hw.clock import boottime_ms
from provisioning.rig.notify_socket import NotifySocket
from provisioning.rig.units import UnitFileError, parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["start", "ready", "watchdog", "timeout", "death", "post"]

_TICK_S: Final = 0.05
"""How often a limit or a request to stop is looked at; an end or a message is noticed at once."""

_EXIT_EXEC: Final = 203
"""What the service manager reports when a program cannot be started at all."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened, in CLOCK_BOOTTIME; `code` is an exit code, negative for a signal."""

    kind: Kind
    boottime_ms: int
    pid: int
    code: int | None = None


class Supervisor:
    """One program under one unit file, on one thread."""

    def __init__(
        self,
        unit_path: Path,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        stop_post: Sequence[str] | None = None,
        start_pre: Sequence[str] | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
    ) -> None:
        """Read the unit; `argv` and `stop_post` stand for its ExecStart and ExecStopPost, paths substituted.

        `start_pre` stands for its ExecStartPre, whose failure is nothing; without one the bench has only one release.
        What the programs say is appended to `log`, or thrown away.
        """
        self.unit = parse_unit(unit_path.read_text(encoding="utf-8"))
        if self.unit.stop_post != (stop_post is not None):
            message = f"{unit_path.name} and the caller disagree about ExecStopPost"
            raise UnitFileError(message)
        self._argv, self._stop_post, self._cwd = list(argv), stop_post, cwd
        self._start_pre = start_pre
        self._log = Path(os.devnull) if log is None else log
        self._env = dict(env)
        self._changed = threading.Condition()
        self._marks: list[Mark] = []
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=f"supervisor-{unit_path.stem}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the program as the unit says, run what follows, and restart no more."""
        self._stopping.set()
        self._thread.join()

    @property
    def pid(self) -> int | None:
        """The main process, if one runs."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def marks(self, kind: Kind | None = None) -> tuple[Mark, ...]:
        """Return what happened so far, in order, all of it or of one kind."""
        with self._changed:
            return tuple(mark for mark in self._marks if kind in (None, mark.kind))

    def wait_for(self, kind: Kind, count: int = 1, timeout_s: float = 30) -> Mark:
        """Wait until something has happened `count` times and return the last; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._of(kind)) >= count, timeout_s):
                message = f"no {kind} number {count} within {timeout_s} s: {[mark.kind for mark in self._marks]}"
                raise TimeoutError(message)
            return self._of(kind)[count - 1]

    def _of(self, kind: Kind) -> list[Mark]:
        return [mark for mark in self._marks if mark.kind == kind]

    def _mark(self, kind: Kind, pid: int, code: int | None = None) -> None:
        with self._changed:
            self._marks.append(Mark(kind, boottime_ms(), pid, code))
            self._changed.notify_all()

    def _run(self) -> None:
        socket = NotifySocket()
        try:
            again = True
            while again and not self._stopping.is_set():
                again = self._once(socket)
                self._stopping.wait(self.unit.restart_ms / 1000 if again else 0)
        finally:
            socket.close()

    def _once(self, socket: NotifySocket) -> bool:
        """Run the program from start to end; say whether the unit wants it again."""
        socket.drain()
        env = {**self._env, "NOTIFY_SOCKET": socket.path}
        if self.unit.watchdog_ms is not None:
            env["WATCHDOG_USEC"] = str(self.unit.watchdog_ms * 1000)
        try:
            with self._log.open("ab") as log:
                if self._start_pre is not None:
                    subprocess.run(self._start_pre, env=self._env, check=False, stdout=log, stderr=log)  # noqa: S603  the same
                process = subprocess.Popen(  # noqa: S603 - the caller names the program
                    self._argv, env=env, cwd=self._cwd, stdout=log, stderr=log, start_new_session=True
                )
        except OSError:
            pid, code = 0, _EXIT_EXEC
        else:
            self._process = process
            pid, code = process.pid, self._attend(process, socket)
            # What the program left behind ends with it, as in the unit's control group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._mark("death", pid, code)
        self._after(pid, code)
        match self.unit.restart:
            case "always":
                return True
            case "on-failure":
                return code != 0
            case _:
                return False

    def _attend(self, process: subprocess.Popen[bytes], socket: NotifySocket) -> int:
        """Keep to the unit's times until the program ends, killing it if it does not; return its exit code."""
        self._mark("start", process.pid)
        ended = os.pidfd_open(process.pid)
        try:
            ready = False
            limit_ms = _later(self.unit.start_timeout_ms)
            while process.poll() is None:
                if self._stopping.is_set():
                    return self._end(process, self.unit.kill_signal)
                select.select([socket.fileno(), ended], [], [], _TICK_S)
                said = socket.receive(process.pid)
                if "READY=1" in said and not ready:
                    ready = True
                    self._mark("ready", process.pid)
                    limit_ms = _later(self.unit.watchdog_ms)
                if ready and "WATCHDOG=1" in said:
                    limit_ms = _later(self.unit.watchdog_ms)
                if limit_ms is not None and boottime_ms() >= limit_ms:
                    self._mark("watchdog" if ready else "timeout", process.pid)
                    return self._end(process, self.unit.watchdog_signal if ready else self.unit.kill_signal)
            return process.wait()
        finally:
            os.close(ended)

    def _end(self, process: subprocess.Popen[bytes], number: signal.Signals) -> int:
        process.send_signal(number)
        limit_ms = self.unit.stop_timeout_ms
        try:
            return process.wait(None if limit_ms is None else limit_ms / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _after(self, pid: int, code: int) -> None:
        if self._stop_post is None:
            return
        killed = code < 0
        status = signal.Signals(-code).name.removeprefix("SIG") if killed else str(code)
        env = {**self._env, "EXIT_CODE": "killed" if killed else "exited", "EXIT_STATUS": status}
        limit_ms = self.unit.stop_timeout_ms
        post: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired), self._log.open("ab") as log:
            post = subprocess.run(  # noqa: S603 - the caller names the program
                list(self._stop_post),
                env=env,
                cwd=self._cwd,
                check=False,
                stdout=log,
                stderr=log,
                timeout=None if limit_ms is None else limit_ms / 1000,
            ).returncode
        self._mark("post", pid, post)


def _later(span_ms: int | None) -> int | None:
    return None if span_ms is None else boottime_ms() + span_ms
