"""The light card to hang beside a door or carry in a pocket: what lamp and display say, out of the gate's own tables.

First what a door says to people, then what a gate says while it is set up. It draws nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door.signals import PATTERNS
from firmware.door.words import WORDS
from firmware.events import Signal
from firmware.setup import words as setup
from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Why
from firmware.setup.stages import STAGES
from provisioning.printing import paper
from provisioning.printing.paper import A4_MM, Box, Mark, Page, Text
from provisioning.printing.words import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH_MM, HEIGHT_MM = A4_MM
TITLE: Final = Line("KARTU LAMPU", "Light card")
AT_THE_DOOR: Final = Line("Di pintu", "At the door")
SETTING_UP: Final = Line("Saat pemasangan", "While a gate is set up")
COLOURS: Final = {
    "white": Line("putih", "white"),
    "green": Line("HIJAU", "green"),
    "yellow": Line("KUNING", "yellow"),
    "red": Line("MERAH", "red"),
    "blue": Line("BIRU", "blue"),
}
NO_GREEN: Final = Line(
    "Hijau hanya berarti: jalan bebas. Lampu mati: perangkat mati; yang di dalam keluar dengan tombol.",
    "Green means only that the way is free. No lamp: no power; whoever is inside leaves by the button.",
)
COUNTED: Final = Line(
    "Hitung kedipnya: itulah langkahnya. Biru: bekerja. Kuning: mencoba lagi sendiri. Merah: perlu tindakan.",
    "Count the flashes: they name the step. Blue: at work. Yellow: tries again by itself. Red: somebody has to act.",
)

_MARGIN: Final = 12.0
_ROOM: Final = WIDTH_MM - 2 * _MARGIN
_BAR_MM, _BAR_MS = 42.0, 3_000
_GREY: Final = 90
_SIGNALS_ROW: Final = 12.0
_REASONS_ROW: Final = 6.4
_STAGE: Final = 92.0


def pages() -> list[Page]:
    """Lay out both pages."""
    return [Page(WIDTH_MM, HEIGHT_MM, tuple(_door())), Page(WIDTH_MM, HEIGHT_MM, tuple(_set_up()))]


def lit(rhythm: Sequence[int], span_ms: int) -> list[tuple[int, int]]:
    """List from when to when (ms) a lamp is on within a span; on and off times take turns and begin anew."""
    if not rhythm:
        return [(0, span_ms)]
    spans, at, turn = [], 0, 0
    while at < span_ms:
        until = min(at + rhythm[turn % len(rhythm)], span_ms)
        if turn % 2 == 0:
            spans.append((at, until))
        at, turn = until, turn + 1
    return spans


def _head(what: Line, remark: Line) -> Iterator[Mark]:
    yield Text(_MARGIN, 18.0, 8.0, TITLE.indonesian, bold=True)
    yield Text(WIDTH_MM - _MARGIN, 18.0, 5.0, f"{what.indonesian}  /  {what.english}", align="right")
    yield Box(_MARGIN, 21.0, _ROOM, 0.5, grey=0)
    yield Text(_MARGIN, 27.0, paper.fitted(remark.indonesian, 3.6, _ROOM), remark.indonesian, bold=True)
    yield Text(_MARGIN, 31.5, paper.fitted(remark.english, 3.0, _ROOM), remark.english, grey=_GREY)


def _door() -> Iterator[Mark]:
    """Say each signal: colour and rhythm over three seconds, the display's line, and what is spoken."""
    yield from _head(AT_THE_DOOR, NO_GREEN)
    y = 42.0
    for signal, pattern in PATTERNS.items():
        if signal is Signal.DARK:
            continue
        colour, (first, second) = COLOURS[pattern.colour], WORDS[signal]
        yield Text(_MARGIN, y, 4.4, colour.indonesian, bold=True)
        yield Text(_MARGIN, y + 4.2, 2.8, colour.english, grey=_GREY)
        yield from _bar(_MARGIN + 24, y - 3.2, pattern.rhythm)
        yield Text(_MARGIN + 72, y, 4.4, first.line, bold=True)
        yield Text(_MARGIN + 72, y + 4.2, 2.8, second.line, grey=_GREY)
        yield Text(_MARGIN + 122, y, paper.fitted(first.spoken, 3.2, _ROOM - 122), first.spoken)
        yield Text(_MARGIN + 122, y + 4.2, paper.fitted(second.spoken, 2.8, _ROOM - 122), second.spoken, grey=_GREY)
        y += _SIGNALS_ROW


def _bar(x: float, y: float, rhythm: Sequence[int]) -> Iterator[Mark]:
    """Draw three seconds of a lamp."""
    for begins, ends in lit(rhythm, _BAR_MS):
        yield Box(x + begins / _BAR_MS * _BAR_MM, y, (ends - begins) / _BAR_MS * _BAR_MM, 4.0, grey=0)
    yield Box(x, y, _BAR_MM, 4.0)


def _set_up() -> Iterator[Mark]:
    """Say each stage by its flashes, then each reason by its lamp, its line and the first action."""
    yield from _head(SETTING_UP, COUNTED)
    y = 40.0
    flashes: dict[int, list[tuple[str, str]]] = {}
    for stage, row in STAGES.items():
        first, second = setup.words(stage)
        flashes.setdefault(row.flashes, []).append((first.line, second.line))
    for count, lines in flashes.items():
        number = f"{count}x" if count else "selesai"
        yield Text(_MARGIN, y, 3.6, number, bold=True)
        indonesian, english = (", ".join(words) for words in zip(*lines, strict=True))
        yield Text(_MARGIN + 16, y, paper.fitted(indonesian, 3.4, _STAGE - 16), indonesian)
        yield Text(_MARGIN + _STAGE, y, paper.fitted(english, 2.8, _ROOM - _STAGE), english, grey=_GREY)
        y += 5.2
    y += 3.0
    for why in Why:
        meaning = MEANINGS[why]
        first, second = meaning.words
        colour = COLOURS[setup.COLOURS[meaning.need]]
        count = STAGES[meaning.resumes].flashes
        yield Text(_MARGIN, y, 3.0, f"{colour.indonesian} {count}x" if count else colour.indonesian, bold=True)
        yield Text(_MARGIN + 23, y, 3.0, first.line, bold=True)
        yield Text(_MARGIN + 62, y, paper.fitted(first.spoken, 3.0, _ROOM - 62), first.spoken)
        told = f"{second.line}: {meaning.action}"
        yield Text(_MARGIN + 62, y + 2.7, paper.fitted(told, 2.4, _ROOM - 62), told, grey=_GREY)
        y += _REASONS_ROW
