"""The layout of an A6 day pass: where the code and each line of text stand, in millimetres. It draws nothing itself.

The code is error-corrected at level M and stands in a quiet zone of four modules, because readers need one
(ISO/IEC 18004, section 5.3.8). All three renderers draw exactly this, so a PNG and a PDF never differ.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import segno

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provisioning.printing.words import Words

WIDTH_MM: Final = 105.0
HEIGHT_MM: Final = 148.0
CODE_MM: Final = 80.0
CODE_TOP_MM: Final = 23.0
QUIET_MODULES: Final = 4
_MARGIN_MM: Final = 6.0
_EM_PER_LETTER: Final = 0.56
"""A cautious average width of a letter, in heights of the type."""
_LEADING: Final = 1.25
_GAP_MM: Final = 1.2
_MOST_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Text:
    """One centred line of type: its base line from the top and its height, in millimetres."""

    baseline_mm: float
    size_mm: float
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A page with a code and text; `modules` are the rows of the code without its quiet zone, true is dark."""

    modules: tuple[tuple[bool, ...], ...]
    texts: tuple[Text, ...]

    @property
    def module_mm(self) -> float:
        """The side of one module."""
        return CODE_MM / (len(self.modules) + 2 * QUIET_MODULES)

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Yield horizontal runs of dark modules as (row, first column, length)."""
        for row, cells in enumerate(self.modules):
            start = None
            for column, dark in enumerate((*cells, False)):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    yield row, start, column - start
                    start = None


def symbol(code: str) -> segno.QRCode:
    """Draw a code as a QR symbol."""
    return segno.make_qr(code, error="m", boost_error=False)


def lay_out(code: str, words: Words) -> Card:
    """Place a code and its words on the page."""
    modules = tuple(tuple(bool(cell) for cell in row) for row in symbol(code).matrix)
    return Card(modules, (*_head(words), *_foot(words)))


def _head(words: Words) -> Iterator[Text]:
    """Place who issued the pass and what it is, above the code."""
    yield Text(9.0, 3.2, _fit(words.issuer, 3.2, 1)[0])
    yield Text(16.5, 7.0, _fit(words.pass_class.indonesian, 7.0, 1)[0], bold=True)
    yield Text(21.0, 3.4, words.pass_class.english)


def _foot(words: Words) -> Iterator[Text]:
    """Place areas, time and remarks below the code; a full page is set smaller, and long lists end in dots."""
    groups = [
        [(part, 3.6, True) for part in _fit(f"{words.label}: {words.places}", 3.6, _MOST_LINES)],
        [(line.indonesian, 3.2, False) for line in words.period],
        [(line.english, 2.4, False) for line in words.period],
    ]
    for note in words.notes:
        large = [(part, 3.2, True) for part in _fit(note.indonesian, 3.2, _MOST_LINES)]
        groups.append(large + [(part, 2.4, False) for part in _fit(note.english, 2.4, _MOST_LINES)])
    groups.append([(words.advice.indonesian, 2.4, False), (words.advice.english, 2.4, False)])
    height = sum(size * _LEADING for group in groups for _, size, _ in group) + _GAP_MM * (len(groups) - 1)
    shrink = min(1.0, (HEIGHT_MM - _MARGIN_MM - CODE_TOP_MM - CODE_MM) / height)
    baseline = CODE_TOP_MM + CODE_MM
    for group in groups:
        for text, size, bold in group:
            baseline += size * _LEADING * shrink
            yield Text(baseline, size * shrink, text, bold)
        baseline += _GAP_MM * shrink


def _fit(text: str, size_mm: float, most: int) -> list[str]:
    """Break a text into lines that fit the width; what is beyond the last line ends in an ellipsis."""
    letters = int((WIDTH_MM - 2 * _MARGIN_MM) / (size_mm * _EM_PER_LETTER))
    lines = textwrap.wrap(text, letters, max_lines=most, placeholder=" ...", break_on_hyphens=False)
    return lines or [""]
