"""The reader's own loop over frames that another process has drawn: what a camera costs, which is one copy a frame.

Used where the drawing must not weigh on the core that is measured. The file holds `FRAMES` frames; its last byte
chooses the set of `NOISES` frames that is in view.
"""

from __future__ import annotations

import itertools
import mmap
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hw.clock import boottime_ms
from hw.notify import notify
from hw.reader.decoders import build
from hw.reader.gate_link import GateLink
from hw.reader.loop import ReaderLoop
from hw.reader.sources import HEIGHT, WIDTH, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hw.reader.found import Image

NOISES: Final = 3
SETS: Final = 2
"""An empty room, and the room with a code."""
FRAMES: Final = SETS * NOISES
SIZE: Final = FRAMES * HEIGHT * WIDTH + 1
PERIOD_S: Final = 0.1


class Mapped:
    """The file, for the one who draws and the one who looks (implements `Source`)."""

    def __init__(self, path: Path) -> None:
        """Map a file of `SIZE` bytes."""
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        pixels = np.frombuffer(self._map, np.uint8, SIZE - 1)
        self._frames = pixels.reshape(SETS, NOISES, HEIGHT, WIDTH)
        self._turn = itertools.cycle(range(NOISES))

    def draw(self, number: int, images: Sequence[Image]) -> None:
        """Lay a set of frames down, out of view."""
        for at, image in enumerate(images):
            self._frames[number, at] = image

    def show(self, number: int) -> None:
        """Choose which set is in view."""
        self._map[SIZE - 1] = number

    def shoot(self) -> Frame:
        """Copy the frame that is in view."""
        return Frame(self._frames[self._map[SIZE - 1], next(self._turn)].copy(), boottime_ms())

    def close(self) -> None:
        """Nothing is to be given up that the end of the process does not."""


def main() -> int:
    """Read frames ten times a second until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    decoder = build("auto")
    loop = ReaderLoop(Mapped(Path(sys.argv[2])), decoder, GateLink(Path(sys.argv[1])), boottime_ms)
    notify("READY=1")
    due_s = time.monotonic()
    while not stop.is_set():
        loop.turn()
        if loop.beat_if_due():
            notify("WATCHDOG=1")
        due_s = max(due_s + PERIOD_S, time.monotonic() - PERIOD_S)
        stop.wait(max(0.0, due_s - time.monotonic()))
    decoder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
