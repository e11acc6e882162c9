"""The demonstration as its users start it: a script where nobody watches, and a spoiled gate that it must not praise.

Real processes and a real broker; what is judged here are the lines and the exit code.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT_S = 100


def _demo(folder: Path, *options: str) -> tuple[int, list[str]]:
    """Run it with a temporary folder of its own; return its exit code and the lines on stdout."""
    scratch = folder / "tmp"
    scratch.mkdir()
    run = subprocess.run(
        [sys.executable, "-m", "provisioning.demo", *options],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(scratch)},
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert list(scratch.iterdir()) == []
    return run.returncode, run.stdout.splitlines()


def test_a_seeded_script_passes_and_keeps_its_artefacts(tmp_path: Path) -> None:
    """Five people get the answers their parts ask for, each check says ok, logs and a printed pass are left."""
    code, lines = _demo(tmp_path, "--seed", "7", "--n", "5", "--out", str(tmp_path / "out"))
    assert code == 0, lines
    checks = [line.split() for line in lines[:-1]]
    assert [word[2] for word in checks] == ["ok"] * 12, lines
    assert {word[1].partition("-")[2] for word in checks[:5]} == {
        "staff",
        "paper",
        "paper-again",
        "stranger",
        "expired",
    }
    assert all("seed=7" in word for word in checks)
    assert lines[-1].startswith("SUMMARY demo ok=12 fail=0 skip=0 seconds=")
    kept = {path.name for path in (tmp_path / "out").iterdir()}
    assert kept >= {"gate.log", "pins.jsonl", "events.jsonl", "pass.png", "pass.pdf"}


def test_a_spoiled_trust_list_is_seen_and_named(tmp_path: Path) -> None:
    """With one altered byte in the trust list nobody is let in, and the demonstration fails naming who and why."""
    code, lines = _demo(tmp_path, "--seed", "7", "--n", "2", "--break", "trust")
    assert code == 1, lines
    failed = [line for line in lines if line.split()[2] == "fail"]
    assert {line.split()[1].partition("-")[2] for line in failed} == {"staff", "paper"}
    assert all("expected=allow got=deny" in line and "reason=no_trust" in line for line in failed)
    assert lines[-1].startswith("SUMMARY demo ok=3 fail=2 skip=4 seconds=")


def test_one_seed_brings_the_same_people_in_the_same_order(tmp_path: Path) -> None:
    """What a seed decides comes out the same again: who came, in which order, and what they were told."""

    def told(name: str) -> list[list[str]]:
        folder = tmp_path / name
        folder.mkdir()
        _, lines = _demo(folder, "--seed", "23", "--n", "3")
        return [[word for word in line.split() if not word.startswith(("ms=", "relay="))] for line in lines[:3]]

    assert told("once") == told("again")


def test_a_folder_that_cannot_be_made_is_one_line_that_helps() -> None:
    """Before anything is built, the wrong place for what is kept is named with what to do."""
    done = subprocess.run(
        [sys.executable, "-m", "provisioning.demo", "--out", "/proc/x"],
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--out: cannot make /proc/x: " in done.stderr
    assert "name a folder" in done.stderr
