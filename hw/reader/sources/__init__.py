"""Where frames come from; one source a file, and the one form they all have.

A stall is a value, since a camera that delivers nothing is an event of the door's life and no error of ours. A source
may not decode, and nothing here imports a camera's library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from hw.reader.found import Image

WIDTH, HEIGHT = 1280, 960


class SourceError(Exception):
    """The source cannot be opened; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture, and when it was taken (CLOCK_BOOTTIME)."""

    image: Image
    boottime_ms: int


@dataclass(frozen=True, slots=True)
class Stalled:
    """No frame came in time, or it could not be read; a source that is `alive` needs no new process to be mended."""

    why: str
    alive: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """There are no more frames."""


Shot: TypeAlias = Frame | Stalled | Ended


class Source(Protocol):
    """Delivers the newest frame there is, whenever it is asked."""

    def shoot(self) -> Shot:
        """Return the newest frame; waits at most about a second."""

    def close(self) -> None:
        """Give the camera up."""
