"""What the board's maker refuses before it downloads anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.mistake import OperatorError
from tests.machine import board_system

if TYPE_CHECKING:
    from pathlib import Path


def test_every_missing_program_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot make or run a board learns at once of all that it lacks, and how to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperatorError, match=r"apt-get install (?=.*qemu-system-arm)(?=.*device-tree-compiler)"):
        board_system.check_machine()
