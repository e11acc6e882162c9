"""Text that somebody published, made fit for a terminal. Pure."""

from __future__ import annotations

from typing import Final

MAX_TEXT: Final = 400
MAX_LABEL: Final = 64


def plain(value: object, most: int = MAX_TEXT) -> str | None:
    """Make a text fit for a terminal: nothing that moves a cursor, turns the writing round or is endless."""
    if not isinstance(value, str):
        return None
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
