"""Calling the shipped commands as real processes, the way a user or another program does."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: bytes
    err: str

    def lines(self) -> list[dict[str, object]]:
        """Read standard output as JSON lines; anything else on it fails."""
        return [json.loads(line) for line in self.out.splitlines()]


def call(
    module: str, arguments: Sequence[str | Path], stdin: bytes = b"", cwd: Path | None = None, longest_s: int = 100
) -> Ended:
    """Run `python -m module` from anywhere, without a terminal."""
    argv = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(argv, input=stdin, capture_output=True, cwd=cwd, check=False, timeout=longest_s)
    err = done.stderr.decode()
    assert "Traceback" not in err, err
    return Ended(done.returncode, done.stdout, err)


def gapura(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> Ended:
    """Call the gate's command line."""
    return call("firmware", arguments, stdin, cwd)


def gapura_ops(*arguments: str | Path, cwd: Path | None = None) -> Ended:
    """Call the operators' command line."""
    return call("provisioning", arguments, b"", cwd)
