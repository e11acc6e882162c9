"""Files of the operations desk: read with a bound, written whole or not at all.

A reader of a file made here never sees half of it, not even after a power cut. What the bytes mean is not its business.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 1 << 20
PRIVATE: Final = 0o600
PUBLIC: Final = 0o644


def read(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a whole file, or say in one line why not."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        line = f"cannot read {path}: {error.strerror}; check the path and its permissions"
        raise OperatorError(line) from error
    if len(data) > max_bytes:
        line = f"{path} is longer than {max_bytes} bytes; it is not what was asked for"
        raise OperatorError(line)
    return data


def write(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Put a file in its place at once: a temporary one beside it, synced, then renamed over it."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(temporary, path)  # noqa: PTH105  the name is a string already
        except BaseException:
            os.unlink(temporary)  # noqa: PTH108  the name is a string already
            raise
        sync_directory(path.parent)
    except OSError as error:
        line = f"cannot write {path}: {error.strerror}; check the folder, its permissions and its free space"
        raise OperatorError(line, exit_code=FAILED) from error


@contextlib.contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Fill a new folder beside `folder`, whose parent is there, and give it that name in the end; raises OSError.

    Whatever ends it before leaves nothing behind.
    """
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield temporary
        temporary.rename(folder)
        sync_directory(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other commands on the same folder waiting; not twice at once, and only among programs that ask. OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sync_directory(path: Path) -> None:
    """Make a rename inside a folder last."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
