"""Pictures of codes for the tests of the reader, drawn when they are needed.

They are clean: what a camera adds is the scene source's affair.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import segno
from PIL import Image as Pillow

if TYPE_CHECKING:
    from hw.reader.found import Image


def code(data: bytes | str, *, side: int = 360, border: int = 4) -> Image:
    """Draw one code, black on white, about `side` pixels wide, bytes in byte mode."""
    symbol = segno.make(data, micro=False, error="m", mode="byte" if isinstance(data, bytes) else None)
    modules = np.array([list(row) for row in symbol.matrix_iter(border=border)], dtype=bool)
    pixels = np.where(modules, 0, 255).astype(np.uint8)
    return np.kron(pixels, np.ones((max(1, side // len(pixels)),) * 2, dtype=np.uint8))


def frame(*codes: tuple[Image, int, int]) -> Image:
    """Put pictures into a grey 1280x960 frame at the given left and top."""
    whole = np.full((960, 1280), 150, np.uint8)
    for picture, left, top in codes:
        whole[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return whole


def png(image: Image) -> bytes:
    """Write a picture as a PNG file."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "PNG")
    return file.getvalue()
