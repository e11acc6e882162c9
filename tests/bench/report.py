"""What a benchmark found, as a person reads it and as a program does: tables, budgets and one JSON file.

It only writes down. A figure beyond its budget is marked and never a failure: only what could not run is one.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """How a sample of times (or any numbers) is spread."""

    n: int
    mean: float
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, sample: Sequence[float]) -> Self:
        """Sum a sample of at least one number up; percentiles are values that occurred (nearest rank)."""
        ordered = sorted(sample)
        ranks = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95, 0.99)]
        return cls(len(ordered), statistics.fmean(ordered), ranks[0], ranks[1], ranks[2], ordered[-1])

    def cells(self) -> tuple[str, ...]:
        """Write the columns of a table: n, mean, p50, p95, p99 and the worst."""
        return (str(self.n), *(number(value) for value in (self.mean, self.p50, self.p95, self.p99, self.worst)))


SPREAD_HEAD = ("n", "mean", "p50", "p95", "p99", "worst")


@dataclass(frozen=True, slots=True)
class Budget:
    """One line of the design's budgets: what was measured and how much it may be."""

    what: str
    measured: float
    limit: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the figure is within its budget."""
        return self.measured <= self.limit


@dataclass(slots=True)
class Section:
    """One part of the benchmark: a table, what has to be said about it, and what was skipped."""

    title: str
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    figures: dict[str, float | None] = field(default_factory=dict)

    def spread(self, name: str, what: str, spread: Spread) -> None:
        """Add a row of a distribution, and its numbers under `name`."""
        self.rows.append((what, *spread.cells()))
        for key in ("n", "mean", "p50", "p95", "p99", "worst"):
            self.figures[f"{name}_{key}"] = getattr(spread, key)


def number(value: float) -> str:
    """Write a figure with three digits that mean something."""
    if value == 0:
        return "0"
    return f"{value:.{max(0, min(4, 2 - math.floor(math.log10(abs(value)))))}f}"


def lines(section: Section) -> Iterator[str]:
    """Write a section for a terminal."""
    yield f"== {section.title}"
    table = [section.head, *section.rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(section.head))]
    for row in table:
        first, *rest = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *rest)).rstrip()
    yield from (f"  {note}" for note in section.notes)
    yield from (f"  SKIP {skip}" for skip in section.skips)


def budget_lines(sections: Sequence[Section]) -> Iterator[str]:
    """Write every budget that was measured, within or beyond."""
    for budget in (one for section in sections for one in section.budgets):
        verdict = "within" if budget.kept else "BEYOND"
        yield f"{verdict}  {budget.what}: {number(budget.measured)} {budget.unit} of {number(budget.limit)}"


def machine() -> dict[str, object]:
    """Say on what this was measured."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def write_json(path: Path, seed: int, sections: dict[str, Section]) -> None:
    """Write every figure into one file."""
    body = {
        "machine": machine(),
        "seed": seed,
        "figures": {name: section.figures for name, section in sections.items()},
        "skips": {name: section.skips for name, section in sections.items() if section.skips},
        "budgets": [
            {"what": one.what, "measured": one.measured, "limit": one.limit, "unit": one.unit, "kept": one.kept}
            for section in sections.values()
            for one in section.budgets
        ],
    }
    path.write_text(json.dumps(body, indent=1, sort_keys=True) + "\n", "utf-8")
