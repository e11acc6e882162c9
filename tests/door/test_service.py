"""A service by card played from a script: `gapura simulate` with the desk's own card, in virtual time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.command import gapura, gapura_ops
from tests.unit.commands.desk import desk

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["desk"]

GOOD = "frame_age_ms=40 brightness=120 sharpness=4000"
AIM = [line for number in range(1, 5) for line in (f"beat SIDE frames={number} {GOOD}", "wait 1000")]
SCRIPT = [
    *["show card.txt", "wait 1000"] * 4,
    *["show in staff.txt", *(line.replace("SIDE", "in") for line in AIM)],
    *["show out anything", *(line.replace("SIDE", "out") for line in AIM)],
    "wait 6000",
    *["rex", "wait 6000", "show card.txt", "wait 1000"] * 2,
    "wait 5000",
]


def play(desk: Path, at: str) -> bytes:
    """Play the walk as of a time."""
    lists = ("--trust", "trust.cose", "--policy", "door.json")
    ended = gapura("simulate", "--virtual-time", "--at", at, *lists, stdin="\n".join(SCRIPT).encode(), cwd=desk)
    assert ended.code == 0, ended.err
    return ended.out


def test_a_door_without_a_screen_is_commissioned_from_a_script(desk: Path) -> None:
    """Card, heartbeats, button and card again end in a report without a failure, and twice in the same bytes."""
    made = gapura_ops(
        *("service-card", "--dir", desk / "own", "--gates", "*", "--technician", "t-17", "--out", desk / "card.txt")
    )
    assert made.code == 0, made.err
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    out = play(desk, at)
    lines = [json.loads(line) for line in out.splitlines()]
    events = [line["value"] for line in lines if line["kind"] == "event"]
    (report,) = [event["data"] for event in events if event["type"] == "gapura.commissioning.v1"]
    assert (report["outcome"], report["failed"], report["skipped"]) == ("ok", [], 0)
    said = [line["value"].removeprefix("say ") for line in lines if line["kind"] == "guide" and "say" in line["value"]]
    assert said == [
        *(
            "red",
            "yellow",
            "sounder",
            "aim",
            "aim",
            "rex",
            "back",
            "release",
            "wait",
            "lock",
            "release",
            "wait",
            "green",
        ),
        "passed",
    ]
    assert {line["value"] for line in lines if line["kind"] == "lamp"} == {"blue", "red", "yellow", "dark"}
    assert play(desk, at) == out
