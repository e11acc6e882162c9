"""What a picture's published truth says about what was read in it, for benchmarks and the conformance test.

It only compares. Where no truth is published, anything read counts.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

CHARSETS = ("utf-8", "cp932", "iso-8859-1", "gb18030")
Corner: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Read:
    """One code somebody read: its bytes, their text as read, and the middle of the symbol."""

    data: bytes
    text: str | None
    centre: Corner | None


def folder() -> Path | None:
    """Return where the photographs are, if they are anywhere."""
    path = Path(os.environ.get("GAPURA_PHOTOS", Path(__file__).parents[3] / "shared" / "photos"))
    return path if (path / "truth.json").is_file() else None


class Truth:
    """The published truth of a folder of photographs."""

    def __init__(self, folder: Path) -> None:
        """Read `truth.json`."""
        self._folder = folder
        self._truth = json.loads((folder / "truth.json").read_text("utf-8"))

    def names(self) -> list[str]:
        """Return the pictures in order."""
        return sorted(name for name in self._truth if (self._folder / name).is_file())

    def published(self, name: str) -> bool:
        """Tell whether there is a truth for this picture."""
        return not {"text", "codes"}.isdisjoint(self._truth[name])

    def symbols(self, name: str) -> int:
        """Return how many codes the picture holds, as far as published."""
        return len(self._truth[name].get("codes", [0]))

    def right(self, name: str, reads: Iterable[Read]) -> int:
        """Count the picture's codes that were read right."""
        truth = self._truth[name]
        if "text" in truth:
            return int(any(_says(read, truth["text"]) for read in reads))
        if "codes" in truth:
            centres = [read.centre for read in reads if read.centre is not None]
            return sum(any(_inside(at, corners) for at in centres) for corners in truth["codes"])
        return int(any(True for _ in reads))


def _says(read: Read, text: str) -> bool:
    said = {read.text} | {_decoded(read.data, charset) for charset in CHARSETS}
    return any(one is not None and one.split() == text.split() for one in said)


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None


def _inside(at: Corner, corners: list[Corner]) -> bool:
    """Cast a ray to the right and count the sides it crosses."""
    x, y = at
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1):
            odd = not odd
    return odd
