"""What stands before a `scene` camera, as a file: written by whoever directs the scene, read at every frame.

It decides the form of `stage.json` and its bounds. It may not draw.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "stage.json"
MAX_CODE_CHARACTERS = 4296
_SHOWN = 40
_BOUNDS = {
    "tilt_deg": (-70.0, 70.0),
    "turn_deg": (-360.0, 360.0),
    "scale": (0.05, 1.0),
    "blur": (0.0, 20.0),
    "noise": (0.0, 60.0),
    "glare": (0.0, 1.0),
    "light": (0.02, 2.0),
}


class StageError(ValueError):
    """The stage is not one that can be drawn; the message says which field."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One code held before the camera, and how.

    `tilt_deg` leans its upper edge away from the camera, `turn_deg` turns it clockwise in its own plane, `scale` is
    its side by the height of the frame, `blur` a radius in pixels, `noise` the sensor's standard deviation in grey
    levels, `glare` the strength of a reflection on it, `dark` draws it light on dark as a phone in dark mode does,
    `light` is the room's light, 1 being a well lit one.
    """

    code: str | None = None
    tilt_deg: float = 0.0
    turn_deg: float = 0.0
    scale: float = 0.5
    blur: float = 0.0
    noise: float = 3.0
    glare: float = 0.0
    dark: bool = False
    light: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        code: object = self.code  # whoever reads a file hands in whatever stood there
        if code is not None and not (isinstance(code, str) and 0 < len(code) <= MAX_CODE_CHARACTERS):
            why = f"code must be null or a text of 1 to {MAX_CODE_CHARACTERS} characters"
            raise StageError(why)
        dark: object = self.dark
        if not isinstance(dark, bool):
            why = "dark must be true or false"
            raise StageError(why)
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not (number and least <= value <= most):
                why = f"{name} must be a number from {least} to {most}"
                raise StageError(why)


def write(folder: Path, stage: Stage) -> None:
    """Put a stage before the camera; it is there whole or not at all."""
    draft = folder / f".{NAME}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(stage)), "utf-8")
    draft.replace(folder / NAME)


def read(folder: Path) -> Stage:
    """Return what stands before the camera: nothing, if nobody wrote a stage; StageError if it cannot be drawn."""
    try:
        body = json.loads((folder / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return Stage()
    except (OSError, ValueError, RecursionError) as error:
        why = f"{NAME} cannot be read: {error}"
        raise StageError(why) from error
    known = [field.name for field in fields(Stage)]
    if not isinstance(body, dict):
        why = f"{NAME} must be an object"
        raise StageError(why)
    for key in body:
        if key not in known:
            why = f"{NAME}: there is no key {key[:_SHOWN]!r}, only {', '.join(known)}"
            raise StageError(why)
    try:
        return Stage(**body)
    except StageError as error:
        why = f"{NAME}: {error}"
        raise StageError(why) from error
