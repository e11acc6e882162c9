"""Runs mutmut over a copy of the checkout and reads what became of each mutant; the checkout itself stays as it is.

What is broken and which tests look is in `pyproject.toml`, section `tool.mutmut`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("firmware", "hw", "tests", "pyproject.toml")
NOTICED_BY_NOBODY: Final = {0, 33, 34, None}
"""Exit codes of mutmut's tests for: all passed, none concerned, skipped, and not run at all."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function; `seconds` is how long tests looked at it."""

    name: str
    file: str
    killed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changed: the function, its lines as they were, and as they became."""

    function: str
    was: str
    becomes: str


class MutmutError(Exception):
    """mutmut could not do its work; its own words are in the message."""


def run(folder: Path, only: str | None) -> tuple[Mutant, ...]:
    """Break the copy in `folder` in every way, one after the other, and gather what became of each mutant."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    _mutmut(folder, "run", *([] if only is None else [only]))
    return tuple(_read(folder / "mutants"))


def change_of(folder: Path, mutant: Mutant) -> Change:
    """Ask mutmut what a mutant changed; where lines were only taken away, nothing is what they became."""
    lines = _mutmut(folder, "show", mutant.name).splitlines()
    was = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    becomes = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    module, _, mangled = mutant.name.rpartition(".")
    function = mangled.rpartition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    return Change(f"{module}.{function}", " / ".join(was), " / ".join(becomes))


def _read(mutants: Path) -> Iterable[Mutant]:
    for meta in sorted(mutants.rglob("*.py.meta")):
        told = json.loads(meta.read_text())
        for name, code in told["exit_code_by_key"].items():
            seconds = told["durations_by_key"].get(name) or 0.0
            file = str(meta.relative_to(mutants)).removesuffix(".meta")
            yield Mutant(name, file, code not in NOTICED_BY_NOBODY, seconds)


def _mutmut(folder: Path, *words: str) -> str:
    """Run one command of mutmut; what it draws on a terminal is kept for the case that it fails."""
    done = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), *words], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"mutmut {words[0]} ended with {done.returncode}:\n{done.stdout[-4_000:]}{done.stderr[-4_000:]}"
        raise MutmutError(message)
    return done.stdout
