"""A desk with an empty repository and a board beside it, where no disk is slow."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.updating.board import Board, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = Path("/dev/shm")  # noqa: S108  a file system in memory: each step is synced, and a card's pace proves nothing


@pytest.fixture(scope="module")
def founded() -> Iterator[Path]:
    """Found a desk, of which each test gets a copy."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Desk(Path(folder) / "desk").folder


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that vanishes."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def desk(place: Path, founded: Path) -> Desk:
    """Copy the desk."""
    shutil.copytree(founded, place / "desk")
    return Desk(place / "desk")


@pytest.fixture
def board(place: Path, desk: Desk) -> Board:
    """Make a board that runs the old release."""
    return Board(place / "board", desk)
