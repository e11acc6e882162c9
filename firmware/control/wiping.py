"""Replacing a small secret file: the new one is there whole or not at all, and zeros are written over the old one.

What a flash card keeps of blocks that it has put aside is out of reach of any program, here as everywhere.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from firmware.control.shelf import sync

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE: Final = 0o600


def replace_and_wipe(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 and wipe the one that it replaces; raises OSError."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    wipe_leftover(path)
    temporary = _beside(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(temporary, flags, PRIVATE), "wb") as file:
        os.fchmod(file.fileno(), PRIVATE)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    old = _opened(path)
    try:
        temporary.replace(path)
        sync(path.parent)
        if old is not None:
            _wipe(old)
    finally:
        if old is not None:
            os.close(old)


def wipe_leftover(path: Path) -> None:
    """Wipe what a change of this file left behind that was cut short; raises OSError."""
    temporary = _beside(path)
    left = _opened(temporary)
    if left is not None:
        try:
            _wipe(left)
        finally:
            os.close(left)
    with suppress(FileNotFoundError):
        temporary.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _opened(path: Path) -> int | None:
    """Keep hold of a file that is about to lose its name; None if there is none."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None


def _wipe(handle: int) -> None:
    os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
    os.fsync(handle)
