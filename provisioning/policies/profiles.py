"""The health profiles that are shipped, as they stand in a policy's `health_profile`: data beside the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import firmware.rules
from provisioning.mistake import OperatorError

FOLDER: Final = Path(firmware.rules.__file__).with_name("profiles")


def names() -> tuple[str, ...]:
    """Name every profile."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def read(name: str) -> dict[str, object]:
    """Read one profile; raises OperatorError for a name that none has."""
    if name not in names():
        line = f"--health: there is no {name!r:.60}; there are {', '.join(names())}"
        raise OperatorError(line)
    found: dict[str, object] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found
