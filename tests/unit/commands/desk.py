"""One throw-away authority with its lists and a few passes, made by the shipped commands once for a test run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import gapura_ops

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-01-05T02:00:00Z"
FROM, UNTIL = "2026-01-05T00:00:00Z", "2026-01-05T12:00:00Z"
POLICY = {"profile": "test", "classes": {"visitor": {}, "staff": {}}}
LATE = {"hours": [{"days": ["sun"], "from": "00:00", "until": "24:00"}], "verify": ["hours"]}
DOOR_POLICY = {
    "profile": "door",
    "timezone": "UTC",
    "classes": {"visitor": {}, "staff": {}, "escort": {"duress": "staff"}, "contractor": LATE},
    "postures": [{"days": ["mon"], "from": "02:30", "until": "03:00", "posture": "free_access"}],
}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder once for a run."""
    return make(tmp_path_factory.mktemp("desk"))


def make(folder: Path) -> Path:
    """Make the folder: lists, policies, and passes for the lobby.

    trust.cose, policy.cose, policy.json, visitor.txt/.png (one entry), staff.txt, other.txt; for the scripts of doors
    door.json, duress.txt, slow.txt and late.txt.
    """
    (folder / "policy.json").write_text(json.dumps(POLICY))
    (folder / "door.json").write_text(json.dumps(DOOR_POLICY))
    for authority in ("own", "foreign"):
        assert gapura_ops("authority", "init", "--dir", folder / authority).code == 0
    made = [
        ("trust", "build", "--dir", folder / "own", "--out", folder / "trust.cose"),
        ("trust", "build", "--dir", folder / "foreign", "--out", folder / "foreign.cose"),
        ("policy", "sign", "--dir", folder / "own", folder / "policy.json", "--out", folder / "policy.cose"),
        _issue(folder, "own", "visitor", "visitor.txt", "--entries", "1"),
        _issue(folder, "own", "visitor", "visitor.png"),
        _issue(folder, "own", "staff", "staff.txt"),
        _issue(folder, "own", "escort", "duress.txt"),
        _issue(folder, "own", "visitor", "slow.txt", "--accessible"),
        _issue(folder, "own", "contractor", "late.txt"),
        _issue(folder, "foreign", "staff", "other.txt"),
    ]
    for arguments in made:
        ended = gapura_ops(*arguments)
        assert ended.code == 0, ended.err
    return folder


def _issue(folder: Path, authority: str, pass_class: str, name: str, *more: str) -> tuple[str | Path, ...]:
    """Write the command line that issues one pass for the lobby."""
    said = ("--class", pass_class, "--areas", "lobby", "--from", FROM, "--until", UNTIL, "--out", folder / name)
    return ("pass", "issue", "--dir", folder / authority, *said, *more)
