"""Files that hold a secret: of the gate's user alone, whole or not at all, also after a power cut."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

from firmware.control import shelf

if TYPE_CHECKING:
    from pathlib import Path

MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def put(path: Path, data: bytes) -> None:
    """Write one file; raises OSError, and then what was there is there still."""
    shelf.put(path, data, fill)


def fill(path: Path, data: bytes) -> None:
    """Write a file that nobody reads yet, and have it on disk; raises OSError."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def wipe(path: Path) -> None:
    """Write over a file and remove it; raises OSError. A memory card may keep an old copy all the same."""
    with contextlib.suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
