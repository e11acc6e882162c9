"""A technician at a real terminal: a pseudo-terminal with `gapura doctor` on it, read and typed into."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from hw.clock import boottime_ms
from hw.reader.messages import Beat, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.torture.lane import Lane

PROMPT = re.compile(r"\[\d+/\d+\] ([a-z0-9-]+): ([^\r\n]*) \[[^\r\n]*q quit\]")
PATIENCE_S = 60.0
BEAT_MS = 200


@dataclass(frozen=True)
class Asked:
    """One prompt: the step it belongs to and its words."""

    step: str
    text: str


@dataclass
class Terminal:
    """One run of `gapura doctor`; what it prints for programs goes into a file."""

    config: Path
    arguments: tuple[str, ...] = ()
    text: str = ""
    _seen: int = 0
    _out: tempfile._TemporaryFileWrapper[bytes] = field(default_factory=tempfile.NamedTemporaryFile)

    def __enter__(self) -> Self:
        """Start it."""
        self._master, slave = pty.openpty()
        argv = [sys.executable, "-m", "firmware", "doctor", "--config", str(self.config), *self.arguments]
        self.process = subprocess.Popen(argv, stdin=slave, stderr=slave, stdout=self._out)
        os.close(slave)
        return self

    def __exit__(self, *_: object) -> None:
        """End it if it has not ended."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        self._out.close()

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._master, line.encode() + b"\n")

    def asked(self, meanwhile: Callable[[], object] = lambda: None) -> Asked | None:
        """Wait for the next prompt, doing something again and again meanwhile; None when the command has ended."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            found = PROMPT.search(self.text, self._seen)
            if found is not None:
                self._seen = found.end()
                return Asked(found[1], found[2])
            meanwhile()
            if not self._read(0.2):
                return None
        message = f"nothing was asked: {self.text[-2000:]}"
        raise AssertionError(message)

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        while self._read(PATIENCE_S):
            pass
        return self.process.wait(PATIENCE_S)

    def told(self) -> list[Mapping[str, object]]:
        """Return what was printed for programs."""
        self._out.seek(0)
        return [json.loads(line) for line in self._out]

    def _read(self, timeout_s: float) -> bool:
        """Read what is there; false at the end."""
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return True
        try:
            piece = os.read(self._master, 4096)
        except OSError:  # how Linux says that nobody has the other end any more
            return False
        self.text += piece.decode("utf-8", "replace")
        return bool(piece)


@dataclass
class Camera:
    """A reader whose picture is good."""

    lane: Lane
    frames: int = 0
    _next_ms: int = 0

    def beat(self) -> None:
        """Send a heartbeat if one is due: a gate hangs up on a reader that sends too many."""
        if boottime_ms() < self._next_ms:
            return
        self._next_ms = boottime_ms() + BEAT_MS
        self.frames += 10
        values = {"brightness": 120, "frame_age_ms": 40, "frames": self.frames, "sharpness": 3_000}
        self.lane.send(encode(Beat(boottime_ms(), tuple(sorted(values.items())))))
