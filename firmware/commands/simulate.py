"""`gapura simulate`: a script on standard input drives the real gate on simulated hardware, a command a line.

Everything that leaves the gate is a JSON line on standard output, and every command gets exactly one reply after
its immediate effects. Commands whose hardware comes later answer `unsupported`.
"""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.commands.addressed import topic_of
from firmware.commands.jsonline import write_line
from firmware.commands.mistake import DONE
from firmware.control.documents import read_bounded
from firmware.events import Contact, Direction, Level, Posture, Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from firmware.commands.inspect import Pictures
    from firmware.commands.simulation import Simulation

MAX_LINE_BYTES: Final = 64 << 10
MAX_PICTURE_BYTES: Final = 64 << 20
MAX_CODES: Final = 4
MAX_WAIT_MS: Final = 366 * 24 * 3_600_000
RESUME: Final = "resume"
"""Withdraws a posture that was commanded."""

_LEVELS: Final[Mapping[str, tuple[Level, ...]]] = {
    "on": (Level.ACTIVE,),
    "off": (Level.REST,),
    "press": (Level.ACTIVE, Level.REST),
    **{level.value: (level,) for level in Level if not level.believed},
}
_CONTACTS: Final[Mapping[str, tuple[Contact, tuple[Level, ...]]]] = {
    "open": (Contact.DOOR_POSITION, _LEVELS["on"]),
    "close": (Contact.DOOR_POSITION, _LEVELS["off"]),
    "rex": (Contact.REX, _LEVELS["press"]),
    "passage in": (Contact.PASSAGE_IN, _LEVELS["press"]),
    "passage out": (Contact.PASSAGE_OUT, _LEVELS["press"]),
    "fire on": (Contact.FIRE, _LEVELS["on"]),
    "fire off": (Contact.FIRE, _LEVELS["off"]),
    "tamper on": (Contact.TAMPER, _LEVELS["on"]),
    "tamper off": (Contact.TAMPER, _LEVELS["off"]),
}

_DIGITS: Final = 16

_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".txt")


class Script:
    """Carries out the lines of a script on one simulated gate."""

    def __init__(self, simulation: Simulation, sides: Mapping[str, Side], pictures: Pictures) -> None:
        """Take the gate, its readers' sides, and a decoder for pictures that are shown."""
        self._simulation = simulation
        self._reader_of = {side: name for name, side in sides.items()}
        self._pictures = pictures

    def run(self, lines: Iterator[str]) -> int:
        """Carry out every line until `quit` or the end; the end stops the gate."""
        for line in lines:
            command = line.strip()
            if not command:
                continue
            refusal = self._do(command)
            self._simulation.pump()
            if command == "quit":
                self._simulation.stop()
            reply = {"cmd": command, "ok": refusal is None, "reason": refusal, "state": self._simulation.state()}
            self._simulation.emit("reply", reply)
            if command == "quit":
                return DONE
        self._simulation.stop()
        return DONE

    def _do(self, command: str) -> str | None:
        """Do one command; answer why it was not done."""
        word, _, rest = command.partition(" ")
        rest = rest.strip()
        match word, rest:
            case (("show" | "beat" | "wait" | "posture" | "officer" | "command"), _):
                return self._with(word, rest)
            case (("lose" | "restore"), "link"):
                self._simulation.link_within_reach(up=word == "restore")
            case (("state" | "quit"), ""):
                pass
            case _:
                return self._wired(command, word, rest)
        return None

    def _with(self, word: str, rest: str) -> str | None:
        """Do a command that takes an argument."""
        doing = {"show": self._show, "beat": self._beat, "wait": self._wait, "posture": self._posture}
        return (doing | {"officer": self._officer, "command": self._command})[word](rest)

    def _officer(self, text: str) -> str | None:
        """Answer whoever waits for an officer: `officer admit`, `officer refuse`."""
        if text not in {"admit", "refuse"}:
            return "bad_argument"
        return self._simulation.officer(admit=text == "admit")

    def _wired(self, command: str, word: str, rest: str) -> str | None:
        """Set a contact: by a word of its own, or any by `contact NAME on|off|press|cut|short|chatter`."""
        wanted = _CONTACTS.get(command)
        if wanted is None and word == "contact":
            name, _, level = rest.partition(" ")
            wanted = (Contact(name), _LEVELS[level]) if name in set(Contact) and level in _LEVELS else None
            if wanted is None:
                return "bad_argument"
        if wanted is None:
            sys.stderr.write(
                f"gapura simulate: {word[:40]!r} is no command or is incomplete; see gapura simulate --help\n"
            )
            return "unknown_command"
        self._contact(*wanted)
        return None

    def _contact(self, contact: Contact, levels: tuple[Level, ...]) -> None:
        """Set a contact. One that was never used is fitted first, at rest, as if it had been wired from the start."""
        fitted = contact in dict(self._simulation.controller.door.contacts)
        for level in levels if fitted else (Level.REST, *levels):
            self._simulation.inbox.contact_changed(contact, level)

    def _posture(self, text: str) -> str | None:
        """Command a posture for good, or for so many milliseconds: `posture P [MS]`; `posture resume` withdraws it."""
        name, _, span = text.replace("-", "_").partition(" ")
        if span and not (span.isascii() and span.isdigit() and 0 < len(span) <= len(str(MAX_WAIT_MS))):
            return "bad_argument"
        if name != RESUME and (name not in set(Posture) or name == Posture.FIRE):
            return "bad_argument"
        self._simulation.command_posture(None if name == RESUME else Posture(name), int(span) if span else None)
        return None

    def _wait(self, text: str) -> str | None:
        """Let time pass."""
        if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_WAIT_MS)) or int(text) > MAX_WAIT_MS:
            return "bad_argument"
        self._simulation.wait(int(text))
        return None

    def _command(self, path: str) -> str | None:
        """Let the broker bring the signed command in this file, on the topic that it was signed for."""
        try:
            data = read_bounded(Path(path), MAX_LINE_BYTES)
        except (OSError, ValueError):
            return "io_error"
        return self._simulation.command(*topic_of(data), data) if self._simulation.link.up else "no_link"

    def _show(self, rest: str) -> str | None:
        """Hold a code before a reader: `show X`, `show in X`, `show out X`; X is a path if one exists, else text."""
        first, _, behind = rest.partition(" ")
        direction = Direction.IN
        if first in {Direction.IN, Direction.OUT} and behind.strip():
            direction, rest = Direction(first), behind.strip()
        reader = self._reader_of.get(Side.OUTSIDE if direction is Direction.IN else Side.INSIDE)
        if reader is None:
            return "no_such_reader"
        codes = self._codes(rest)
        if codes is None:
            return "io_error"
        if not codes:
            return "no_code"
        self._simulation.inbox.scanned(reader, codes)
        return None

    def _beat(self, rest: str) -> str | None:
        """Let a reader's heart beat with these numbers: `beat [in|out] NAME=N ...`."""
        direction, words = Direction.IN, rest.split()
        if words and words[0] in set(Direction):
            direction, words = Direction(words[0]), words[1:]
        reader = self._reader_of.get(Side.OUTSIDE if direction is Direction.IN else Side.INSIDE)
        pairs = [word.partition("=") for word in words]
        if not all(
            name and number.isascii() and number.isdigit() and len(number) < _DIGITS for name, _, number in pairs
        ):
            return "bad_argument"
        if reader is None:
            return "no_such_reader"
        self._simulation.inbox.beat(reader, {name: int(number) for name, _, number in pairs})
        return None

    def _codes(self, what: str) -> tuple[bytes, ...] | None:
        """Find the codes in what is shown; None if a file is there but cannot be used."""
        try:
            if not Path(what).is_file():
                if what.endswith(_SUFFIXES):
                    sys.stderr.write(f"gapura simulate: there is no file {what!r}; it is shown as text\n")
                return (what.encode("utf-8", "surrogateescape"),) if what else ()
            data = read_bounded(Path(what), MAX_PICTURE_BYTES)
        except ValueError:
            return (what.encode("utf-8", "surrogateescape"),)
        except OSError as error:
            if error.errno is not None and not Path(what[:255]).exists():
                return (what.encode("utf-8", "surrogateescape"),)
            return None
        if not self._pictures.is_picture(data):
            return (data.removesuffix(b"\n"),)
        found = self._pictures.decode(data)
        return None if found is None else tuple(one.data for one in found[:MAX_CODES])


def write(t_ms: int, kind: str, value: object) -> None:
    """Print one line of the contract."""
    write_line({"t": t_ms, "kind": kind, "value": value})


def lines(simulation: Simulation) -> Iterator[str]:
    """Yield the lines of standard input; the gate goes on while none comes."""
    waiting = b""
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], simulation.due_in_s())
        if not ready:
            simulation.pump()
            continue
        piece = os.read(sys.stdin.fileno(), MAX_LINE_BYTES)
        if not piece:
            break
        *whole, waiting = (waiting + piece).split(b"\n")
        yield from (line.decode("utf-8", "surrogateescape") for line in whole)
        if len(waiting) > MAX_LINE_BYTES:
            waiting = waiting[:MAX_LINE_BYTES]
    if waiting:
        yield waiting.decode("utf-8", "surrogateescape")
