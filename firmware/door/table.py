"""The room's tables as Markdown, printed from what the code runs: transitions, postures, alarms, signals.

`firmware/door/README.md` holds this text, and a test compares the two. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door.lane_table import LANE_TRANSITIONS
from firmware.door.leaf_table import TRANSITIONS
from firmware.door.meanings import MEANINGS
from firmware.door.postures import LENIENT
from firmware.door.reasons import REASONS
from firmware.door.signals import PATTERNS, REFUSALS
from firmware.door.words import WORDS
from firmware.events import NO_ENTRY, Alarm, Authority, Posture, Reason, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.door.lane_table import LaneTransition
    from firmware.door.leaf_table import Transition

NOTHING: Final = "-"


def markdown() -> str:
    """Print every table of the room, each under its heading."""
    moves = ("in phase", "when", "then", "and does, in this order")
    tables = (
        ("Every transition of a leaf", moves, _transitions(TRANSITIONS)),
        ("Every transition of a lane", moves, _transitions(LANE_TRANSITIONS)),
        ("Who puts a door into its posture, the strongest first", ("authority",), ((f"`{one}`",) for one in Authority)),
        ("What a posture does", ("posture", "way in", "open leaf", "lock that may be held", "way out"), _postures()),
        ("Every alarm", ("alarm", "cause", "clear", "first action"), _alarms()),
        ("Every reason", ("reason", "cause", "first action", "signal"), _reasons()),
        ("Every signal", ("signal", "colour", "rhythm, ms", "tone, Hz x ms", "Indonesian", "English"), _signals()),
    )
    return "\n".join(f"### {title}\n\n{_table(head, rows)}" for title, head, rows in tables)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _transitions(rows: Iterable[Transition | LaneTransition]) -> Iterable[tuple[str, ...]]:
    return ((f"`{row.phase}`", row.trigger, f"`{row.then}`", ", ".join(row.acts) or NOTHING) for row in rows)


def _postures() -> Iterable[tuple[str, ...]]:
    for posture in Posture:
        way_in = f"nobody: `{NO_ENTRY[posture]}`" if posture in NO_ENTRY else "who is granted it"
        leaf, lock = ("is right", "held released") if posture in LENIENT else ("is watched", "at rest")
        yield f"`{posture}`", way_in, leaf, lock, "free"


def _alarms() -> Iterable[tuple[str, ...]]:
    return ((f"`{alarm}`", *MEANINGS[alarm]) for alarm in Alarm)


def _reasons() -> Iterable[tuple[str, ...]]:
    return ((f"`{reason}`", *REASONS[reason], f"`{REFUSALS[reason]}`") for reason in Reason)


def _signals() -> Iterable[tuple[str, ...]]:
    for signal in Signal:
        pattern, words = PATTERNS[signal], WORDS[signal]
        tone = ", ".join(f"{hertz} x {ms}" if hertz else f"rest {ms}" for hertz, ms in pattern.notes)
        rhythm = " ".join(map(str, pattern.rhythm)) or ("steady" if signal is not Signal.DARK else "")
        cells = pattern.colour, rhythm, tone, *(one.line for one in words)
        yield f"`{signal}`", *(cell or NOTHING for cell in cells)
