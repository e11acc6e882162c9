"""What takes minutes to make is made once: files and folders, each named by a digest of all it was made from.

One is there whole or not at all, two builds at once wait for each other, and only the newest of a name stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEY_DIGITS: Final = 16


def folder() -> Path:
    """Return the folder of everything kept; it may be deleted at any time that nothing is being built."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "gapura"


def key(*inputs: str | bytes) -> str:
    """Digest the inputs so that moving a byte from one to the next changes the result."""
    digest = hashlib.sha256()
    for one in inputs:
        data = one.encode() if isinstance(one, str) else one
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:_KEY_DIGITS]


def kept(name: str, suffix: str, inputs: str, make: Callable[[Path], None]) -> Path:
    """Return the file or folder `name` for the key `inputs`, made now by `make(path)` unless an earlier run did."""
    cache = folder()
    cache.mkdir(parents=True, exist_ok=True)
    file = cache / f"{name}-{inputs}{suffix}"
    with _alone(cache / f"{name}.lock"):
        if file.exists():
            say(f"{name}: kept from an earlier run")
            return file
        began_s = time.monotonic()
        say(f"{name}: making it")
        with tempfile.TemporaryDirectory(prefix=f"{name}.", dir=cache) as place:
            part = Path(place) / file.name
            make(part)
            for older in cache.glob(f"{name}-{'[0-9a-f]' * _KEY_DIGITS}{suffix}"):
                shutil.rmtree(older) if older.is_dir() else older.unlink()
            part.rename(file)
        say(f"{name}: made in {time.monotonic() - began_s:.0f} s")
    return file


def say(line: str) -> None:
    """Tell what is being done to whoever waits."""
    sys.stderr.write(f"package: {line}\n")
    sys.stderr.flush()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
