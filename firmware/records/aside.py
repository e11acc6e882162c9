"""Journals that were put aside: how one is kept, and what of its uses can still be read.

It never deletes what could not be read, but for the oldest of many such files.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from firmware.events import USES_KEPT_S
from firmware.records import schema

if TYPE_CHECKING:
    from pathlib import Path

_KEPT_ASIDE = 5
_SIDE_FILES = ("-wal", "-shm")


def move_aside(path: Path) -> Path:
    """Rename the file and its write-ahead log to the next free `<name>.corrupt-N`, and keep only the newest few."""
    numbers = _aside(path)
    target = _aside_name(path, max(numbers, default=0) + 1)
    path.rename(target)
    for suffix in _SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(target.with_name(target.name + suffix))
    for number in sorted(numbers)[: -_KEPT_ASIDE + 1]:
        old = _aside_name(path, number)
        for each in (old, *(old.with_name(old.name + suffix) for suffix in _SIDE_FILES)):
            each.unlink(missing_ok=True)
    return target


def newest_aside(path: Path) -> Path | None:
    """Name the file that was put aside last, if there is one."""
    numbers = _aside(path)
    return _aside_name(path, max(numbers)) if numbers else None


def salvage_uses(path: Path, now_earliest: int) -> tuple[dict[str, tuple[int, int]], int | None]:
    """Read from a damaged file how often passes were used, and its `uses_since`: None if some may be missing."""
    uses: dict[str, tuple[int, int]] = {}
    since = None
    try:
        with closing(schema.connect(str(path), read_only=True)) as connection:
            for reference, entries, expires in connection.execute("SELECT reference, entries, expires FROM uses"):
                if isinstance(reference, str) and isinstance(entries, int) and isinstance(expires, int):
                    uses[reference] = (entries, expires)
            if schema.uses_whole(connection):
                since = schema.uses_since(connection)
    except (*schema.READ_ERRORS, ValueError):
        pass  # what was read so far is kept: it came from pages that were still whole
    return {name: use for name, use in uses.items() if use[0] > 0 and use[1] + USES_KEPT_S >= now_earliest}, since


def salvage_obeyed(path: Path) -> dict[str, int]:
    """Read from a damaged file which commands were obeyed and when each expires, as far as that can be read."""
    obeyed: dict[str, int] = {}
    try:
        with closing(schema.connect(str(path), read_only=True)) as connection:
            for command, expires in connection.execute("SELECT command, expires FROM obeyed"):
                obeyed |= {command: expires} if isinstance(command, str) and isinstance(expires, int) else {}
    except schema.READ_ERRORS:
        pass  # a command that is missing here cannot come again: the nonce it answered was of an earlier connection
    return obeyed


def last_written(path: Path) -> int:
    """Name a Unix second after the last write to a file that was put aside: no use in it is younger."""
    files = (path, *(path.with_name(path.name + suffix) for suffix in _SIDE_FILES))
    return max(int(each.stat().st_mtime) for each in files if each.exists()) + 1


def _aside_name(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}.corrupt-{number}")


def _aside(path: Path) -> list[int]:
    found = path.parent.glob(f"{path.stem}.corrupt-*")
    numbers = (each.name.rpartition("-")[2] for each in found)
    return [int(number) for number in numbers if number.isdecimal()]
