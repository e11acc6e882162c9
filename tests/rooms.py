"""Reads the coverage of one run and sums it up by room, the pure rooms with the lines that were never reached.

It judges nothing: 100 % is the aim in the pure rooms, and a number in the open is what moves it.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import coverage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PURE: Final = frozenset(
    {
        "firmware/doctor",
        "firmware/door",
        "firmware/events",
        "firmware/passes",
        "firmware/records/wire.py",
        "firmware/rules",
        "firmware/signed",
        "firmware/trust",
    }
)

MOST_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class File:
    """What one file has (statements and branches) and what of it ran; `missed` lists lines."""

    path: str
    total: int
    covered: int
    missed: tuple[int, ...]


def room_of(path: str) -> str:
    """Name the room of a file: its folder two levels deep, or the file itself where that is a pure room."""
    parts = Path(path).parts
    return path if path in PURE else "/".join(parts[: min(2, len(parts) - 1)])


def measured() -> tuple[File, ...]:
    """Read the data that this run has just written."""
    run = coverage.Coverage()
    run.load()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        run.json_report(outfile=str(out))
        files = json.loads(out.read_text())["files"]
    return tuple(
        File(
            path=path,
            total=seen["summary"]["num_statements"] + seen["summary"]["num_branches"],
            covered=seen["summary"]["covered_lines"] + seen["summary"]["covered_branches"],
            missed=tuple(sorted({*seen["missing_lines"], *(line for line, _ in seen["missing_branches"])})),
        )
        for path, seen in files.items()
    )


def report(files: Iterable[File]) -> Iterator[str]:
    """Give one line a room, and below a pure room one line for each file that is not wholly reached."""
    rooms: dict[str, list[File]] = defaultdict(list)
    for file in files:
        rooms[room_of(file.path)].append(file)
    yield "what tests run as a process of its own (a command, the reader, the gate) is not counted"
    for room, inside in sorted(rooms.items()):
        total, covered = sum(file.total for file in inside), sum(file.covered for file in inside)
        share = 100 * covered / total if total else 100
        # Rounded down: 100 is written only where nothing is missing.
        aim = "  pure" if room in PURE else ""
        yield f"{room:<28} {int(share * 10) / 10:6.1f} %  {covered:>5} of {total}{aim}"
        if room in PURE:
            yield from (f"    {file.path}: never reached: {_listed(file.missed)}" for file in inside if file.missed)


def _listed(lines: tuple[int, ...]) -> str:
    """Name the first lines; a file of which nothing ran needs no full list."""
    more = len(lines) - MOST_LISTED
    return ", ".join(map(str, lines[:MOST_LISTED])) + (f" and {more} more" if more > 0 else "")
