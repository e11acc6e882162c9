"""The door and its lamps, drawn from the levels of the pins: a released lock is drawn as an open door. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.text import Text

CLOSED: Final = (
    "  ╔═══════════╗  ",
    "  ║┌─────────┐║  ",
    "  ║│         │║  ",
    "  ║│         │║  ",
    "  ║│        ●│║  ",
    "  ║│         │║  ",
    "  ║│         │║  ",
    "  ║└─────────┘║  ",
    "══╩═══════════╩══",
)
OPEN_IN: Final = (
    "  ╔═══════════╗  ",
    "  ║╲          ║  ",
    "  ║ ╲         ║  ",
    "  ║ │   o     ║  ",
    "  ║ │  /|\\    ║  ",
    "  ║●│   |   → ║  ",
    "  ║ │  / \\    ║  ",
    "  ║ ╱         ║  ",  # noqa: RUF001  a line of the drawing
    "══╩╱══════════╩══",  # noqa: RUF001  a line of the drawing
)
OPEN_OUT: Final = tuple(line.replace("→", "←") for line in OPEN_IN)
HEIGHT: Final = len(CLOSED)

_COLOURS: Final = (("red", "merah"), ("yellow", "kuning"), ("green", "hijau"))


@dataclass(frozen=True, slots=True)
class Pins:
    """The levels that can be seen: the relay and the lamps that are lit."""

    relay: bool
    lit: frozenset[str]


def draw(pins: Pins, *, leaving: bool) -> Text:
    """Draw the door with its lamps at its right."""
    leaf = (OPEN_OUT if leaving else OPEN_IN) if pins.relay else CLOSED
    beside = _lamps(pins)
    drawn = Text(no_wrap=True)
    for number, line in enumerate(leaf):
        drawn.append(line, "bold green" if pins.relay else "bold")
        drawn.append_text(beside.get(number, Text()))
        drawn.append("\n")
    return drawn


def _lamps(pins: Pins) -> dict[int, Text]:
    """Draw the lamp head and the lock's word, by the line they stand on."""
    lines = {1: Text("  ┌───┐", "dim"), 5: Text("  └───┘", "dim")}
    for number, (colour, name) in enumerate(_COLOURS, 2):
        lit = colour in pins.lit
        line = Text("  │ ", "dim")
        line.append("●" if lit else "○", f"bold {colour}" if lit else "dim")
        line.append(" │ ", "dim")
        line.append(name, f"bold {colour}" if lit else "dim")
        lines[number] = line
    word = ("  TERBUKA · released", "bold green") if pins.relay else ("  terkunci · locked", "dim")
    lines[7] = Text(*word)
    return lines
