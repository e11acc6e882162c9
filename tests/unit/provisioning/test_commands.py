"""Every command of `gapura-ops` is found under the one module that registers it, alone as among all the others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from provisioning.__main__ import MODULES, main
from provisioning.cli import Parser

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(("module", "commands"), MODULES.items(), ids=MODULES)
def test_registers_exactly_its_commands(module: str, commands: Sequence[str]) -> None:
    """Whoever asks for help, or mistypes, is told all of them."""
