"""The benchmark as a program: it runs, writes what it found, and says what it could not do. No figure is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.__main__ import PARTS
from tests.bench.fleet import WAIT_S, histogram
from tests.bench.report import Budget, Section, Spread, lines, number
from tests.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tests.bench", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=False, timeout=100)


def test_a_chosen_part_leaves_its_figures(tmp_path: Path) -> None:
    """A part that ran is on the terminal and, with the machine and the seed, in bench.json."""
    done = _bench("--only", "journal", "--seed", "7", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert kept["seed"] == 7
    assert kept["machine"]["cores"] >= 1
    assert kept["figures"]["journal"]["alone_n"] == 500
    assert "one record at a time" in done.stdout
    assert [one["what"] for one in kept["budgets"]] == [
        line.partition("  ")[2].partition(": ")[0]
        for line in done.stdout.splitlines()
        if line.startswith(("within", "BEYOND"))
    ]


@pytest.mark.parametrize("arguments", [("--only", "decode,nothing"), ("--n", "0"), ("--seed", "x")])
def test_a_wrong_word_is_refused_before_anything_runs(arguments: tuple[str, ...]) -> None:
    """A mistake on the command line ends with exit code 2 and no table."""
    done = _bench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")


def test_help_names_every_part_and_a_wrong_one_is_told_them() -> None:
    """Whoever does not know the parts finds each with what it measures, and their names beside a mistake."""
    told = _bench("--help").stdout
    assert [f"  {name:<10}{what}\n" in told for name, what in PARTS.items()] == [True] * len(PARTS)
    assert f"no part 'nothing'; known: {', '.join(PARTS)}" in _bench("--only", "decode,nothing").stderr


def test_percentiles_are_values_that_occurred() -> None:
    """A spread is made by nearest rank: no percentile lies between two measurements."""
    spread = Spread.of([float(value) for value in range(1, 101)])
    assert (spread.n, spread.mean, spread.p50, spread.p95, spread.p99, spread.worst) == (100, 50.5, 50, 95, 99, 100)
    assert Spread.of([3.0]).p99 == 3.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.00123, "0.0012"), (0.5, "0.500"), (1.5, "1.50"), (15.2, "15.2"), (150.4, "150"), (58541, "58541")],
)
def test_figures_have_three_digits_that_mean_something(value: float, text: str) -> None:
    """A figure is written with the digits a person compares, whatever its size."""
    assert number(value) == text


def test_a_section_shows_its_table_notes_and_skips() -> None:
    """Nothing that a part found or left out is lost on the way to the terminal."""
    section = Section("title", ("", "ms"), rows=[("long name", "1")], notes=["a note"], skips=["no photographs"])
    assert list(lines(section)) == ["== title", "           ms", "long name   1", "  a note", "  SKIP no photographs"]
    assert Budget("x", 2.0, 2.0, "ms").kept
    assert not Budget("x", 2.1, 2.0, "ms").kept


def test_a_histogram_counts_everybody_once() -> None:
    """Each time stands in the bucket that begins with it, and the longest bar is that of the fullest bucket."""
    drawn = [line.split() for line in histogram([0.0, 0.5, 0.9, 3.0, 3.5, 3.9, 3.99, WAIT_S])]
    assert [int(line[4]) for line in drawn] == [1, 2, 0, 4, 0, 0, 0, 0, 0, 1]
    assert [len("".join(line[5:])) for line in drawn] == [10, 20, 0, 40, 0, 0, 0, 0, 0, 10]
