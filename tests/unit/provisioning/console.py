"""Run the real `gapura-ops`, in a process of its own as an operator would, or in this one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioning.__main__ import main
from tests.command import gapura_ops

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, object]:
        """The one JSON line on stdout."""
        (line,) = self.out.splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        assert list(found) == sorted(found)
        return found


def ops(*arguments: str | Path) -> Ran:
    """Run a command to its end, without a terminal."""
    ended = gapura_ops(*arguments)
    return Ran(ended.code, ended.out.decode(), ended.err)


def typed(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ran:
    """Run a command in this process, which is quicker; what argparse refuses is 2 here as there."""
    capsys.readouterr()
    try:
        code = main(list(map(str, arguments)))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    said = capsys.readouterr()
    return Ran(code, said.out, said.err)
