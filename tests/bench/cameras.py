"""Two cameras for the doorway: the reader's own drawn scene, and frames drawn here that cost the reader one copy.

Each shows a pass held in one of a few ways that can be read. It may not know how the gate answers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from hw.reader.sources import HEIGHT, WIDTH, stage
from hw.reader.sources.scene import render
from tests.bench import mapped_reader

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from hw.reader.found import Image

HELD: Final = (
    stage.Stage(scale=0.6),
    stage.Stage(scale=0.5, tilt_deg=25, turn_deg=10, blur=1.0, noise=6),
    stage.Stage(scale=0.45, turn_deg=-15, light=0.6, noise=8),
    stage.Stage(scale=0.55, dark=True, noise=5),
)


class Camera(Protocol):
    """Something a reader looks through."""

    def program(self, socket: Path) -> tuple[str, ...]:
        """Name the module that reads from this camera, and its arguments."""

    def prepare(self, code: bytes, chance: random.Random) -> None:
        """Draw a code in some way, not yet in view."""

    def show(self) -> None:
        """Bring it into view now."""

    def clear(self) -> None:
        """Leave the room empty."""


class DrawnByReader:
    """The shipped `scene` source: the reader draws what the stage file says."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Make a stage in the folder."""
        self._scene = folder / "scene"
        self._scene.mkdir()
        self._seed = seed
        self._next = stage.Stage()

    def program(self, socket: Path) -> tuple[str, ...]:
        """Name the reader as it ships."""
        return ("hw.reader", "--socket", str(socket), "--source", f"scene:{self._scene}?seed={self._seed}")

    def prepare(self, code: bytes, chance: random.Random) -> None:
        """Choose how the code is held."""
        self._next = replace(chance.choice(HELD), code=code.decode("ascii"))

    def show(self) -> None:
        """Write the stage."""
        stage.write(self._scene, self._next)

    def clear(self) -> None:
        """Write an empty stage."""
        stage.write(self._scene, stage.Stage())


class DrawnHere:
    """Frames that this process draws into shared memory."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Draw the empty room."""
        self._path = folder / "frames"
        self._path.write_bytes(bytes(mapped_reader.SIZE))
        self._frames = mapped_reader.Mapped(self._path)
        self._random = np.random.default_rng(seed)
        self._frames.draw(0, self._noisy(stage.Stage()))

    def program(self, socket: Path) -> tuple[str, ...]:
        """Name the reader's loop over shared frames."""
        return ("tests.bench.mapped_reader", str(socket), str(self._path))

    def prepare(self, code: bytes, chance: random.Random) -> None:
        """Draw the code out of view."""
        self._frames.draw(1, self._noisy(replace(chance.choice(HELD), code=code.decode("ascii"))))

    def show(self) -> None:
        """Let the reader's next frame be one with the code."""
        self._frames.show(1)

    def clear(self) -> None:
        """Let the reader's next frame be the empty room."""
        self._frames.show(0)

    def _noisy(self, what: stage.Stage) -> list[Image]:
        still = render(what)
        return [
            np.clip(still + self._random.standard_normal((HEIGHT, WIDTH)) * what.noise, 0, 255).astype(np.uint8)
            for _ in range(mapped_reader.NOISES)
        ]
