"""Breaks a copy of the checkout with mutmut and gathers what became of each mutant; the checkout itself stays as it is.

What is broken and which tests look is in `rooms.py`, how they look in `looking.py`. A folder that is kept goes on where
it was left: a file that changed begins anew, and whatever else changed, the survivors are looked at once more.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.mutants.rooms import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.mutants.rooms import Room

COPIED: Final = ("firmware", "hw", "tests")


@dataclass(frozen=True, slots=True)
class Mutant:
    """What it changed if no test noticed; `seconds` is how long tests looked, `endless` that they never ended."""

    name: str
    survived: Change | None
    endless: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changed: the function, its lines as they were, and as they became."""

    function: str
    was: str
    becomes: str


class MutmutError(Exception):
    """The mutants could not be judged; the last words of pytest or mutmut are in the message."""


def run(folder: Path, room: Room, only: str | None) -> Iterator[tuple[str, tuple[Mutant, ...]]]:
    """Break the copy in `folder` in every way, one after the other; yields each file and what became of its mutants."""
    broken = folder / "mutants"
    for name in COPIED:
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (folder / name).rglob("*"):
            target = broken / path.relative_to(folder)
            if path.is_file() and not (target.exists() and room.breaks(path.relative_to(folder))):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
    for path in list(broken.rglob("*.py")):
        if not (folder / path.relative_to(broken)).exists():
            path.unlink()
    for target in (folder, broken):
        (target / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + room.section())
    kept, now = folder / "fingerprint", _fingerprint(folder)
    if kept.exists() and kept.read_text() != now:
        _forget_survivors(folder / "verdicts")
    kept.write_text(now)
    yield from _looked(folder, only or "*")


def _looked(folder: Path, only: str) -> Iterator[tuple[str, tuple[Mutant, ...]]]:
    script = folder / "tests/mutants/looking.py"
    with (
        (folder / "looking.log").open("w+") as log,
        subprocess.Popen(
            [sys.executable, script, only], cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as looking,
    ):
        assert looking.stdout is not None
        for line in looking.stdout:
            told = json.loads(line)
            yield told["file"], tuple(_mutants(told, only))
    if looking.returncode:
        words = (folder / "looking.log").read_text()[-4_000:]
        message = f"the tests could not look, ended with {looking.returncode}:\n{words}"
        raise MutmutError(message)


def _mutants(told: dict[str, Any], only: str) -> Iterator[Mutant]:
    for name, seen in told["mutants"].items():
        if fnmatch.fnmatch(name, only):
            change = None if seen["killed"] else _change(name, seen["diff"])
            yield Mutant(name, change, endless=seen["endless"], seconds=seen["seconds"])


def _change(name: str, diff: str) -> Change:
    """Read what a mutant changed; where lines were only taken away, nothing is what they became."""
    lines = diff.splitlines()
    was = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    becomes = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    module, _, mangled = name.rpartition(".")
    function = mangled.rpartition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    return Change(f"{module}.{function}", " / ".join(was), " / ".join(becomes))


def _forget_survivors(verdicts: Path) -> None:
    for path in verdicts.rglob("*.json"):
        told = json.loads(path.read_text())
        told["mutants"] = {name: seen for name, seen in told["mutants"].items() if seen["killed"]}
        path.write_text(json.dumps(told))


def _fingerprint(folder: Path) -> str:
    """Sum up all that a verdict can depend on: what is broken, what looks at it, and how they are run."""
    told = hashlib.sha256()
    for name in (*COPIED, "pyproject.toml"):
        start = folder / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and "__pycache__" not in path.parts and path.name != "survivors.toml":
                told.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()
