"""A gate whose reader looks at pictures: photographs of the world, and passes as the issuing desk prints them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from provisioning.issuing import Order
from provisioning.printing import page
from provisioning.rig.gate import RELAY, Plan, Rig
from tests.bench import truth
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.broker.watcher import Seen

OUTSIDE = "outside"
WEST_INDONESIA_S = 7 * 3600
HOUR_S = 3600
WALL_FRAMES = 30
"""Three seconds in which nobody is there: time for those who judge to be in their seats."""


def plan(source: str) -> Plan:
    """Have the reader look at pictures."""
    return Plan(readers={OUTSIDE: source}, unlock_ms=500, max_unlock_ms=2000, health_s=1)


def test_printed_passes_open_the_door_and_are_reported(tmp_path: Path) -> None:
    """Of three printed passes two open, one is refused as expired, and the broker hears of each once."""
    pictures = tmp_path / "pictures"
    with Stand(tmp_path / "rig", plan(f"files:{pictures}?once"), adapt=lambda rig: _print(rig, pictures)) as stand:
        assert stand.watcher.wait(lambda seen: len(_decisions(seen)) >= 3, 30)
        assert stand.pins.rose(RELAY, 0)
        assert stand.pins.rests(RELAY)
        assert sorted(_decisions(stand.watcher.seen())) == [
            ("staff", "allow", "None"),
            ("visitor", "allow", "None"),
            ("visitor", "deny", "expired"),
        ]
        assert stand.caught_up()
        assert stand.arrivals.judge(stand.ledger()) == []
        assert "Traceback" not in stand.log()


def test_photographs_are_decoded_and_open_nothing(tmp_path: Path) -> None:
    """Codes in photographs of the world are read by the reader's process and refused by the gate: no pass of ours."""
    base = truth.folder()
    if base is None:
        pytest.skip("no photographs: set GAPURA_PHOTOS to the folder that holds truth.json")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in truth.Truth(base).names()[::40]:
        (pictures / name.replace("/", "-")).symlink_to(base / name)
    with Stand(tmp_path / "rig", plan(f"files:{pictures}")) as stand:
        assert stand.watcher.wait(lambda seen: len(_decisions(seen)) >= 5, 60)
        assert stand.health("reader_outside_scans", 5)
        decisions = _decisions(stand.watcher.seen())
        assert {decision for _, decision, _ in decisions} == {"deny"}
        assert "unknown_format" in {reason for _, _, reason in decisions}
        assert stand.pins.rises(RELAY, 0) == 0
        assert "Traceback" not in stand.log()


def _print(rig: Rig, folder: Path) -> None:
    """Print passes into a folder, after pictures of an empty wall."""
    folder.mkdir()
    now = int(time.time())
    for number in range(WALL_FRAMES):
        Image.new("L", (640, 480), 200).save(folder / f"0-wall-{number:02}.png")
    for name, order in {
        "1-staff": Order("staff", ("lobby",), now - HOUR_S, now + HOUR_S),
        "2-visitor": Order("visitor", ("lobby",), now - HOUR_S, now + HOUR_S, entries=1),
        "3-expired": Order("visitor", ("lobby",), now - 2 * HOUR_S, now - HOUR_S),
    }.items():
        issued = rig.desk.issue(order, now=now)
        (folder / f"{name}.png").write_bytes(page.render(issued, "Test", WEST_INDONESIA_S, ".png"))


def _decisions(seen: list[Seen]) -> list[tuple[str, str, str]]:
    """Class, decision and reason of every decision, in order of arrival."""
    found: list[tuple[str, str, str]] = []
    for message in seen:
        data = message.json()["data"] if message.topic.endswith("/event/access") else None
        if isinstance(data, dict):
            found.append((str(data["class"]), str(data["decision"]), str(data["reason"])))
    return found
