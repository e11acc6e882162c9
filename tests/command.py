"""Calling the shipped commands as real processes, the way a user or another program does."""

from __future__ import annotations

import atexit
import functools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.open_desk import OpenDesk

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


@functools.cache
def _desk() -> OpenDesk:
    """The one of this run of tests, from the first call on."""
    folder = tempfile.TemporaryDirectory(prefix="gapura-desk-")
    desk = OpenDesk(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(desk.close)
    return desk


def call(
    module: str, arguments: Sequence[str | Path], stdin: bytes = b"", cwd: Path | None = None, longest_s: float = 100
) -> Ended:
    """Run the `main` of a package of ours in a process of its own, from anywhere, without a terminal."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        given.write(stdin)
        given.seek(0)
        files = [one.fileno() for one in (given, said, complained)]
        code = _desk().call(module, [str(word) for word in arguments], str(cwd or Path.cwd()), files, longest_s)
        out, err = (_whole(one) for one in (said, complained))
    assert b"Traceback" not in err, err.decode()
    return Ended(code, out, err.decode())


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def gapura(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> Ended:
    """Call the gate's command line."""
    return call("firmware", arguments, stdin, cwd)


def gapura_ops(*arguments: str | Path, cwd: Path | None = None) -> Ended:
    """Call the operators' command line."""
    return call("provisioning", arguments, b"", cwd)
