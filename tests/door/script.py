"""Scripts of doors as data: commands, and below each what must leave the gate until the next, to the millisecond.

A line of a script is a command of `gapura simulate`, a comment (`#`), the options it is played with (`!`), or an
expectation (`=`). `python -m tests.door.script` plays every script and writes what the gate does into its file, for
somebody to read and to agree with.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from firmware.signed.command import CommandRefusal
from tests.command import gapura
from tests.unit.commands.desk import make

SCRIPTS = Path(__file__).parent / "scripts"

NAMES = (
    *("reader", "decision", "observed", "direction", "class", "result", "alarm", "subject", "state", "times"),
    *("op", "posture", "authority", "reason", "remark", "colour", "duress", "outcome", "answered_by", "operator"),
)
"""What is worth reading of an event's data, in the order in which it reads well."""

STANDING = ("reader", "reason", "class", "expires_at", "escalated_at", "severity", "since")
"""The same of what stands at the broker: an alert, or somebody who waits for an officer."""

REFUSED = frozenset(CommandRefusal)
"""Why a command that a script brings may come to nothing; the answer in the script says so too."""


@dataclass(frozen=True, slots=True)
class Script:
    """One file: its comments, its options, and each command with what must leave the gate."""

    name: str
    head: tuple[str, ...]
    options: tuple[str, ...]
    commands: tuple[str, ...]
    expected: tuple[tuple[str, ...], ...]

    @classmethod
    def read(cls, path: Path) -> Script:
        """Read a file; its head is what stands before the first command."""
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        first = next(number for number, line in enumerate(lines) if line[0] not in "#!")
        head, commands, expected = lines[:first], list[str](), list[list[str]]()
        for line in lines[first:]:
            if line.startswith("="):
                expected[-1].append(line.removeprefix("=").strip())
            else:
                commands.append(line)
                expected.append([])
        options = tuple(word for line in head if line.startswith("!") for word in line[1:].split())
        return cls(path.stem, tuple(head), options, tuple(commands), tuple(tuple(one) for one in expected))

    def play(self, desk: Path) -> bytes:
        """Play it on the desk's lists in virtual time and return every byte that came out."""
        options = [str(SCRIPTS / word) if word.endswith(".toml") else word for word in self.options]
        lists = ("--trust", "trust.cose")
        ended = gapura(
            "simulate", "--virtual-time", *lists, *options, stdin="\n".join(self.commands).encode(), cwd=desk
        )
        assert ended.code == 0, ended.err
        return ended.out

    @functools.cache  # noqa: B019  a script is a value, and there are a few dozen of them
    def played(self, desk: Path) -> bytes:
        """What its first play in this run of tests left, for all who only read it."""
        return self.play(desk)

    def text(self, told: list[list[str]]) -> str:
        """Write the file with what was told."""
        body = (line for command, lines in zip(self.commands, told, strict=True) for line in (command, *lines))
        return "\n".join([*self.head, "", *(line if line in self.commands else f"= {line}" for line in body)]) + "\n"


def told(out: bytes) -> list[list[str]]:
    """Cut what came out into what left the gate at each command, one short line each."""
    cut: list[list[str]] = [[]]
    for line in map(json.loads, out.splitlines()):
        if line["kind"] != "reply":
            cut[-1].append(f"{line['t']} {line['kind']} {_short(line['kind'], line['value'])}")
            continue
        refused = line["value"]["reason"]
        assert line["value"]["ok"] or refused in REFUSED, line["value"]
        cut.append([])
    return cut[:-1]


def _short(kind: str, value: object) -> str:
    if kind in {"alert", "assist"} and isinstance(value, dict):
        said = value["says"]
        parts = [f"{name}={said[name]}" for name in STANDING if name in said] if said else ["taken back"]
        return " ".join([value["id"], *parts])
    if kind == "answer" and isinstance(value, dict):
        return " ".join(str(value[name]) for name in ("op", "state", "reason") if name in value)
    if kind != "event" or not isinstance(value, dict):
        return json.dumps(value).strip('"')
    said, data = value["type"].split(".")[1], value["data"]
    parts = [f"{name}={data[name]}" for name in NAMES if data.get(name) is not None]
    return " ".join([said, *parts])


def main() -> int:
    """Write every script anew."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make(Path(folder))
        for path in sorted(SCRIPTS.glob("*.script")):
            script = Script.read(path)
            path.write_text(script.text(told(script.play(desk))), encoding="utf-8")
            sys.stderr.write(f"{path.name}: written, please read\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
