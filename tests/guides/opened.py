"""The surroundings in which pages are typed: our programs on the path, and an open desk behind `gapura-ops`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.command import ROOT
from tests.open_desk import OpenDesk

if TYPE_CHECKING:
    from collections.abc import Iterator


def surroundings(*before: Path) -> dict[str, str]:
    """The environment in which the installed programs are found, and those in other folders before them."""
    places = (*map(str, before), str(Path(sys.executable).parent), os.environ["PATH"])
    return {"PATH": os.pathsep.join(places), "PYTHONPATH": str(ROOT)}


@contextmanager
def enterable() -> Iterator[Path]:
    """Give a folder that another user may look into, for mosquitto never stays root; it is gone after the block."""
    memory = Path("/dev/shm")  # noqa: S108  where there is one, no disk of a busy machine keeps a record waiting
    path = Path(tempfile.mkdtemp(prefix="gapura-city-", dir=memory if memory.is_dir() else None))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def opened(folder: Path) -> Iterator[dict[str, str]]:
    """Open a desk in a folder of its own and give the environment of whoever types there; it ends with the block."""
    programs = folder / "bin"
    programs.mkdir()
    desk = OpenDesk(folder)
    try:
        desk.program(programs / "gapura-ops", "provisioning")
        yield surroundings(programs)
    finally:
        desk.close()
