"""From an issued pass to the bytes of a page, or to blocks on a terminal; the one door into this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning.printing import card, draw, words

if TYPE_CHECKING:
    from typing import TextIO

    from provisioning.issuing import Issued


def render(issued: Issued, issuer: str, offset_s: int, suffix: str) -> bytes:
    """Draw a pass in the form that a file's suffix names; `.txt` is the code alone on one line.

    Times are shown at `offset_s` from UTC. Another suffix is a bug of the caller.
    """
    if suffix == ".txt":
        return issued.code.encode("ascii") + b"\n"
    return _drawn(issued.code, words.describe(issued.claims, issuer, offset_s), issued.claims.issued, suffix)


def render_card(code: str, said: words.Words, made: int, suffix: str) -> bytes:
    """Draw a service card in the form that a file's suffix names, made at a time in Unix seconds."""
    return code.encode("ascii") + b"\n" if suffix == ".txt" else _drawn(code, said, made, suffix)


def _drawn(code: str, said: words.Words, made: int, suffix: str) -> bytes:
    """Lay a page out and draw it."""
    layout = card.lay_out(code, said)
    match suffix:
        case ".png":
            return draw.png(layout)
        case ".svg":
            return draw.svg(layout)
        case ".pdf":
            return draw.pdf(layout, made)
        case _:
            raise ValueError(suffix)


def draw_on_terminal(issued: Issued, terminal: TextIO) -> None:
    """Draw the code with half blocks, two modules to a letter, quiet zone included."""
    card.symbol(issued.code).terminal(out=terminal, border=card.QUIET_MODULES, compact=True)
