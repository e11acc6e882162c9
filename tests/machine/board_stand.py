"""An emulated board with the shipped programs on it, and the judge of its lines beside it.

It starts, asks, stops and kills what runs there. Which level a line has is never asked there.
"""

from __future__ import annotations

import shlex
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from tests.machine import board_system
from tests.machine.pl061 import RECORDING, Chip
from tests.machine.qmp import Monitor
from tests.machine.vm import Answer, Machine

if TYPE_CHECKING:
    from pathlib import Path

RELAY: Final = 2
LAMPS: Final = {"red": 4, "green": 5, "white": 6}
GREEN: Final = LAMPS["green"]
LINES: Final = frozenset({RELAY, *LAMPS.values()})
HELD_MS: Final = 10_000
"""How long a line stays up that nobody lets go before its time: long enough to strike before, on a busy machine too."""
WITHIN_S: Final = 60.0
"""How long anything may take that happens in a second on a board: emulation is slow, and this machine may be busy."""

_SAID: Final = "/run/said"
_ASK: Final = "/run/ask"
_CONFIG: Final = "/run/gapura.toml"
_SOCKET: Final = "/run/gapura/inside.sock"
_TOML: Final = f"""\
[gate]
id = "board-1"
area = "lobby"
state_dir = "/run/state"
[door]
unlock_ms = {HELD_MS}
max_unlock_ms = {HELD_MS}
[relay]
pin = {RELAY}
[light]
red = {LAMPS["red"]}
green = {LAMPS["green"]}
white = {LAMPS["white"]}
[readers.inside]
side = "inside"
socket = "{_SOCKET}"
user = "root"
out_of_sight = true
[hardware]
test_board = true
"""
_MACHINE: Final = ("qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024",
                   "-display", "none", "-nodefaults", "-nic", "none")  # fmt: skip


class ProgramError(Exception):
    """A program on the board ended instead of saying what was waited for; its own words are in the text."""


class Board:
    """One board between `with` and its end; at most one program holds its lines."""

    chip: Chip

    def __init__(self, folder: Path) -> None:
        """Take a folder for what this run makes and keeps."""
        self._folder = folder
        self._stack = ExitStack()
        self._pid = 0
        self.boot_s = 0.0

    def __enter__(self) -> Self:
        """Build, start and wait until its shell greets."""
        record, monitor = self._folder / "lines.log", self._folder / "monitor.sock"
        argv = (
            "setpriv", "--pdeathsig", "KILL",  # whoever started it may be killed: no machine stays behind
            *_MACHINE, "-accel", "tcg,thread=multi", "-no-reboot", "-serial", "stdio",
            "-kernel", str(board_system.kernel()), "-initrd", str(board_system.initrd(self._folder)),
            "-dtb", str(board_system.device_tree(self._folder, _MACHINE)),
            "-append", "console=ttyAMA0 loglevel=4 rdinit=/init",
            "-qmp", f"unix:{monitor},server=on,wait=off", *RECORDING, str(record),
        )  # fmt: skip
        try:
            self._machine = self._stack.enter_context(Machine(argv, self._folder / "console.log"))
            self.chip = Chip(record, self._stack.enter_context(Monitor(monitor)))
            self.boot_s = self._machine.boot(2 * WITHIN_S)
            self.sh(f"mkfifo {_ASK} && mkdir /run/state && printf %s {shlex.quote(_TOML)} >{_CONFIG}")
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Pull the plug."""
        self._stack.close()

    def sh(self, command: str) -> Answer:
        """Run a command on the board."""
        return self._machine.run(command, WITHIN_S)

    def hold(self, max_ms: int) -> None:
        """Have the drivers claim the lines; at their rest when this returns."""
        lamps = " ".join(f"{colour}={pin}" for colour, pin in LAMPS.items())
        self._start(f"python3 -m on_board.hold {_ASK} {max_ms} {RELAY} {lamps}", "claimed")

    def ask(self, line: str) -> None:
        """Have the drivers do something, and wait until they have."""
        self.sh(f"echo {shlex.quote(line)} >{_ASK}")
        self._wait_until_said(line)

    def send(self, line: str) -> None:
        """Have the drivers do something and do not wait."""
        self.sh(f"echo {shlex.quote(line)} >{_ASK}")

    def run_gate(self) -> None:
        """Start the gate; it is ready when this returns."""
        self._start(f"python3 -m firmware run --config {_CONFIG}", "is ready")

    def show(self) -> None:
        """Show any code at the gate's inside reader."""
        self.sh(f"python3 -m on_board.show {_SOCKET}")

    def signal(self, name: str) -> None:
        """Send a signal to what holds the lines."""
        self.sh(f"kill -{name} {self._pid}")

    def ended(self) -> int:
        """Wait for the end of what holds the lines and return its code, as a shell sees it."""
        return self.sh(f"wait {self._pid}").code

    def release(self) -> Answer:
        """Run what the service manager runs after every end of a gate."""
        return self.sh(f"python3 -m firmware release --config {_CONFIG}")

    def rest(self) -> None:
        """End what holds the lines, if anything does, and let go of what is high, so that every trial begins alike."""
        if self._pid:
            self.sh(f"kill -KILL {self._pid} 2>/dev/null; wait {self._pid}")
            self._pid = 0
        if self.chip.high() & LINES:
            self.release()

    def said(self) -> str:
        """Return what the program that held the lines last has printed."""
        return self.sh(f"cat {_SAID}").out

    def _start(self, command: str, sign: str) -> None:
        self._pid = int(self.sh(f": >{_SAID}; {command} >{_SAID} 2>&1 & echo $!").out)
        self._wait_until_said(sign)

    def _wait_until_said(self, what: str) -> None:
        look = f"grep -qF {shlex.quote(what)} {_SAID}"
        if self.sh(f"until {look}; do kill -0 {self._pid} 2>/dev/null || break; sleep 0.1; done; {look}").code:
            raise ProgramError(what, last_line(self.said()))


def last_line(text: str) -> str:
    """Return the last line of what a program said."""
    return text.rpartition("\n")[2]


def pass_ms(duration_ms: int) -> None:
    """Let time pass in which nothing may happen."""
    time.sleep(duration_ms / 1000)
