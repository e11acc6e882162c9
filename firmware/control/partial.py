"""A blob on disk while it comes and when it is whole: pieces at their places in a file that survives any end.

What is kept is not believed on the word of a file beside it: after a start every piece is hashed again, so a torn write
costs one piece. Only the library's thread touches it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Final

from firmware.control.shelf import sync

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.manifest import Blob

RESERVE_BYTES: Final = 64 << 20
"""Room on the disk that no document may take: it is the journal's."""

_CHUNK_BYTES: Final = 1 << 18


class Partial:
    """`<sha256>.part` in a folder."""

    def __init__(self, folder: Path, blob: Blob) -> None:
        """Open what an earlier attempt left, or begin; `missing` are the pieces that are not there. Raises OSError."""
        self._blob = blob
        self._folder = folder
        self._path = folder / f"{blob.sha256}.part"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(self._file, blob.size)
            self.missing = {piece for piece in range(len(blob.pieces)) if not blob.fits(piece, self._read(piece))}
        except OSError:
            os.close(self._file)
            raise

    def write(self, piece: int, data: bytes) -> None:
        """Put a piece that fits in its place; raises OSError."""
        written = os.pwrite(self._file, data, piece * self._blob.piece_bytes)
        if written != len(data):
            raise OSError(0, "a piece was written in part", str(self._path))

    def finish(self) -> bool:
        """Make it last under its whole name if all of it hashes, or remove it; raises OSError."""
        os.fsync(self._file)
        if not _hashes(self._path, self._blob):
            self.remove()
            return False
        self._path.replace(blob_path(self._folder, self._blob.sha256))
        sync(self._folder)
        return True

    def close(self) -> None:
        """Let go of the file; what is in it stays for the next attempt."""
        with contextlib.suppress(OSError):
            os.close(self._file)

    def remove(self) -> None:
        """Throw it away."""
        self._path.unlink(missing_ok=True)

    def _read(self, piece: int) -> bytes:
        return os.pread(self._file, self._blob.length(piece), piece * self._blob.piece_bytes)


def blob_path(folder: Path, sha256: str) -> Path:
    """Where a whole blob lies."""
    return folder / f"{sha256}.blob"


def is_whole(folder: Path, blob: Blob) -> bool:
    """Say whether a blob is on disk already and still hashes."""
    try:
        return _hashes(blob_path(folder, blob.sha256), blob)
    except OSError:
        return False


def room(folder: Path, size: int) -> bool:
    """Say whether the disk has room for a blob and keeps its reserve; raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize >= size + RESERVE_BYTES


def tidy(folder: Path, keep: frozenset[str], suffixes: frozenset[str] = frozenset({".blob"})) -> None:
    """Remove blobs, or what the suffixes name, whose hash is not among those to keep; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.suffix in suffixes and path.stem not in keep:
                with contextlib.suppress(OSError):
                    path.unlink()


def _hashes(path: Path, blob: Blob) -> bool:
    """Hash a whole file, piece by piece so that nobody waits for it long."""
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            length += len(chunk)
    return length == blob.size and digest.hexdigest() == blob.sha256
