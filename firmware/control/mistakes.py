"""Reading the configuration so that a technician can mend it: every mistake at once, with its line and a remedy.

The file is data from outside: whatever it holds ends in a `Config` or in a list of mistakes, never in a traceback.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import ValidationError

from firmware.control.config import UNSOUND, Config, Lines, RelayLine, findings
from firmware.signed import wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

Read = TypeVar("Read", Config, Lines, RelayLine)
Over = Callable[[dict[str, object]], dict[str, object]]
MAX_BYTES: Final = 256 * 1024

_REMEDIES: Final = {
    ("readers", "missing"): 'add [readers.outside] with side = "outside" and its socket',
    ("readers", "too_short"): 'add [readers.outside] with side = "outside" and its socket',
}
"""Where this file has more to say than what a value of the kind is."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: where (line 0 means the file as a whole), what, and what to do."""

    line: int
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """Say it in one line."""
        place = f"line {self.line}: " if self.line else ""
        subject = f"{self.where}: " if self.where else ""
        return f"{place}{subject}{self.what}; {self.remedy}"


def read(path: Path, over: Over | None = None) -> Config | list[Mistake]:
    """Read a configuration file; bounded, and total: every mistake is in the answer.

    `over` may lay something over its bare values before they are judged.
    """
    return _read(path, Config, over)


def read_lines(path: Path) -> tuple[RelayLine | None, list[Mistake]]:
    """Read what a configuration file says of its outputs, whatever else is wrong with it.

    A mistake in what it says of lamps or sounder leaves the relay; None if that cannot be read either.
    """
    lines = _read(path, Lines)
    if not isinstance(lines, list):
        return lines, []
    relay = _read(path, RelayLine)
    return (None, relay) if isinstance(relay, list) else (relay, lines)


def _read(path: Path, model: type[Read], over: Over | None = None) -> Read | list[Mistake]:
    """Read as much of a file as a model knows."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        closed = isinstance(error, PermissionError)
        example = "put a board file or a configuration there, like that in /usr/share/doc/gapura/examples or systemd/"
        remedy = f"chgrp gapura {path} && chmod 640 {path}" if closed else example
        return [Mistake(0, "", f"cannot read {path}: {error.strerror}", remedy)]
    if len(raw) > MAX_BYTES:
        return [Mistake(0, "", f"{path} is longer than {MAX_BYTES} bytes", "this is no configuration of a gate")]
    try:
        return _parse(raw.decode("utf-8"), model, over)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return [Mistake(line, "", "not UTF-8 text", "save the file as UTF-8")]


def parse(text: str) -> Config | list[Mistake]:
    """Read the text of a configuration."""
    return _parse(text, Config)


def _parse(text: str, model: type[Read], over: Over | None = None) -> Read | list[Mistake]:
    """Read as much of a text as a model knows."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [_toml_mistake(error)]
    except RecursionError:
        return [Mistake(0, "", "nested too deeply", "write plain sections as in the example")]
    data = data if over is None else over(data)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [_mistake(text, detail) for detail in error.errors() if detail["type"] != UNSOUND]
        if model is Config:
            between = findings(data)
            found += [Mistake(line_of(text, one.keys), ".".join(one.keys), one.what, one.remedy) for one in between]
        return sorted(found, key=lambda mistake: mistake.line)


def _toml_mistake(error: tomllib.TOMLDecodeError) -> Mistake:
    """Name the line of a syntax error; the parser says it only in its message."""
    what, _, place = str(error).partition(" (at ")
    line = re.search(r"line (\d+)", place)
    return Mistake(int(line[1]) if line else 0, "", what.lower(), "mend the TOML syntax there")


def _mistake(text: str, detail: ErrorDetails) -> Mistake:
    """Turn one finding of the validator into a line that helps."""
    keys = [str(part) for part in detail["loc"] if part != "[key]"]
    where = ".".join(keys)
    remedy = _REMEDIES.get((where, detail["type"])) or wording.remedy(detail) or _allowed(detail["msg"])
    return Mistake(line_of(text, keys), wording.legible(where), wording.finding(detail), remedy)


def _allowed(message: str) -> str:
    """Say what to write where the validator's own words are the best there are."""
    _, found, allowed = message.partition(" should be ")
    if not found:
        return "firmware/control/README.md says what may stand here"
    return f"write {allowed}" if allowed.startswith("'") else f"write a value {allowed}"


def line_of(text: str, keys: Sequence[str]) -> int:
    """Find the line that sets `keys`, or the one nearest above it that exists; 0 if none does.

    Knows the ways people write this file: `[a.b]` headers, `key = value` and dotted keys below them.
    """
    best, depth = 0, 0
    header: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("["):
            header = _split(line.strip("[] ").partition("]")[0])
            found = header
        elif "=" in line and not line.startswith("#"):
            found = header + _split(line.partition("=")[0])
        else:
            continue
        if len(found) > depth and list(keys[: len(found)]) == found:
            best, depth = number, len(found)
    return best


def _split(dotted: str) -> list[str]:
    """Split a dotted key, quotes removed."""
    return [part.strip().strip("\"'") for part in dotted.split(".")]
