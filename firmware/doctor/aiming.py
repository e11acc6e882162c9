"""How good a reader's picture is, from its heartbeat: a number from 0 to 100, and how fast to beep for it. Pure.

A picture is as good as the worst of what it needs: fresh frames, light, and sharp edges. It is good enough when a code
was read in it and it stayed good for a moment, so that a hand that happens to hold still does not commission a camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.doctor.findings import Figures, Finding, Why, bad, good

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD_ENOUGH: Final = 60
"""Sharpness 1,046 at a lit door: twice what a drawn code needs to be read, ten times a code out of focus."""

STEADY_MS: Final = 3_000
OLDEST_FRAME_MS: Final = 1_000

SLOWEST_BEEP_MS: Final = 1_500
FASTEST_BEEP_MS: Final = 150

_DARK, _DIM, _BRIGHT, _GLARING = 15, 60, 200, 250
"""Mean grey levels: below the first and above the last nothing is read, between the middle two light is no problem."""

_DULL, _CRISP = 100, 5_000
"""The reader's sharpness (tenths): codes are lost around the first, and beyond the second there is no more to win."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is known of one reader's picture; times in CLOCK_BOOTTIME ms."""

    beep_ms: int
    quality: int = 0
    fault: str = Why.NO_FRAMES
    frames: int | None = None
    good_since_ms: int | None = None
    read: bool = False
    figures: Figures = ()


def picture(values: Mapping[str, int], before: int | None) -> tuple[int, str]:
    """Say how good a picture is and what is worst about it; `before` is the number of frames at the last beat."""
    if values.get("frames", 0) == (before or 0) or values.get("frame_age_ms", 0) > OLDEST_FRAME_MS:
        return 0, Why.NO_FRAMES
    brightness, sharpness = values.get("brightness", 0), values.get("sharpness", 0)
    if brightness < _DIM:
        light, fault = _share(brightness, _DARK, _DIM), Why.TOO_DARK
    else:
        light, fault = _share(_GLARING - brightness, 0, _GLARING - _BRIGHT), Why.TOO_BRIGHT
    edges = _share(math.log(max(sharpness, 1)), math.log(_DULL), math.log(_CRISP))
    return min(light, edges), fault if light < edges else Why.BLURRED


def _share(value: float, least: float, most: float) -> int:
    """Say how far a value has come from `least` to `most`, in hundredths."""
    return round(100 * min(1.0, max(0.0, (value - least) / (most - least))))


def every_ms(quality: int) -> int:
    """Say how often to beep: the better the picture the faster."""
    return SLOWEST_BEEP_MS - (SLOWEST_BEEP_MS - FASTEST_BEEP_MS) * quality // 100


def beaten(aim: Aim, values: Mapping[str, int], now_ms: int) -> Aim:
    """Take a heartbeat in; a better picture beeps sooner than was planned."""
    quality, fault = picture(values, aim.frames)
    since_ms = (aim.good_since_ms if aim.good_since_ms is not None else now_ms) if quality >= GOOD_ENOUGH else None
    shown = ("brightness", "frame_age_ms", "sharpness")
    figures = (*((name, values[name]) for name in shown if name in values), ("quality", quality))
    return replace(
        aim,
        quality=quality,
        fault=fault,
        frames=values.get("frames", 0),
        good_since_ms=since_ms,
        beep_ms=min(aim.beep_ms, now_ms + every_ms(quality)),
        figures=tuple(sorted(figures)),
    )


def good_now(aim: Aim, now_ms: int) -> Finding | None:
    """Say that the camera is aimed, once it is."""
    steady = aim.good_since_ms is not None and now_ms - aim.good_since_ms >= STEADY_MS
    return good(*aim.figures) if steady and aim.read else None


def given_up(aim: Aim) -> Finding:
    """Say what was wrong when the time was up."""
    return bad(aim.fault if aim.quality < GOOD_ENOUGH else Why.NO_CODE, *aim.figures)
