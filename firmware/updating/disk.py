"""What the updater changes on disk: each step is whole or not at all, and lasts. It decides nothing.

All changes go through this one class, so that a test can end the process at every one of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from typing import TYPE_CHECKING, Final

from firmware.updating import guard

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.updating.plan import State

NEW: Final = ".new-"
MARK: Final = ".unpacked"
"""Stands in a release that the updater unpacked: it removes no other."""


class Disk:
    """The folder of releases: `releases/<version>`, the link `current`, and the updater's own `update/`."""

    def __init__(self, base: Path) -> None:
        """Take the folder; nothing is made yet."""
        self.base = base
        self.own = base / "update"
        self.releases = base / "releases"

    def keep(self, state: State) -> None:
        """Remember; raises OSError."""
        guard.write_state(self.base, state.model_dump(mode="json"))

    def put(self, path: Path, data: bytes) -> None:
        """Put a file in its place; raises OSError."""
        guard.put(path, data)

    def point(self, release: str) -> None:
        """Let the next start take a release; raises OSError."""
        guard.point(self.base, release)

    def begin(self, release: str) -> Path:
        """Make an empty folder for a release that is not whole yet; raises OSError."""
        folder = self.releases / f"{NEW}{release}"
        self.remove(folder)
        folder.mkdir(mode=0o755)
        return folder

    def finish(self, release: str) -> None:
        """Give a release that is whole its name, after all of it is on the card; raises OSError."""
        folder = self.releases / f"{NEW}{release}"
        _all_of_it(folder)
        folder.rename(self.releases / release)
        guard.sync(self.releases)

    def remove(self, path: Path) -> None:
        """Remove a folder or a file, if it is there; raises OSError."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def drop(self, release: str) -> None:
        """Remove a release that the updater unpacked: its name first, so that no half of one has it."""
        folder = self.releases / release
        if not (folder / MARK).is_file():
            return
        gone = self.releases / f"{NEW}{release}"
        self.remove(gone)
        folder.rename(gone)
        guard.sync(self.releases)
        self.remove(gone)

    def tidy(self, keep: set[str] | None = None) -> None:
        """Remove what is not whole, and every release that is not to be kept; what cannot be removed stays."""
        with contextlib.suppress(OSError):
            for name in sorted(os.listdir(self.releases)):  # noqa: PTH208  names are all that is needed
                if name.startswith(NEW):
                    self.remove(self.releases / name)
                elif keep is not None and name not in keep:
                    self.drop(name)

    def room(self) -> int:
        """Say how many bytes are free for the updater; raises OSError."""
        found = os.statvfs(self.base)
        return found.f_bavail * found.f_frsize


def _all_of_it(folder: Path) -> None:
    """Wait until a whole file system is on the card; unlike sync(2), syncfs(2) says when it is not. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(handle):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(folder))
    finally:
        os.close(handle)
