"""Commands that this gate has seen: no id counts twice, over a restart too.

It holds ids and when each command expires, filled from the journal at the start. It knows no clock and no disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST: Final = 4_096
"""Ids that are remembered: more commands than operators can sign within their lives."""

KEPT_S: Final = 86_400
"""How long beyond its end an id is remembered while there is room: a clock that went ahead and comes back finds it."""


class Known:
    """Ids of commands and their ends (Unix seconds)."""

    def __init__(self, obeyed: Mapping[str, int]) -> None:
        """Begin with what the journal remembers."""
        self._ends = dict(obeyed)

    def __contains__(self, command: str) -> bool:
        """Whether a command was seen."""
        return command in self._ends

    def learn(self, obeyed: Iterable[tuple[str, int]]) -> None:
        """Take in what a journal remembers that could be read only now."""
        self._ends |= dict(obeyed)

    def add(self, command: str, expires: int, earliest: int) -> bool:
        """Remember a command; false if there is no room, and then it must not be obeyed.

        `earliest` is the least that the time may be. Where room is short, what is certainly over goes at once.
        """
        self._forget(earliest - KEPT_S)
        if len(self._ends) >= MOST:
            self._forget(earliest)
        if len(self._ends) >= MOST:
            return False
        self._ends[command] = expires
        return True

    def _forget(self, before: int) -> None:
        """Drop what ended before a moment."""
        self._ends = {command: ends for command, ends in self._ends.items() if ends >= before}
