"""The list of survivors between two runs: each stands once, with a reason, for a line that is still there."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.mutants.__main__ import LISTED, explained

if TYPE_CHECKING:
    from tests.mutants.tool import Change

ROWS = explained()


def test_each_survivor_stands_once_and_has_a_reason() -> None:
    """No line of the list hides another, and every reason is a sentence."""
    assert len(ROWS) == len(tomllib.loads(LISTED.read_text())["survivor"])
    assert [one for one, why in ROWS.items() if not why.endswith(".") or len(why.split()) < 3] == []


@pytest.mark.parametrize("change", ROWS, ids=lambda change: f"{change.function}: {change.was}")
def test_what_a_survivor_changes_is_still_there(change: Change) -> None:
    """The function exists and holds the lines as they were."""
    module, _, function = change.function.rpartition(".")
    source = inspect.getsource(getattr(importlib.import_module(module), function))
    lines = [line.strip() for line in source.splitlines()]
    assert [line for line in change.was.split(" / ") if line not in lines] == []
