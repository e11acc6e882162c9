"""Somebody who outlives this process: if it dies, whatever way, its outputs are let go.

A gate under its service manager has `ExecStopPost` for that. A command at a terminal has nobody, and a Pi's kernel
keeps a line driven when its process is gone. So a child waits at the end of a pipe that closes with its parent.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT: Final = 'read -r _ && exit 0; exec "$@"'
"""A line means that all is well; the pipe's end without one that nobody is left to say so."""


class Guardian:
    """While entered, the death of this process runs `gapura release` on a configuration."""

    def __init__(self, config: Path) -> None:
        """Take the configuration whose lines are to be let go."""
        release = [sys.executable, "-m", "firmware", "release", "--config", str(config.absolute())]
        self._argv = ["/bin/sh", "-c", _SCRIPT, "guardian", *release]
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin to watch, in a session of its own: what ends a terminal does not end the guardian."""
        self._child = subprocess.Popen(  # noqa: S603  our own program
            self._argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Say that all was let go; after an error it is let go once more."""
        child, self._child = self._child, None
        if child is not None:
            child.communicate(b"\n" if kind is None or kind is KeyboardInterrupt else b"")
