"""Other looks at a picture in which nothing was found: contrast, light, sharpness and size changed before decoding.

Which looks exist and in which order is decided here, by what each found for its cost in public photographs. A look
changes pixels only; it may not decode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.reader.found import Image

Binarizer = Literal["local", "global"]
MAX_ENLARGED_PIXELS = 6_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """One way to change a picture, and who should look at it then."""

    name: str
    change: Callable[[Pillow.Image], Pillow.Image]
    decoder: Literal["zxing", "zbar"]
    binarizer: Binarizer = "local"
    enlarges: float = 1.0

    def suits(self, image: Image) -> bool:
        """Tell whether the changed picture stays within bounds."""
        return self.enlarges <= 1.0 or image.size * self.enlarges**2 <= MAX_ENLARGED_PIXELS

    def __call__(self, image: Image) -> tuple[Image, float]:
        """Return the changed picture and its scale, which takes its pixels back to the given picture's."""
        changed = np.asarray(self.change(Pillow.fromarray(image)))
        return changed, changed.shape[1] / image.shape[1]


@dataclass(frozen=True, slots=True)
class View:
    """How zbar sees a frame: at what size (1, 1/2), and whether it tries inverted codes, which doubles its time."""

    scale: float
    inverted: bool

    def __call__(self, image: Image) -> Image:
        """Return the frame as this view shows it."""
        return image if self.scale == 1 else np.asarray(Pillow.fromarray(image).reduce(round(1 / self.scale)))


WHOLE = View(1, inverted=False)
HALF = View(1 / 2, inverted=True)


def zbar_views() -> tuple[View, ...]:
    """Return the views in turn.

    zbar follows single lines of pixels: where modules are large a sensor's noise breaks them, and halving the frame
    averages it away at a quarter of the time. Dense codes need the whole frame.
    """
    return HALF, WHOLE, HALF, View(1, inverted=True)


def quick() -> tuple[Look, ...]:
    """Return the looks cheap enough for a live frame: each costs about as much as one zxing-cpp call."""
    return (
        Look("contrast", _contrast, "zxing", "global"),
        Look("equalised", ImageOps.equalize, "zxing"),
        Look("small and dark", lambda image: _darker(_scaled(image, 0.5)), "zxing"),
    )


def all_looks() -> tuple[Look, ...]:
    """Return every look, the most promising for its cost first."""
    return (
        *quick(),
        Look("levelled", _levelled, "zxing"),
        Look("half", lambda image: image.reduce(2), "zbar"),
        Look("smaller and soft", lambda image: _soft(_scaled(image, 0.75), 1.5), "zbar"),
        Look("large", lambda image: _contrast(_scaled(image, 2)), "zxing", enlarges=2),
        Look("large, one threshold", lambda image: _contrast(_scaled(image, 2)), "zxing", "global", enlarges=2),
        Look("thresholded", _thresholded, "zbar"),
        Look("averaged", lambda image: image.filter(ImageFilter.BoxBlur(1)), "zbar"),
        Look("smaller and dark", lambda image: _darker(_scaled(image, 0.75)), "zbar"),
        Look("soft", lambda image: _soft(image, 3), "zxing"),
        Look("smaller and sharp", lambda image: _sharp(_scaled(image, 0.75)), "zxing", "global"),
    )


def _contrast(image: Pillow.Image) -> Pillow.Image:
    """Stretch the grey levels so that the darkest and the brightest twentieth saturate."""
    return ImageOps.autocontrast(image, cutoff=(5, 5))


def _darker(image: Pillow.Image) -> Pillow.Image:
    """Spread the bright levels, where print washed out by glare still differs from paper."""
    return image.point([round(255 * (level / 255) ** 2.2) for level in range(256)])


def _scaled(image: Pillow.Image, by: float) -> Pillow.Image:
    size = (max(1, round(image.width * by)), max(1, round(image.height * by)))
    return image.resize(size, Pillow.Resampling.BOX if by == 1 / 2 else Pillow.Resampling.BICUBIC)


def _soft(image: Pillow.Image, radius: float) -> Pillow.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def _sharp(image: Pillow.Image) -> Pillow.Image:
    return image.filter(ImageFilter.UnsharpMask(radius=8, percent=400, threshold=0))


def _levelled(image: Pillow.Image) -> Pillow.Image:
    """Take the light of the surroundings out and triple what is left: shadows and gradients vanish."""
    near = np.asarray(image.filter(ImageFilter.BoxBlur(1))).astype(np.int16)
    far = np.asarray(image.filter(ImageFilter.BoxBlur(80))).astype(np.int16)
    return Pillow.fromarray(np.clip(128 + (near - far) * 3, 0, 255).astype(np.uint8))


def _thresholded(image: Pillow.Image) -> Pillow.Image:
    """Make everything black or white by its own surroundings, a code's module or two wide."""
    around = np.asarray(image.filter(ImageFilter.BoxBlur(12))).astype(np.int16)
    return Pillow.fromarray(np.where(np.asarray(image) > around - 4, 255, 0).astype(np.uint8))
