"""Whole doors as data: every script under `scripts/` does what it says, and the same bytes each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.door.script import SCRIPTS, Script, told
from tests.unit.commands.desk import desk

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["desk"]

ALL = sorted(SCRIPTS.glob("*.script"))


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_a_door_does_what_its_script_says(desk: Path, path: Path) -> None:
    """Relay, lamps, sounder and events come as the script lists them, and a second play gives the same bytes."""
    script = Script.read(path)
    out = script.played(desk)
    assert [tuple(lines) for lines in told(out)] == list(script.expected)
    assert script.play(desk) == out


def test_the_scripts_of_the_house_are_there() -> None:
    """What a door must master has a script each."""
    names = {path.stem for path in ALL}
    assert names >= {"forced", "held", "tailgate", "annulled", "lockdown", "fire", "free_access", "slow_refusals"}
    assert names >= {"interlock", "duress", "turnstile", "motor", "maglock", "undervoltage", "timetable"}
    assert names >= {"long_access", "commands", "officer", "holiday", "observed", "full"}
    assert names >= {"attended", "yellow", "sunday"}
    assert names >= {"two_persons", "escort", "child"}
    assert "rotating" in names
    assert "cards" in names
