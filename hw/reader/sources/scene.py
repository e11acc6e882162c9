"""A camera that looks into a drawn room: a door hall, and the code that `stage.json` holds up in it.

It decides what the frame looks like: perspective, turn, blur, glare, light and a sensor's noise. It may not know what a
code means, and it only draws what can be seen through a lens.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from hw.reader.sources import HEIGHT, WIDTH, Frame, Shot, SourceError, Stalled, stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from hw.reader.found import Image
    from hw.reader.sources.stage import Stage

_MODULE_PIXELS = 8
_QUIET_MODULES = 4
_DISTANCE = 2.5
"""From the lens to the code, in sides of the code: how strong a tilt's perspective is."""
_NOISES = 4
_PHONE_DARK, _PHONE_LIGHT = 25, 225

Corner = tuple[float, float]


class SceneSource:
    """A drawn room with whatever `stage.json` in the folder puts into it (implements `Source`)."""

    def __init__(self, folder: Path, clock_ms: Callable[[], int], seed: int = 0) -> None:
        """Look into the folder; SourceError if there is none or codes cannot be drawn."""
        if not folder.is_dir():
            why = f"{folder} is no folder: make it and put {stage.NAME} into it"
            raise SourceError(why)
        try:
            import segno  # noqa: F401, PLC0415  only this source needs it
        except ImportError as error:
            why = "the scene draws codes with segno: install gapura[ops]"
            raise SourceError(why) from error
        self._folder = folder
        self._clock_ms = clock_ms
        self._random = np.random.default_rng(seed)
        self._noises = [_noise(self._random) for _ in range(_NOISES)]
        self._mark: tuple[int, int, int] | None = None
        self._stage = stage.Stage()
        self._still = render(self._stage)

    def shoot(self) -> Shot:
        """Return what the camera sees now; a stage that cannot be drawn is a stall until it is mended."""
        try:
            mark = _mark(self._folder / stage.NAME)
            if mark != self._mark:
                self._stage = stage.read(self._folder)
                self._still = render(self._stage)
                self._mark = mark
        except stage.StageError as error:
            return Stalled(str(error), alive=True)
        return Frame(self._noisy(), self._clock_ms())

    def close(self) -> None:
        """Nothing is open."""

    def _noisy(self) -> Image:
        noise = self._noises[int(self._random.integers(_NOISES))]
        rolled = np.roll(noise, int(self._random.integers(HEIGHT)), axis=0)
        return _grey(self._still + rolled * np.float32(self._stage.noise))


def render(what: Stage) -> Image:
    """Draw the room and the code in it, without the sensor's noise; StageError if the code is too long."""
    picture = _room()
    if what.code is not None:
        sheet = _sheet(what.code, dark=what.dark)
        if what.glare:
            sheet = _glare(sheet, what.glare)
        side = what.scale * HEIGHT * sheet.width / (sheet.width - 2 * _QUIET_MODULES * _MODULE_PIXELS)
        corners = _corners(side, what.tilt_deg, what.turn_deg)
        placed, mask = _placed(sheet, corners)
        picture.paste(placed, (0, 0), mask)
    if what.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(what.blur))
    return _grey(np.asarray(picture) * np.float32(what.light))


def _room() -> Pillow.Image:
    """Draw a hall that is lit from the upper left: wall, floor, a door leaf, a notice board."""
    column, row = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    light = 150.0 - 45.0 * np.hypot(column - 260, row - 150) / WIDTH
    room = Pillow.fromarray(np.where(row > HEIGHT * 0.78, light * 0.62, light).astype(np.uint8))
    draw = ImageDraw.Draw(room)
    draw.rectangle((860, 150, 1120, 750), fill=92, outline=60, width=6)
    draw.rectangle((900, 210, 1080, 430), fill=128, outline=74, width=4)
    draw.ellipse((880, 470, 904, 494), fill=168)
    draw.rectangle((120, 210, 380, 400), fill=174, outline=98, width=5)
    for line in range(6):
        draw.line((145, 240 + 26 * line, 355 - 30 * (line % 3), 240 + 26 * line), fill=108, width=4)
    return room.filter(ImageFilter.GaussianBlur(1.2))


def _sheet(code: str, *, dark: bool) -> Pillow.Image:
    """Draw the code flat with its quiet zone: ink on paper, or as a phone shows it in dark mode."""
    import segno  # noqa: PLC0415  only this source needs it

    try:
        symbol = segno.make(code, micro=False)
    except ValueError as error:
        why = f"code does not fit into a QR Code ({len(code)} characters)"
        raise stage.StageError(why) from error
    ink, paper = (_PHONE_LIGHT, _PHONE_DARK) if dark else (35, 238)
    modules = np.array([list(row) for row in symbol.matrix_iter(border=_QUIET_MODULES)], dtype=bool)
    levels = np.where(modules, ink, paper).astype(np.uint8)
    return Pillow.fromarray(np.kron(levels, np.ones((_MODULE_PIXELS, _MODULE_PIXELS), dtype=np.uint8)))


def _glare(sheet: Pillow.Image, strength: float) -> Pillow.Image:
    """Lay the reflection of a lamp over the upper right of the code."""
    column, row = np.meshgrid(np.linspace(0, 1, sheet.width), np.linspace(0, 1, sheet.height))
    spot = np.exp(-(((column - 0.72) / 0.22) ** 2 + ((row - 0.3) / 0.16) ** 2))
    levels = np.asarray(sheet).astype(np.float32)
    return Pillow.fromarray((levels + (255 - levels) * spot * strength).astype(np.uint8))


def _corners(side: float, tilt_deg: float, turn_deg: float) -> list[Corner]:
    """Return where the sheet's corners (clockwise from the upper left) fall in the frame."""
    tilt, turn = math.radians(tilt_deg), math.radians(turn_deg)
    corners: list[Corner] = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        across = x * math.cos(turn) - y * math.sin(turn)
        down = x * math.sin(turn) + y * math.cos(turn)
        nearer = _DISTANCE / (_DISTANCE - down * math.sin(tilt))
        corners.append((WIDTH / 2 + side * across * nearer, HEIGHT / 2 + side * down * math.cos(tilt) * nearer))
    return corners


def _placed(sheet: Pillow.Image, corners: list[Corner]) -> tuple[Pillow.Image, Pillow.Image]:
    """Bring the sheet into the frame by the projective map that takes its corners to `corners`."""
    flat = ((0, 0), (sheet.width, 0), (sheet.width, sheet.height), (0, sheet.height))
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows), np.array([value for pair in flat for value in pair], dtype=np.float64))
    size, how = (WIDTH, HEIGHT), Pillow.Transform.PERSPECTIVE
    map_back = [float(value) for value in solved]
    placed = sheet.transform(size, how, map_back, Pillow.Resampling.BICUBIC)
    mask = Pillow.new("L", sheet.size, 255).transform(size, how, map_back, Pillow.Resampling.BILINEAR)
    return placed, mask


def _grey(levels: NDArray[np.float32]) -> Image:
    return np.clip(levels, 0, 255).astype(np.uint8)


def _noise(random: np.random.Generator) -> NDArray[np.float16]:
    return random.standard_normal((HEIGHT, WIDTH), dtype=np.float32).astype(np.float16)


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file is replaced."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
