"""Which frames are worth decoding: those in which something moves, and a while after.

It decides on a thumbnail, for a fraction of a millisecond a frame. It may not decode, and it keeps one thumbnail of
the scene, never a frame.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hw.reader.found import Image

STRIDE = 24
LINGER_FRAMES = 15
"""Decoded after the last movement: time for the focus to settle on what was brought."""
_MIN_STEP = 12
_NOISE_FACTOR = 7
_MAX_STEP = 96
"""Beyond this a step is movement however noisy the frame seems: ink and paper differ by more."""
_MIN_POINTS = 6
"""So many points of the thumbnail must change: a patch of about 60 by 60 pixels."""


class Worth(Enum):
    """What a frame is worth."""

    DECODE = "decode"
    GLANCE = "glance"
    """Nothing moves, but it is time to see whether something has been there all along."""
    NOTHING = "nothing"


class MotionGate:
    """Compares each frame's thumbnail with that of the scene when it last stood still."""

    def __init__(self, idle_frames: int, linger_frames: int = LINGER_FRAMES) -> None:
        """Glance at a still scene once in `idle_frames`; decode `linger_frames` after the last reason to."""
        self._idle_frames = idle_frames
        self._linger_frames = linger_frames
        self._scene: NDArray[np.int16] | None = None
        self._awake = linger_frames
        self._idle = 0

    def judge(self, image: Image) -> Worth:
        """Look at the next frame."""
        points = image[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE].astype(np.int16)
        if self._scene is None or self._scene.shape != points.shape or _moved(points - self._scene):
            self._scene = points
            self._awake = self._linger_frames
        if self._awake > 0:
            self._awake -= 1
            self._idle = 0
            return Worth.DECODE
        self._idle += 1
        if self._idle < self._idle_frames:
            return Worth.NOTHING
        self._idle = 0
        self._scene = points  # the light drifts; what is still now is the scene from here on
        return Worth.GLANCE

    def seen(self) -> None:
        """A code is in view: decode every frame until it has gone."""
        self._awake = self._linger_frames


def brightness(image: Image) -> int:
    """Return the mean grey level, 0 to 255."""
    return int(image[::STRIDE, ::STRIDE].mean())


def sharpness(image: Image) -> int:
    """Return the mean square of the step between neighbours in the middle of the frame, in tenths.

    It falls when the focus is off or the glass is dirty; only its change over days means something.
    """
    height, width = image.shape
    middle = image[height // 4 : height // 4 * 3 : 4, width // 4 : width // 4 * 3].astype(np.int32)
    steps = np.diff(middle, axis=1)
    return int((steps * steps).mean() * 10) if steps.size else 0


def _moved(change: NDArray[np.int16]) -> bool:
    """Tell whether enough points changed by more than noise; a change of the whole light is none."""
    if change.size < _MIN_POINTS:  # a picture smaller than any code
        return False
    change = np.abs(change - _median(change))
    # The median of the steps measures the sensor's noise as long as what moves covers less than half of the frame. A
    # code held close to the camera covers more and raises the median far beyond any noise, hence the upper bound.
    step = min(_MAX_STEP, max(_MIN_STEP, _NOISE_FACTOR * int(_median(change))))
    return int(np.count_nonzero(change > step)) >= _MIN_POINTS


def _median(points: NDArray[np.int16]) -> np.int16:
    """Return the middle value; a quarter of the time of numpy's own, which every frame of an idle night would pay."""
    half = points.size // 2
    middle: np.int16 = np.partition(points, half, axis=None)[half]
    return middle
