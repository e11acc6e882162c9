"""The lists of survivors between two runs: each stands once, with a reason, for a line that is still there."""

from __future__ import annotations

import inspect
import pkgutil
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.mutants.__main__ import explained
from tests.mutants.rooms import ROOMS, Room

if TYPE_CHECKING:
    from tests.mutants.tool import Change

ROWS = [change for room in ROOMS.values() for change in explained(room)]


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_each_survivor_stands_once_and_has_a_reason(room: Room) -> None:
    """No line of the list hides another, and every reason is a sentence."""
    rows = explained(room)
    assert len(rows) == len(tomllib.loads(room.survivors.read_text())["survivor"])
    assert [one for one, why in rows.items() if not why.endswith(".") or len(why.split()) < 3] == []
    assert [one for one in rows if not one.function.startswith(f"firmware.{room.name}.")] == []


@pytest.mark.parametrize("change", ROWS, ids=lambda change: f"{change.function}: {change.was}")
def test_what_a_survivor_changes_is_still_there(change: Change) -> None:
    """The function exists and holds the lines as they were."""
    source = inspect.getsource(pkgutil.resolve_name(change.function))
    lines = [line.strip() for line in source.splitlines()]
    assert [line for line in change.was.split(" / ") if line not in lines] == []
