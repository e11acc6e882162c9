"""A machine under emulation: started, spoken to, ended. What runs on it is not known here.

Its console is the standard input and output of the program that emulates it: qemu with `-serial stdio`, or any shell.
Whoever waits says how long, and a machine that does not answer in time ends as an error with its last words.
"""

from __future__ import annotations

import os
import re
import secrets
import select
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GREETING: Final = "the bench listens"
"""What the machine's shell says before it reads anything; it must neither echo nor prompt."""

_CHUNK_BYTES: Final = 65536
_LAST_WORDS_BYTES: Final = 2000
_END_S: Final = 20.0


class MachineError(Exception):
    """The machine ended, or did not answer in time; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command on the machine printed, how it ended and how long it took."""

    out: str
    code: int
    seconds: float


class Machine:
    """One machine between `with` and its end."""

    def __init__(self, argv: Sequence[str], log: Path | None = None) -> None:
        """Take the program and its arguments, and a file for all that the console says; nothing runs yet."""
        self._argv = tuple(argv)
        self._log = log
        self._unread = b""
        self._last_words = b""

    def __enter__(self) -> Self:
        """Start it; its shell greets some time after."""
        self._process = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        return self

    def __exit__(self, *_: object) -> None:
        """End it, as pulling the plug does."""
        self._process.kill()
        self._process.wait(_END_S)
        for end in (self._process.stdin, self._process.stdout):
            if end is not None:
                end.close()

    @property
    def pid(self) -> int:
        """The process that emulates it."""
        return self._process.pid

    def boot(self, within_s: float) -> float:
        """Wait until the shell greets and return how long that took (s)."""
        began_s = time.monotonic()
        self.wait_for(re.escape(GREETING) + r"\r?\n", within_s)
        return time.monotonic() - began_s

    def run(self, command: str, within_s: float = 60.0) -> Answer:
        """Run a shell command on the machine; output and errors come together."""
        mark, began_s = f"--{secrets.token_hex(8)}", time.monotonic()
        # The mark is sent in two halves: a console that echoes must not answer in the shell's place.
        self.send(f"{{ {command}\n}} 2>&1 </dev/null; printf '\\n%s%s %d\\n' {mark[:8]} {mark[8:]} $?\n")
        out, end = self._until(rf"{mark} (\d+)\r?\n", within_s, command)
        return Answer(out.replace("\r\n", "\n").strip(), int(end[1]), time.monotonic() - began_s)

    def send(self, text: str) -> None:
        """Type this."""
        if self._process.stdin is None:
            message = "the machine was not started"
            raise MachineError(message)
        try:
            self._process.stdin.write(text.encode())
        except BrokenPipeError:
            raise MachineError(self._words("the machine ended")) from None

    def wait_for(self, pattern: str, within_s: float) -> re.Match[str]:
        """Wait until the console has said this, a regular expression; what came before it is gone then."""
        return self._until(pattern, within_s, pattern)[1]

    def _until(self, pattern: str, within_s: float, what: str) -> tuple[str, re.Match[str]]:
        until_s = time.monotonic() + within_s
        while True:
            # Latin-1 gives every byte one character, so that places in the text are places in the bytes.
            if found := re.search(pattern, self._unread.decode("latin-1")):
                before, self._unread = self._unread[: found.start()], self._unread[found.end() :]
                return before.decode(errors="replace"), found
            self._receive(until_s - time.monotonic(), what)

    def _receive(self, within_s: float, what: str) -> None:
        if self._process.stdout is None:
            message = "the machine was not started"
            raise MachineError(message)
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, within_s))
        if not ready:
            raise MachineError(self._words(f"no answer in time: {what}"))
        data = os.read(self._process.stdout.fileno(), _CHUNK_BYTES)
        if not data:
            raise MachineError(self._words("the machine ended"))
        self._unread += data
        self._last_words = (self._last_words + data)[-_LAST_WORDS_BYTES:]
        if self._log is not None:
            with self._log.open("ab") as log:
                log.write(data)

    def _words(self, what: str) -> str:
        return f"{what}\n{self._last_words.decode(errors='replace')}"
