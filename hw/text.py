"""What a display of two lines can show: so many characters, and only those that its character generator has.

Pure: no bus, no thread. Text is data of the caller; here it is only made to fit.
"""

from __future__ import annotations

import unicodedata
from typing import Final

COLUMNS: Final = 16
BLANK: Final = ("", "")

_GENERATOR: Final = frozenset(map(chr, range(0x20, 0x7E))) - {"\\"}
"""What both common character sets of an HD44780 (A00, A02) draw alike: ASCII without backslash and tilde."""


def fitted(lines: tuple[str, str]) -> tuple[str, str]:
    """Return the text as it will stand: accents dropped, what cannot be drawn as `?`, cut to the width."""
    top, bottom = (_fit(line) for line in lines)
    return top, bottom


def _fit(line: str) -> str:
    plain = (sign for sign in unicodedata.normalize("NFKD", line) if not unicodedata.combining(sign))
    return "".join(sign if sign in _GENERATOR else "?" for sign in plain)[:COLUMNS].rstrip()
