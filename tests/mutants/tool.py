"""Runs mutmut over a copy of the checkout and reads what became of each mutant; the checkout itself stays as it is.

What is broken and which tests look is in `rooms.py`. A folder that is kept goes on where it was left, as long as
neither the firmware nor a test has changed since; else it begins anew.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.mutants.rooms import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.mutants.rooms import Room

COPIED: Final = ("firmware", "hw", "tests")
NOTICED_BY_NOBODY: Final = {0, 33, 34, None}
"""Exit codes of mutmut's tests for: all passed, none concerned, skipped, and not run at all."""
OUT_OF_TIME: Final = {-24, 24, 36, 152}
"""Those for tests that a mutant kept from ending: noticed, but by its slowness."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function; `seconds` is how long tests looked at it, `endless` that they never ended."""

    name: str
    file: str
    killed: bool
    endless: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changed: the function, its lines as they were, and as they became."""

    function: str
    was: str
    becomes: str


class MutmutError(Exception):
    """mutmut could not do its work; its own words are in the message."""


def run(folder: Path, room: Room, only: str | None) -> tuple[Mutant, ...]:
    """Break the copy in `folder` in every way, one after the other, and gather what became of each mutant."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + room.section())
    kept, now = folder / "fingerprint", _fingerprint(folder)
    if not kept.exists() or kept.read_text() != now:
        shutil.rmtree(folder / "mutants", ignore_errors=True)
        kept.write_text(now)
    _mutmut(folder, "run", *([] if only is None else [only]))
    found = tuple(_read(folder / "mutants"))
    return found if only is None else tuple(one for one in found if fnmatch.fnmatch(one.name, only))


def _fingerprint(folder: Path) -> str:
    """Sum up all that a verdict can depend on: what is broken, what looks at it, and how they are run."""
    told = hashlib.sha256()
    for name in (*COPIED, "pyproject.toml"):
        start = folder / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file():
                told.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()


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
            yield Mutant(name, file, code not in NOTICED_BY_NOBODY, code in OUT_OF_TIME, seconds)


def _mutmut(folder: Path, *words: str) -> str:
    """Run one command of mutmut; what it draws on a terminal is kept for the case that it fails."""
    done = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), *words], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"mutmut {words[0]} ended with {done.returncode}:\n{done.stdout[-4_000:]}{done.stderr[-4_000:]}"
        raise MutmutError(message)
    return done.stdout
