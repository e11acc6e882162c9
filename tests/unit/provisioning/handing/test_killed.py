"""A power cut while papers are made: no file carries what the ledger does not know, and the next run goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from firmware.signed.provision import Provision, open_provision
from provisioning.handing.forms import BOOT_FILE
from tests.unit.provisioning.handing.room import body_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.provisioning.handing.room import Room

TOUCHES = 10
"""In a run of three gates: a folder, a temporary file and its renaming for each; at the last nobody is left to die."""


def made(out: Path, room: Room) -> dict[str, str]:
    """Read every file that lies in its place, and name its claim; a half of one would not open."""
    found = {}
    for path in out.glob(f"*/{BOOT_FILE}"):
        document = open_provision(path.read_bytes(), root=room.root, gate=path.parent.name, now=None)
        assert isinstance(document, Provision)
        found[path.parent.name] = body_of(document).claim.id
    return found


def known(room: Room) -> dict[str, str]:
    """The claims that the ledger has, by gate."""
    ledger = room.open_ledger()
    try:
        return {one.gate: one.id for one in ledger.claims(0)}
    finally:
        ledger.close()


@pytest.mark.parametrize("touch", [1, 2, 3, 5, 9, TOUCHES])
def test_a_file_carries_what_the_ledger_knows(touch: int, room: Room) -> None:
    """Killed at this touch of the disk: whole files or none, each with its gate's open claim; new ones void them."""
    out = room.folder / "out"
    out.mkdir()
    words = [
        "provision",
        "--all",
        "--file",
        "--out",
        out,
        "--dir",
        room.folder / "a",
        "--device-ca",
        room.folder / "ca",
    ]
    words += ["--ledger", room.ledger, "--inventory", room.folder / "inventory.csv"]
    command = [sys.executable, "-m", "tests.unit.provisioning.handing.killed", str(touch), *map(str, words)]
    ended = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert ended.returncode == (-signal.SIGKILL if touch < TOUCHES else 0), ended.stderr
    before = made(out, room)
    assert len(before) == (touch - 1) // 3
    assert before.items() <= known(room).items()
    assert len(known(room)) == 3
    again = room.provision("--all", "--again", "--file", "--out", out)
    assert again.code == 0, again.err
    after = made(out, room)
    assert after == known(room)
    assert set(after.values()).isdisjoint(before.values())
