"""Types what pages tell to type, in a folder of its own, each command once and in the order of its story.

What is typed comes from the files of the pages and from nowhere else. A story says which blocks go together and what
is there before; it may put another word in the place of one that names the world (a broker's address), and each such
word has to be found. The first command that fails ends it.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.guides.pages import PageError, blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.guides.pages import Block, Command

PATIENCE_S: Final = 500
_MARK: Final = "#: "
_END: Final = "the end"


@dataclass(frozen=True, slots=True)
class Own:
    """What the story itself does: the world that a page takes for granted."""

    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The commands of one block. `swaps` puts words in the place of others; `ends` has those that do not end with 0."""

    page: str
    number: int
    swaps: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Laid:
    """A block that is a paper and no command, put into a file of the folder."""

    page: str
    number: int
    path: str
    swaps: Mapping[str, str] = field(default_factory=dict)


Step = Own | Typed | Laid
LeftOut = Mapping[str, Mapping[str, str]]
"""For each page, the first lines of commands that cannot be typed on a machine for development, and why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was said: standard output command by command, and all of standard error."""

    said: Mapping[str, str]
    err: str

    def lines(self, page: str, beginning: str) -> list[dict[str, Any]]:
        """The JSON lines of the commands of a page that begin so."""
        text = "\n".join(
            out for place, out in self.said.items() if place.startswith(page) and f": {beginning}" in place
        )
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def follow(
    steps: Sequence[Step], left_out: LeftOut, folder: Path, environment: Mapping[str, str], **texts: str
) -> Told:
    """Type a story; AssertionError says which command failed, and its words. `texts` stand for the files of pages."""
    script = "\n".join(_script(steps, left_out, texts))
    (folder / ".story").write_text(script)
    out, err = folder / ".out", folder / ".err"
    words = ["bash", "--noprofile", "--norc", str(folder / ".story")]
    surroundings = os.environ | dict(environment) | {"HOME": str(folder), "STORY_ERR": str(err)}
    with out.open("wb") as said, err.open("wb") as complained:
        typing = subprocess.Popen(
            words,
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            start_new_session=True,
        )
        try:
            code = typing.wait(PATIENCE_S)
        finally:
            _end(typing.pid)
            typing.wait()
    told = _told(out.read_text())
    last = next(reversed(told), "before the first command")
    assert (code, last) == (0, _END), f"{last}: {told.get(last, '')}{err.read_text()[-3000:]}"
    return Told(told, err.read_text())


def _end(group: int) -> None:
    """End what a story has left running: it is a session of its own."""
    try:
        os.killpg(group, signal.SIGTERM)
    except ProcessLookupError:
        return


def _script(steps: Sequence[Step], left_out: LeftOut, texts: Mapping[str, str]) -> Iterable[str]:
    """Write a story down for a shell."""
    yield "set -euo pipefail"
    for step in steps:
        match step:
            case Own(text):
                yield text
            case Laid(path=path):
                yield f"cat > {shlex.quote(path)} <<'THE-END-OF-IT'"
                yield _swapped(_block(step, texts).text, step) + "THE-END-OF-IT"
            case Typed():
                here = left_out.get(step.page, {})
                commands = [one for one in _block(step, texts).commands() if one.first not in here]
                text = "\n".join(line for one in commands for line in _typed(one, step))
                yield _swapped(text, step)
    yield f"printf '\\n%s\\n' {shlex.quote(_MARK + _END)}"


def _typed(command: Command, step: Typed) -> Iterable[str]:
    """Say which command comes, and type it."""
    yield f"printf '\\n%s\\n' {shlex.quote(_MARK + command.place)}"
    codes = [code for beginning, code in step.ends.items() if command.text.startswith(beginning)]
    yield f"code=0; {command.text} || code=$?; test $code -eq {codes[0]}" if codes else command.text


def _block(step: Typed | Laid, texts: Mapping[str, str]) -> Block:
    """The block that a step is about."""
    found = blocks(step.page, texts.get(step.page))
    if len(found) < step.number or found[step.number - 1].typed is isinstance(step, Laid):
        message = (
            f"{step.page}: its block {step.number} is none of this kind; mend the story in tests/guides/stories.py"
        )
        raise PageError(message)
    return found[step.number - 1]


def _swapped(text: str, step: Typed | Laid) -> str:
    for word, other in step.swaps.items():
        if word not in text:
            message = f"{step.page}: nothing of block {step.number} says {word!r} any more; mend the story"
            raise PageError(message)
        text = text.replace(word, other)
    return text


def _told(text: str) -> dict[str, str]:
    """Take standard output apart at the marks."""
    parts = text.split(f"\n{_MARK}")
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts[1:]}


def unaccounted(stories: Iterable[Sequence[Step]], left_out: LeftOut, pages: Iterable[str], **texts: str) -> list[str]:
    """Name every command and paper that no story has and that is not left out, and every reason that is for nothing."""
    done = {(step.page, step.number) for steps in stories for step in steps if not isinstance(step, Own)}
    found: list[str] = []
    for page in pages:
        unused = set(left_out.get(page, {}))
        for block in blocks(page, texts.get(page)):
            known = (page, block.number) in done
            for command in block.commands() if block.typed else ():
                if command.first in left_out.get(page, {}):
                    unused.discard(command.first)
                elif not known:
                    found.append(command.place)
            if not block.typed and not known:
                found.append(f"{page}:{block.line}: a paper in {block.language}")
        found += [f"{page}: left out for nothing: {one}" for one in sorted(unused)]
    return found
