"""One furnished desk, copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.unit.provisioning.handing.room import Room, furnish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Furnish a desk once."""
    folder = tmp_path_factory.mktemp("desk")
    furnish(folder)
    return folder


@pytest.fixture
def room(furnished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Room:
    """A desk of the test's own."""
    folder = tmp_path / "desk"
    shutil.copytree(furnished, folder)
    return Room(folder, capsys)
