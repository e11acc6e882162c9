"""A V4L2 camera through linuxpy: for a desk, a demonstration or a board without a camera connector.

It decides which of the camera's formats gives grey levels most cheaply. It may not wait without a timeout; linuxpy is
an extra and imported late.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hw.reader.images import ImageError, load
from hw.reader.sources import HEIGHT, WIDTH, Frame, Shot, SourceError, Stalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.reader.found import Image

TIMEOUT_S: Final = 1.0
FORMATS: Final = ("GREY", "NV12", "YU12", "YUYV", "MJPG")
"""The cheapest first, by four-character code."""


def open_webcam(path: str, clock_ms: Callable[[], int]) -> WebcamSource:
    """Open a video device; SourceError says what is missing."""
    try:
        video = importlib.import_module("linuxpy.video.device")
    except ImportError as error:
        why = "the webcam source needs linuxpy: install gapura[webcam]"
        raise SourceError(why) from error
    device = video.Device(path)
    try:
        device.open()
        capture = video.VideoCapture(device)
        return WebcamSource(device, capture, clock_ms)
    except (OSError, video.V4L2Error) as error:
        device.close()
        why = f"{path} cannot be used as a camera: {error}"
        raise SourceError(why) from error


class WebcamSource:
    """An opened V4L2 device and its capture (implements `Source`)."""

    def __init__(self, device: Any, capture: Any, clock_ms: Callable[[], int]) -> None:  # noqa: ANN401  no types
        """Choose a format and start; OSError if the device refuses."""
        self._device = device
        self._capture = capture
        self._clock_ms = clock_ms
        offered = {_fourcc(one.pixel_format) for one in capture.formats()}
        chosen = next((name for name in FORMATS if name in offered), None)
        if chosen is None:
            why = f"it delivers only {', '.join(sorted(offered)) or 'nothing'}, and none of {', '.join(FORMATS)}"
            raise OSError(why)
        capture.set_format(WIDTH, HEIGHT, chosen)
        capture.open()
        self._name = chosen
        self._format = capture.get_format()

    def shoot(self) -> Shot:
        """Return the newest frame, or a stall after a second without one."""
        reader = self._capture.buffer.frame_reader
        try:
            frame = reader.read(timeout=TIMEOUT_S)
            if frame is None:
                return Stalled(f"the webcam delivered no frame in {TIMEOUT_S:g} s")
            while (newer := reader.read(timeout=0)) is not None:
                frame = newer
            return Frame(self._grey(bytes(frame.data)), self._clock_ms())
        except (OSError, ImageError, ValueError) as error:
            return Stalled(f"the webcam's frame cannot be read: {error}")

    def close(self) -> None:
        """Stop and give the device up."""
        self._capture.close()
        self._device.close()

    def _grey(self, data: bytes) -> Image:
        """Take the grey levels out of a frame; ValueError if it is shorter than its format says."""
        if self._name == "MJPG":
            return load(data)
        width, height, stride = self._format.width, self._format.height, self._format.bytes_per_line
        rows = np.frombuffer(data, np.uint8, count=height * stride).reshape(height, stride)
        grey = rows[:, : 2 * width : 2] if self._name == "YUYV" else rows[:, :width]
        return np.ascontiguousarray(grey)


def _fourcc(code: int) -> str:
    return int(code).to_bytes(4, "little").decode("latin-1")
