"""The surroundings in which pages are typed: our programs on the path, and an open desk behind `gapura-ops`."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.command import ROOT
from tests.guides.desk import ASKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def opened(folder: Path) -> Iterator[dict[str, str]]:
    """Open a desk in a folder of its own and give the environment of whoever types there; it ends with the block."""
    programs, door = folder / "bin", folder / "desk.sock"
    programs.mkdir()
    asking = programs / "gapura-ops"
    asking.write_text(f"#!{sys.executable} -IS\n{ASKING}")
    asking.chmod(0o755)
    path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    argv = [sys.executable, "-m", "tests.guides.desk", str(door)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as desk:
        try:
            assert desk.stdout is not None
            assert desk.stdout.readline() == "open\n"
            yield {"PATH": path, "GAPURA_DESK": str(door), "PYTHONPATH": str(ROOT)}
        finally:
            desk.terminate()
