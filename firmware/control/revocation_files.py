"""Lists of revoked passes as files on the shelf: mapped, checked after a start, made of an earlier one and a delta.

A list is there whole under the name of its digest or not at all, so a process that is killed anywhere goes on by the
old one or the new one. It decides nothing about a pass. Only the library's thread writes here.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.control.partial import blob_path, is_whole, room
from firmware.control.shelf import sync
from firmware.trust.revocation import RevocationList, open_list
from firmware.trust.revocation_delta import open_delta
from firmware.trust.revocation_writing import TooManyError

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.desired import Held
    from firmware.trust.revocation_delta import Delta


def opened(held: Held, folder: Path) -> RevocationList | None:
    """Map the list that a document names; None if it is not there, or is none."""
    blob = manifest.read(held.document.body)
    return mapped(blob_path(folder, blob.sha256)) if isinstance(blob, Blob) else None


def mapped(path: Path) -> RevocationList | None:
    """Map a file and read it as a list; None for what is none. The map ends with the last who holds the list."""
    view = _map(path)
    return None if view is None else open_list(view)


def _map(path: Path) -> memoryview | None:
    """Map a file; None if it cannot be read, or is empty."""
    try:
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            whole.madvise(mmap.MADV_RANDOM)
            return memoryview(whole)
    except (OSError, ValueError):
        return None


def discarded(held: Held | None, folder: Path) -> bool:
    """Read the whole list in force, once after a start, and throw it away if its disk has changed it."""
    blob = None if held is None else manifest.read(held.document.body)
    if not isinstance(blob, Blob) or is_whole(folder, blob):
        return False
    with suppress(OSError):
        blob_path(folder, blob.sha256).unlink(missing_ok=True)
    return True


def shortest(held: Held, folder: Path, blob: Blob) -> Blob:
    """Choose what to fetch of a list: the smallest delta whose base lies here, or all of it."""
    here = (one.blob for one in manifest.shortcuts(held.document.body) if blob_path(folder, one.base).exists())
    return min((one for one in here if one.size < blob.size), key=lambda one: one.size, default=blob)


def bridged(folder: Path, blob: Blob, delta: Blob) -> bool:
    """Make a list of the one before and a delta that has come; raises OSError.

    What comes out is believed for its digest alone; false if it is not what was named.
    """
    view = _map(blob_path(folder, delta.sha256))
    found = None if view is None else open_delta(view)
    if found is None or not room(folder, blob.size):
        return False
    base = mapped(blob_path(folder, found.base.hex()))
    path = folder / f"{blob.sha256}.part"
    if base is None or not _written(found, base, path, blob):
        path.unlink(missing_ok=True)
        return False
    path.replace(blob_path(folder, blob.sha256))
    sync(folder)
    return True


def _written(delta: Delta, base: RevocationList, path: Path, blob: Blob) -> bool:
    """Write what a delta makes, no further than the named size, and have it on disk; true if that is what was named."""
    digest, left = hashlib.sha256(), blob.size
    with path.open("wb") as file:
        try:
            for piece in delta.applied(base):
                left -= len(piece)
                if left < 0:
                    return False
                digest.update(piece)
                file.write(piece)
        except TooManyError:
            return False
        file.flush()
        os.fsync(file.fileno())
    return left == 0 and digest.hexdigest() == blob.sha256
