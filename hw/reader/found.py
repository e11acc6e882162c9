"""One code as a decoder found it in a picture, and when two finds are the same symbol.

Pure values: nothing here decodes, and nothing looks into what a code says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""Grey levels, rows by columns."""
Point: TypeAlias = tuple[int, int]
Polygon: TypeAlias = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left of the symbol, in pixels from the picture's top left corner."""


@dataclass(frozen=True, slots=True)
class Found:
    """The bytes of one QR Code before any character-set conversion, and where it is.

    `text` is the decoder's reading of the bytes and only for people. `age_ms` is how much older than the frame
    handed to the decoder the frame is that the code was found in.
    """

    data: bytes
    text: str | None
    polygon: Polygon | None
    decoder: Literal["zxing", "zbar"]
    age_ms: int = 0


def centre(polygon: Polygon) -> tuple[float, float]:
    """Return the mean of the corners."""
    return sum(x for x, _ in polygon) / 4, sum(y for _, y in polygon) / 4


def same_symbol(one: Found, other: Found) -> bool:
    """Tell whether both are the same symbol: centres closer than half of the smaller side's length.

    Where a decoder gave no place, the same bytes are taken for the same symbol.
    """
    if one.polygon is None or other.polygon is None:
        return one.data == other.data
    (x1, y1), (x2, y2) = centre(one.polygon), centre(other.polygon)
    reach = min(_side(one.polygon), _side(other.polygon)) / 2
    return (x1 - x2) ** 2 + (y1 - y2) ** 2 <= reach**2


def union(first: tuple[Found, ...], second: tuple[Found, ...]) -> tuple[Found, ...]:
    """Return all of `first`, then what of `second` is no symbol of `first`."""
    return first + tuple(new for new in second if not any(same_symbol(new, old) for old in first))


def rescaled(found: Found, scale: float) -> Found:
    """Return the find in a picture's pixels, found at `scale` times its size."""
    if found.polygon is None or scale == 1:
        return found
    a, b, c, d = ((round(x / scale), round(y / scale)) for x, y in found.polygon)
    return replace(found, polygon=(a, b, c, d))


def _side(polygon: Polygon) -> float:
    (x1, y1), (x2, y2), (x3, y3), _ = polygon
    return float(min(np.hypot(x1 - x2, y1 - y2), np.hypot(x2 - x3, y2 - y3)))
