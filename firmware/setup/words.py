"""How a set-up is seen and heard: flashes that count the stage, a colour that says who moves next, words for both.

Blue is the gate at work, yellow that it will try again by itself, red that somebody has to do something; what they do
is said by as many flashes as the stage has. It is never green: green is the door's, and means that the way is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door.words import Words
from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Need, Why
from firmware.setup.stages import STAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.setup.machine import Setup

PHRASE_PREFIX: Final = "setup-"
LIT_MS, DARK_MS, PAUSE_MS = 200, 300, 1_500
"""One flash, what lies between two of them, and between two countings."""

COLOURS: Final[Mapping[Need, str]] = {Need.ITSELF: "yellow", Need.CODE: "red", Need.HAND: "red"}
AT_WORK: Final = "blue"

_WORDS: Final[Mapping[Stage, tuple[str, str, str, str]]] = {
    Stage.CODES: ("TUNJUKKAN LEMBAR", "Tunjukkan kode pemasangan.", "SHOW THE SHEET", "Show the set-up codes."),
    Stage.NETWORK: ("CARI JARINGAN", "Mencari jaringan.", "NETWORK...", "Looking for the network."),
    Stage.ENROL: ("MENDAFTAR", "Mendaftar.", "ENROLLING", "Enrolling."),
    Stage.KEEP: ("MENYIMPAN", "Menyimpan.", "KEEPING", "Keeping the configuration."),
    Stage.BROKER: ("KE SERVER", "Menyambung ke server.", "TO THE BROKER", "Connecting to the broker."),
    Stage.LISTS: ("MENUNGGU DAFTAR", "Menunggu daftar dan aturan.", "WAIT FOR LISTS", "Waiting for the lists."),
    Stage.TEST: ("UJI DIRI", "Uji diri.", "SELF-TEST", "Testing itself."),
    Stage.REPORT: ("MELAPOR", "Melapor.", "REPORTING", "Reporting."),
    Stage.DONE: ("GERBANG SIAP", "Gerbang siap.", "GATE IS READY", "The gate is ready."),
}


def flashes(count: int) -> tuple[int, ...]:
    """Write so many flashes as on and off times (ms); none is a steady light."""
    return () if not count else (*(LIT_MS, DARK_MS) * (count - 1), LIT_MS, PAUSE_MS)


def lamp(setup: Setup, said: Stage | Why | None = None) -> tuple[str, tuple[int, ...]]:
    """Say in which colour and rhythm the lamp tells how far a set-up is, or what was `said` just now."""
    why = said if isinstance(said, Why) else setup.why
    colour = AT_WORK if why is None else COLOURS[MEANINGS[why].need]
    return colour, flashes(STAGES[setup.stage].flashes)


def words(what: Stage | Why) -> tuple[Words, Words]:
    """Say it in Indonesian and English."""
    if isinstance(what, Why):
        return MEANINGS[what].words
    line, spoken, line_en, spoken_en = _WORDS[what]
    return Words(line, spoken), Words(line_en, spoken_en)


def lines(what: Stage | Why) -> tuple[str, str]:
    """Return the two lines of a display: Indonesian above English."""
    first, second = words(what)
    return first.line, second.line


def phrases(language: int) -> dict[str, str]:
    """List what a voice may be asked to say in one language, by the name of its recording."""
    every: tuple[Stage | Why, ...] = (*Stage, *Why)
    return {PHRASE_PREFIX + one.value: words(one)[language].spoken for one in every}


def table() -> str:
    """Print the stages and the reasons for the room's README."""
    rows = ["| flashes | stage | the gate |", "|---|---|---|"]
    rows += [f"| {row.flashes or 'none'} | `{stage}` | {row.what} |" for stage, row in STAGES.items()]
    rows += ["", "| reason | lamp | display | resumes at | first action |", "|---|---|---|---|---|"]
    for why in Why:
        meaning = MEANINGS[why]
        shown = " / ".join(one.line for one in meaning.words)
        rows.append(f"| `{why}` | {COLOURS[meaning.need]} | {shown} | `{meaning.resumes}` | {meaning.action} |")
    return "\n".join(rows) + "\n"
