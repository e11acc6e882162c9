"""Picture files as grey pixels: PNG, JPEG and their like, known by their first bytes and bounded before decoding.

It decides whether bytes are a picture and refuses bombs. It may not open files, and it ignores orientation tags, so
that a position in the pixels is a position in the file as given.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

if TYPE_CHECKING:
    from hw.reader.found import Image

MAX_PIXELS = 40_000_000
"""About what the largest phone cameras deliver without stitching; a bomb of that size costs 120 MB for a moment."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


class ImageError(Exception):
    """The bytes are no picture that can be read; the message says why."""


def is_image(data: bytes) -> bool:
    """Tell by the first bytes whether this claims to be a picture."""
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")):
        return True
    if data.startswith(b"RIFF"):
        return data[8:12] == b"WEBP"
    if data.startswith(b"BM"):
        return len(data) > 26 and data[6:10] == b"\0\0\0\0"  # noqa: PLR2004  bitmap header: 14 + at least 12 bytes
    return data[:3] in {b"P5\n", b"P6\n"}


def load(data: bytes) -> Image:
    """Decode a picture to grey levels, transparent parts as on white paper; ImageError for anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is refused here, or of tags nobody reads
            with Pillow.open(io.BytesIO(data), formats=_FORMATS) as picture:
                small_enough = picture.width * picture.height <= MAX_PIXELS
                image = np.array(_grey(picture), dtype=np.uint8) if small_enough else None
    except Exception as error:
        # Pillow's decoders raise what their parsers raise: OSError, ValueError, SyntaxError, struct.error, ...
        why = f"not a readable picture ({type(error).__name__})"
        raise ImageError(why) from error
    if image is None:
        why = f"a picture of more than {MAX_PIXELS // 1_000_000} million pixels"
        raise ImageError(why)
    return image


def _grey(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode in {"I;16", "I;16B", "I;16L", "I;16N", "I", "F"}:
        return _narrowed(picture)
    if picture.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in picture.info:
        paper = Pillow.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        return paper.convert("L")
    return picture.convert("L")


def _narrowed(picture: Pillow.Image) -> Pillow.Image:
    """Bring 16 and 32 bits a pixel down to 8; Pillow's own conversion would saturate instead of scale."""
    levels = np.asarray(picture, dtype=np.float64)
    top = max(255.0, float(levels.max(initial=0.0)))
    scale = 65535.0 if 255.0 < top <= 65535.0 else top  # noqa: PLR2004  the ranges of 8 and 16 bits
    return Pillow.fromarray((np.clip(levels, 0, None) * (255.0 / scale)).astype(np.uint8))
