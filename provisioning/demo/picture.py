"""A grey picture in the letters of a terminal: a cell has four quarters in two greys, or dots where there is no colour.

Pure but for the libraries that hold pixels; it decides nothing about what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image as Pillow
from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from rich.console import Console, ConsoleOptions, RenderResult

    from hw.reader.found import Image

QUARTERS: Final = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By which quarters are lit: upper left 1, upper right 2, lower left 4, lower right 8."""

CELL: Final = 2.0
"""A terminal's letter is about twice as high as it is wide."""

_GREYS: Final = 24
_FIRST_GREY: Final = 232


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn `columns` wide; the height follows from the picture's own shape."""

    image: Image
    columns: int

    @property
    def rows(self) -> int:
        """How many lines it takes."""
        height, width = (int(side) for side in self.image.shape)
        return max(1, round(self.columns * height / width / CELL))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines in greys, or dithered where colours are off."""
        plain = console.no_color or console.color_system is None
        for line in self._dots() if plain else self._greys():
            yield from line
            yield Segment.line()

    def _quarters(self, *, dithered: bool) -> NDArray[np.int16]:
        """Return (rows, columns, 4) grey levels: the four quarters of every cell."""
        small = Pillow.fromarray(self.image).resize((self.columns * 2, self.rows * 2), Pillow.Resampling.BOX)
        if dithered:
            small = small.convert("1").convert("L")
        levels = np.asarray(small).reshape(self.rows, 2, self.columns, 2)
        return levels.transpose(0, 2, 1, 3).reshape(self.rows, self.columns, 4).astype(np.int16)

    def _greys(self) -> Iterator[list[Segment]]:
        quarters = self._quarters(dithered=False)
        low, high = quarters.min(axis=2), quarters.max(axis=2)
        lit = quarters * 2 > (low + high)[..., None]
        letters = (lit * np.array([1, 2, 4, 8])).sum(axis=2)
        counts = lit.sum(axis=2)
        front = np.where(counts > 0, (quarters * lit).sum(axis=2) / np.maximum(counts, 1), high)
        back = np.where(counts < 4, (quarters * ~lit).sum(axis=2) / np.maximum(4 - counts, 1), low)  # noqa: PLR2004
        for row in range(self.rows):
            yield [
                Segment(QUARTERS[letter], _style(_grey(ink), _grey(paper)))
                for letter, ink, paper in zip(letters[row], front[row], back[row], strict=True)
            ]

    def _dots(self) -> Iterator[list[Segment]]:
        letters = ((self._quarters(dithered=True) > 0) * np.array([1, 2, 4, 8])).sum(axis=2)
        for row in letters:
            yield [Segment("".join(QUARTERS[letter] for letter in row))]


def fitting(image: Image, columns: int, rows: int) -> Picture:
    """Return the largest picture within so many columns and rows."""
    height, width = image.shape
    return Picture(image, max(1, min(columns, int(rows * CELL * width / height))))


def _grey(level: float) -> int:
    """Return the number of the nearest of the 24 greys that terminals agree on."""
    return _FIRST_GREY + min(_GREYS - 1, int(level * _GREYS / 256))


def _style(ink: int, paper: int) -> Style:
    return Style(color=f"color({ink})", bgcolor=f"color({paper})")
