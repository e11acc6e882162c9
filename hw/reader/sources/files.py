"""Photographs in a folder as frames: sorted by name, one a frame, round and round or once.

It decides the order. A file that is no readable picture is a stall, not an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw.reader.images import ImageError, load
from hw.reader.sources import Ended, Frame, Shot, SourceError, Stalled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"})


class FilesSource:
    """The pictures below a folder (implements `Source`)."""

    def __init__(self, folder: Path, clock_ms: Callable[[], int], *, once: bool) -> None:
        """List the folder now; SourceError if it holds no pictures."""
        self._paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
        if not self._paths:
            why = f"no pictures in {folder}: give a folder with .png or .jpg files"
            raise SourceError(why)
        self._clock_ms = clock_ms
        self._once = once
        self._next = 0

    def shoot(self) -> Shot:
        """Return the next picture."""
        if self._next == len(self._paths):
            if self._once:
                return Ended()
            self._next = 0
        path = self._paths[self._next]
        self._next += 1
        try:
            return Frame(load(path.read_bytes()), self._clock_ms())
        except (ImageError, OSError) as error:
            return Stalled(f"{path.name}: {error}")

    def close(self) -> None:
        """Nothing is open."""
