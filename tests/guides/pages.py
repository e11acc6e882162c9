"""What a page tells its reader to type: its blocks, and the commands in them, read from the file.

A block without a language, or in `sh`, is typed; one in another language is a paper that its reader lays somewhere.
Nothing is typed here. A command that stands where no reader of this file would find it is a mistake of the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.command import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHELL: Final = ("", "sh")
_FENCE: Final = re.compile(r"^( *)```(\w*)$")
_HERE: Final = re.compile(r"<<-?\s*'?(\w+)'?")
_STRAY: Final = re.compile(
    r"^(?: {4,}|\t)\S|^ *[$#>]? *(?:sudo |python -m )?(?:gapura|gapura-ops|gapura-reader|provisioning\.\w+) "
)
"""An indented block, or a line that is a command and stands outside of every block."""


class PageError(Exception):
    """A page cannot be read as one that is typed; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as a shell takes it, with its continued lines and what stands in it."""

    page: str
    line: int
    text: str

    @property
    def first(self) -> str:
        """Its first line."""
        return self.text.splitlines()[0]

    @property
    def place(self) -> str:
        """Where it stands, and how it begins."""
        return f"{self.page}:{self.line}: {self.first}"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: the `number`th of its page, from 1 on."""

    page: str
    number: int
    line: int
    language: str
    text: str

    @property
    def typed(self) -> bool:
        """Whether it is typed, and not laid somewhere."""
        return self.language in SHELL

    def commands(self) -> list[Command]:
        """Take the block apart: a command ends with its line, unless that is continued or begins a document."""
        found: list[Command] = []
        lines = iter(enumerate(self.text.splitlines(), self.line + 1))
        for number, first in lines:
            if not first.strip() or first.lstrip().startswith("#"):
                continue
            whole = [first]
            while whole[-1].endswith("\\"):
                whole.append(next(lines)[1])
            if (here := _HERE.search(first)) is not None:
                whole.extend(_until(lines, here[1]))
            found.append(Command(self.page, number, "\n".join(whole)))
        return found


def _until(lines: Iterator[tuple[int, str]], word: str) -> Iterator[str]:
    """Go on to the end of a document in the shell's sense."""
    for _, line in lines:
        yield line
        if line == word:
            return


def blocks(page: str, text: str | None = None) -> list[Block]:
    """Read the blocks of a page, by its path in the repository or from `text`; PageError for a command outside."""
    found: list[Block] = []
    fence, start, inside = "", 0, list[str]()
    opened: str | None = None
    for number, line in enumerate(
        (ROOT / page).read_text(encoding="utf-8").splitlines() if text is None else text.splitlines(), 1
    ):
        match = _FENCE.match(line)
        if opened is not None:
            if match is not None and not match[2]:
                found.append(Block(page, len(found) + 1, start, opened, "\n".join(inside) + "\n"))
                opened = None
            else:
                inside.append(line.removeprefix(fence))
        elif match is not None:
            fence, opened, start, inside = match[1], match[2], number, []
        elif _STRAY.match(line):
            message = f"{page}:{number}: a command outside of every block, which nobody would type: {line.strip()}"
            raise PageError(message)
    if opened is not None:
        message = f"{page}:{start}: a block that does not end"
        raise PageError(message)
    return found


def pages(*folders: str) -> list[str]:
    """Name every README below these folders that has a block."""
    under: list[Path] = [path for folder in folders for path in sorted((ROOT / folder).rglob("README.md"))]
    names = [path.relative_to(ROOT).as_posix() for path in under]
    return [name for name in names if blocks(name)]
