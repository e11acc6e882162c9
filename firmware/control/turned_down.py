"""`turned-down.json`: configurations that were tried and taken back, so that none of them is tried a second time.

More than one is remembered: two that fail, desired of the gate and of its group, would else take turns for ever. It
belongs to the library's thread, and to the process before that thread runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from firmware.control.desired import Floor
from firmware.control.documents import read_bounded
from firmware.control.shelf import put
from firmware.signed import strict_json
from firmware.signed.fields import Counter, Strict

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.desired import Held, Refusal

FILE: Final = "turned-down.json"
MOST: Final = 16
_FILE_BYTES: Final = 8192


class TurnedDown(Strict):
    """One of them, and why."""

    version: Counter
    digest: str
    reason: str
    serial: Counter = 1

    @property
    def floor(self) -> Floor:
        """Which document it was."""
        return Floor(self.version, self.digest, self.serial)


class _File(Strict):
    """The file, the newest last."""

    documents: list[TurnedDown] = Field(max_length=MOST)


def read(folder: Path) -> list[TurnedDown]:
    """Read all of them, the newest last; a file that cannot be read has none."""
    try:
        value = strict_json.parse(read_bounded(folder / FILE, _FILE_BYTES))
    except OSError:
        return []
    found = strict_json.read_as(value, _File) if value is not None else ()
    return found.documents if isinstance(found, _File) else []


def find(folder: Path, held: Held) -> TurnedDown | None:
    """Say whether a document is one of them."""
    return next((one for one in read(folder) if one.floor == held.floor), None)


def note(folder: Path, held: Held, why: Refusal) -> None:
    """Add one; raises OSError."""
    floor = held.floor
    one = TurnedDown(version=floor.version, digest=floor.digest, reason=why.value, serial=floor.serial)
    kept = [*(before for before in read(folder) if before.floor != one.floor), one][-MOST:]
    put(folder / FILE, strict_json.render({"documents": [each.model_dump(exclude_defaults=True) for each in kept]}))
