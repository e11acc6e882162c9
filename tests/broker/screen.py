"""A real pseudo-terminal with a program on it, and a terminal in memory that shows what it drew. It judges nothing."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from typing import TYPE_CHECKING, Any, Self

import pyte

from tests.broker.stand import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Screen:
    """A program on a terminal of so many columns and rows."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        """Start it, with the terminal as its own."""
        self.raw = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execve(argv[0], list(argv), dict(environment))  # noqa: S606  a terminal of its own, and no shell
        self.before = self.modes()
        self.ended: int | None = None

    def __enter__(self) -> Self:
        """Start is done already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it whatever happened."""
        if self.ended is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def modes(self) -> list[Any]:
        """How the terminal is set: echo, lines, and all else."""
        return termios.tcgetattr(self._terminal)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def rows(self) -> list[str]:
        """What is on the screen."""
        return [row.rstrip() for row in self._screen.display]

    def until(self, what: Callable[[list[str]], bool]) -> bool:
        """Read what is drawn until the screen is so; say whether it ever was."""
        until_s = time.monotonic() + PATIENCE_S
        while not what(self.rows()):
            if time.monotonic() > until_s or not self._read(0.1):
                return what(self.rows())
        return True

    def shows(self, text: str) -> bool:
        """Wait until a text stands somewhere on the screen."""
        return self.until(lambda rows: any(text in row for row in rows))

    def end(self) -> int:
        """Wait for the program's own end and return its exit code."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            self._read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.ended = os.waitstatus_to_exitcode(status)
                while self._read(0.0) and select.select([self._terminal], [], [], 0)[0]:
                    pass
                return self.ended
        message = f"it does not end: {self.rows()}"
        raise AssertionError(message)

    def _read(self, timeout_s: float) -> bool:
        """Take what was drawn; whether there is still somebody who draws."""
        if select.select([self._terminal], [], [], timeout_s)[0]:
            try:
                drawn = os.read(self._terminal, 65536)
            except OSError:
                return False
            self.raw += drawn
            self._stream.feed(drawn)
        return True
