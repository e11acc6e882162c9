"""A Raspberry Pi camera through picamera2: the grey plane of YUV420, one timed capture a frame.

It decides how the camera is set up for codes held close and moved by hand. It may not wait for a camera without a
timeout, and it is the only file that knows picamera2 and libcamera, which come from the system and are imported late.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hw.reader.sources import HEIGHT, WIDTH, Frame, Shot, SourceError, Stalled

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S: Final = 1.0
_FRAME_US: Final = (16_666, 33_333)
"""Between 60 and 30 frames a second: no exposure is longer than 33 ms, whatever the light."""


def open_camera(number: int, lens_dioptres: float | None, clock_ms: Callable[[], int]) -> PicameraSource:
    """Open a camera of this machine; SourceError says what is missing."""
    try:
        picamera2 = importlib.import_module("picamera2")
        controls = importlib.import_module("libcamera").controls
    except ImportError as error:
        why = f"{error.name or 'picamera2'} is not installed: apt install python3-picamera2, in a venv that sees it"
        raise SourceError(why) from error
    try:
        camera = picamera2.Picamera2(number)
    except (RuntimeError, IndexError) as error:
        why = f"camera {number} cannot be opened: check its cable and `rpicam-hello --list-cameras` ({error})"
        raise SourceError(why) from error
    return PicameraSource(camera, controls, lens_dioptres, clock_ms)


class PicameraSource:
    """An opened Picamera2 (implements `Source`)."""

    def __init__(
        self,
        camera: Any,  # noqa: ANN401  picamera2 has no types, and a test hands in a double
        controls: Any,  # noqa: ANN401  libcamera.controls, likewise
        lens_dioptres: float | None,
        clock_ms: Callable[[], int],
    ) -> None:
        """Set the camera up and start it; a lens stays at `lens_dioptres` (1 / metres) or focuses by itself."""
        self._camera = camera
        self._clock_ms = clock_ms
        try:
            settings = _settings(camera.camera_controls, controls, lens_dioptres)
            configuration = camera.create_video_configuration(
                main={"format": "YUV420", "size": (WIDTH, HEIGHT)},
                buffer_count=4,
                controls=settings,
                display=None,
                encode=None,
            )
            camera.configure(configuration)
            camera.start()
            stream = camera.stream_configuration("main")
            self._width, self._height = stream["size"]
            self._stride = stream["stride"]
        except RuntimeError as error:
            camera.close()
            why = f"the camera refused its configuration: {error}"
            raise SourceError(why) from error

    def shoot(self) -> Shot:
        """Return the newest frame, or a stall after a second without one."""
        try:
            (buffer,), metadata = self._camera.capture_buffers(["main"], wait=TIMEOUT_S)
        except TimeoutError:
            # The request stays in picamera2's queue and would be answered to nobody; without it the next one is first.
            self._camera.cancel_all_and_flush()
            return Stalled(f"the camera delivered no frame in {TIMEOUT_S:g} s")
        rows = buffer[: self._height * self._stride].reshape(self._height, self._stride)
        return Frame(np.ascontiguousarray(rows[:, : self._width]), self._taken_ms(metadata))

    def close(self) -> None:
        """Stop the camera and give it up."""
        self._camera.cancel_all_and_flush()
        self._camera.stop()
        self._camera.close()

    def _taken_ms(self, metadata: dict[str, Any]) -> int:
        """Return when the sensor began the frame: libcamera stamps it with CLOCK_BOOTTIME in nanoseconds."""
        now_ms = self._clock_ms()
        stamp_ns = metadata.get("SensorTimestamp")
        return min(now_ms, stamp_ns // 1_000_000) if isinstance(stamp_ns, int) else now_ms


def _settings(available: dict[str, Any], controls: Any, lens_dioptres: float | None) -> dict[str, Any]:  # noqa: ANN401
    """Choose the controls, of those that this camera has: picamera2 raises on any other."""
    wanted: dict[str, Any] = {"FrameDurationLimits": _FRAME_US, "AeExposureMode": controls.AeExposureModeEnum.Short}
    if "AfMode" in available and lens_dioptres is not None:
        wanted |= {"AfMode": controls.AfModeEnum.Manual, "LensPosition": lens_dioptres}
    elif "AfMode" in available:
        wanted |= {
            "AfMode": controls.AfModeEnum.Continuous,
            "AfRange": controls.AfRangeEnum.Full,
            "AfSpeed": controls.AfSpeedEnum.Fast,
        }
    return {name: value for name, value in wanted.items() if name in available}
