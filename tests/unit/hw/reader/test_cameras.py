"""The camera sources against recording doubles: exactly the calls that picamera2 and linuxpy publish.

The doubles have the methods of the libraries with their signatures, and refuse what the libraries refuse.
"""

from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hw.reader.sources import Frame, SourceError, Stalled
from hw.reader.sources.picamera import PicameraSource
from hw.reader.sources.webcam import FORMATS, WebcamSource
from tests.unit.hw.reader.pictures import code

if TYPE_CHECKING:
    from hw.reader.found import Image

CONTROLS = SimpleNamespace(
    AeExposureModeEnum=SimpleNamespace(Short="short"),
    AfModeEnum=SimpleNamespace(Manual="manual", Continuous="continuous"),
    AfRangeEnum=SimpleNamespace(Full="full"),
    AfSpeedEnum=SimpleNamespace(Fast="fast"),
)
BASIC = {"FrameDurationLimits": (1, 2, 3), "AeExposureMode": (0, 3, 0)}
FOCUS = BASIC | {"AfMode": (0, 2, 0), "AfRange": (0, 2, 0), "AfSpeed": (0, 1, 0), "LensPosition": (0.0, 32.0, 1.0)}
EXPOSURE = {"FrameDurationLimits": (16_666, 33_333), "AeExposureMode": "short"}
STRIDE = 1344


class Camera:
    """Picamera2 as far as it is used (0.3.30 and later: a number for `wait` is a timeout in seconds)."""

    def __init__(self, camera_controls: dict[str, Any], *, refuses: bool = False) -> None:
        """Offer these controls."""
        self.camera_controls = camera_controls
        self.calls: list[tuple[str, Any]] = []
        self.image: Image | None = None
        self._refuses = refuses

    def create_video_configuration(  # the published signature, shortened behind what is used
        self,
        main: dict[str, Any],
        *,
        buffer_count: int,
        controls: dict[str, Any],
        display: str | None,
        encode: str | None,
    ) -> dict[str, Any]:
        """Refuse controls the camera does not have, as `configure` would."""
        assert controls.keys() <= self.camera_controls.keys()
        self.calls.append(("create", controls))
        return {"main": main, "buffer_count": buffer_count, "display": display, "encode": encode}

    def configure(self, camera_config: dict[str, Any]) -> None:
        """Keep it."""
        if self._refuses:
            why = "Invalid camera configuration"
            raise RuntimeError(why)
        self.calls.append(("configure", camera_config))

    def start(self) -> None:
        """Start."""
        self.calls.append(("start", None))

    def stream_configuration(self, name: str) -> dict[str, Any]:
        """Return what libcamera made of the wish: rows are padded."""
        assert name == "main"
        return {"size": (1280, 960), "stride": STRIDE, "format": "YUV420"}

    def capture_buffers(self, names: list[str], wait: float) -> tuple[list[Any], dict[str, Any]]:
        """Deliver one flat YUV420 buffer, or nothing in time."""
        self.calls.append(("capture", (names, wait)))
        if self.image is None:
            raise TimeoutError
        flat = np.zeros((960 * 3 // 2, STRIDE), np.uint8)
        flat[:960, :1280] = self.image
        return [flat.reshape(-1)], {"SensorTimestamp": 41_000_999_999}

    def cancel_all_and_flush(self) -> None:
        """Forget the jobs."""
        self.calls.append(("cancel", None))

    def stop(self) -> None:
        """Stop."""
        self.calls.append(("stop", None))

    def close(self) -> None:
        """Close."""
        self.calls.append(("close", None))


@pytest.mark.parametrize(
    ("offered", "lens", "chosen"),
    [
        (BASIC, None, EXPOSURE),
        (BASIC, 5.0, EXPOSURE),
        (FOCUS, None, EXPOSURE | {"AfMode": "continuous", "AfRange": "full", "AfSpeed": "fast"}),
        (FOCUS, 5.0, EXPOSURE | {"AfMode": "manual", "LensPosition": 5.0}),
        ({}, None, {}),
    ],
)
def test_camera_is_set_up_for_codes(offered: dict[str, Any], lens: float | None, chosen: dict[str, Any]) -> None:
    """Short exposures, and focus as wished, of the controls the module has and no others."""
    camera = Camera(offered)
    source = PicameraSource(camera, CONTROLS, lens, lambda: 50_000)
    source.close()
    wish = {"main": {"format": "YUV420", "size": (1280, 960)}, "buffer_count": 4, "display": None, "encode": None}
    assert camera.calls == [
        ("create", chosen),
        ("configure", wish),
        ("start", None),
        ("cancel", None),
        ("stop", None),
        ("close", None),
    ]


def test_camera_frames_are_the_grey_plane() -> None:
    """The padded rows of the Y plane become the picture, stamped with the sensor's own clock."""
    camera = Camera(BASIC)
    source = PicameraSource(camera, CONTROLS, None, lambda: 50_000)
    camera.image = np.random.default_rng(1).integers(0, 255, (960, 1280), np.uint8)
    shot = source.shoot()
    assert isinstance(shot, Frame)
    assert np.array_equal(shot.image, camera.image)
    assert shot.boottime_ms == 41_000
    assert camera.calls[-1] == ("capture", (["main"], 1.0))


def test_a_sensor_ahead_of_the_clock_is_now() -> None:
    """A frame is never from the future."""
    camera = Camera(BASIC)
    camera.image = np.zeros((960, 1280), np.uint8)
    shot = PicameraSource(camera, CONTROLS, None, lambda: 40_000).shoot()
    assert isinstance(shot, Frame)
    assert shot.boottime_ms == 40_000


def test_a_silent_camera_is_a_stall_and_may_come_back() -> None:
    """A timeout is told, its request is cancelled, and the next frame counts."""
    camera = Camera(BASIC)
    source = PicameraSource(camera, CONTROLS, None, lambda: 50_000)
    assert isinstance(source.shoot(), Stalled)
    assert camera.calls[-1] == ("cancel", None)
    camera.image = np.zeros((960, 1280), np.uint8)
    assert isinstance(source.shoot(), Frame)


def test_a_refused_configuration_is_one_clear_error() -> None:
    """What libcamera refuses ends in one line, and the camera is given up."""
    camera = Camera(BASIC, refuses=True)
    with pytest.raises(SourceError, match="Invalid camera configuration"):
        PicameraSource(camera, CONTROLS, None, lambda: 0)
    assert camera.calls[-1] == ("close", None)


Format = namedtuple("Format", "width height pixel_format size bytes_per_line")  # noqa: PYI024  as linuxpy makes it
ImageFormat = namedtuple("ImageFormat", "type description flags pixel_format")  # noqa: PYI024


def _number(fourcc: str) -> int:
    return int.from_bytes(fourcc.encode(), "little")


class Capture:
    """Device, VideoCapture and FrameReader of linuxpy in one, as far as they are used."""

    def __init__(self, *fourccs: str) -> None:
        """Offer these formats."""
        self.offered = fourccs
        self.chosen = ""
        self.frames: list[bytes] = []
        self.open_now = False
        self.buffer = SimpleNamespace(frame_reader=self)

    def formats(self) -> list[ImageFormat]:
        """Return what the camera offers."""
        return [ImageFormat(1, "", 0, _number(fourcc)) for fourcc in self.offered]

    def set_format(self, width: int, height: int, pixel_format: str) -> None:
        """Keep the wish."""
        assert (width, height) == (1280, 960)
        self.chosen = pixel_format

    def get_format(self) -> Format:
        """Return what the driver made of the wish: smaller, and padded."""
        return Format(100, 80, _number(self.chosen), 0, 240 if self.chosen == "YUYV" else 128)

    def open(self) -> None:
        """Begin."""
        self.open_now = True

    def close(self) -> None:
        """End."""
        self.open_now = False

    def read(self, timeout: float) -> SimpleNamespace | None:
        """Return the oldest frame waiting, or nothing in time."""
        assert timeout in {0, 1.0}
        return SimpleNamespace(data=self.frames.pop(0)) if self.frames else None


def _packed(image: Image, fourcc: str) -> bytes:
    """Pack grey levels as a camera would."""
    rows = np.full((80, 240 if fourcc == "YUYV" else 128), 99, np.uint8)
    if fourcc == "YUYV":
        rows[:, 0:200:2] = image
    else:
        rows[:, :100] = image
    return rows.tobytes() + (b"" if fourcc in {"GREY", "YUYV"} else bytes(80 * 64))


@pytest.mark.parametrize("fourcc", FORMATS[:-1])
def test_webcam_formats_become_grey(fourcc: str) -> None:
    """The grey levels of each format come out, of the newest of the frames waiting."""
    capture = Capture("MJPG", "H264", fourcc)
    source = WebcamSource(capture, capture, lambda: 9)
    assert capture.chosen == fourcc
    old, new = np.zeros((80, 100), np.uint8), code("webcam", side=80)[:80, :80]
    newest = np.pad(new, ((0, 80 - len(new)), (0, 100 - len(new))))
    capture.frames = [_packed(old, fourcc), _packed(newest, fourcc)]
    shot = source.shoot()
    assert isinstance(shot, Frame)
    assert np.array_equal(shot.image, newest)
    assert shot.boottime_ms == 9
    source.close()
    assert not capture.open_now


@pytest.mark.parametrize(("fourcc", "data"), [("GREY", b"short"), ("MJPG", b"not a JPEG"), ("GREY", None)])
def test_webcam_without_a_good_frame_stalls(fourcc: str, data: bytes | None) -> None:
    """Silence and frames cut short are told, and end nothing."""
    capture = Capture(fourcc)
    source = WebcamSource(capture, capture, lambda: 9)
    capture.frames = [] if data is None else [data]
    assert isinstance(source.shoot(), Stalled)


def test_webcam_without_a_known_format_is_refused() -> None:
    """A camera that only delivers what cannot be read says what it delivers."""
    capture = Capture("H264")
    with pytest.raises(OSError, match="H264"):
        WebcamSource(capture, capture, lambda: 9)
