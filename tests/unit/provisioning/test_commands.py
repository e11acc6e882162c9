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
    """A module registers the commands that the list has of it, and no other."""
    groups = Parser().add_subparsers(parser_class=Parser)
    import_module(module).register(groups)
    assert tuple(groups.choices) == commands


def test_help_and_a_word_of_nobody_name_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for help, or mistypes, is told all of them."""
    for words in (["--help"], ["open"]):
        with pytest.raises(SystemExit):
            main(words)
        said = "".join(capsys.readouterr())
        assert all(command in said for commands in MODULES.values() for command in commands), words
