"""What codes of a document come to that are held before a reader: parts, a whole, or why not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.setup.machine import PartShown, Refused
from firmware.setup.reasons import Why
from firmware.signed import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.setup.machine import Event

PATIENCE_MS: Final = 30_000
"""Whoever has shown a part and shows no other for so long is told that some are missing."""


QUIET_MS: Final = 1_000


class Showing:
    """The codes of one door; times in CLOCK_BOOTTIME ms."""

    def __init__(self) -> None:
        """Begin with none."""
        self._collector = codes.Collector()
        self._half_ms: int | None = None
        self._quiet_ms = 0
        self.untold = 0

    def shown(self, frame: Iterable[bytes], now_ms: int, *, open_: bool) -> tuple[list[Event], list[bytes]]:
        """Look at the codes of a frame; answers what is to be told, and every envelope that is whole."""
        told: list[Event] = []
        whole: list[bytes] = []
        for code in frame:
            if not open_:
                return self._refused(Why.WINDOW_CLOSED, now_ms), []
            found = self._collector.take(code)
            if isinstance(found, codes.Whole):
                self._half_ms = None
                whole.append(found.envelope)
            elif isinstance(found, codes.Part):
                self._half_ms = now_ms
                told.append(PartShown(len(found.have), found.of))
            else:
                told += self._refused(Why.BAD_CODE, now_ms)
        if whole:
            self._collector.forget()
        return told, whole

    def _refused(self, why: Why, now_ms: int) -> list[Event]:
        """Tell a refusal, at most one in a second: whoever shows many only counts as `untold`."""
        if now_ms < self._quiet_ms:
            self.untold += 1
            return []
        self._quiet_ms = now_ms + QUIET_MS
        return [Refused(why)]

    def settle(self, now_ms: int) -> Event | None:
        """Say once that a set is not whole."""
        if self._half_ms is None or now_ms < self._half_ms + PATIENCE_MS:
            return None
        self._half_ms = None
        return Refused(Why.HALF_SET)

    def deadline_ms(self) -> int | None:
        """Say when that is due."""
        return None if self._half_ms is None else self._half_ms + PATIENCE_MS
