"""What each reader was shown so far of a pass over several codes; it belongs to the controller thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.passes.chunks import NOTHING, Held, collect

if TYPE_CHECKING:
    from firmware.events import CodesPresented, Instant


class Collecting:
    """Puts the codes of a pass together, for each reader by itself and for a short time."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._held: dict[str, Held] = {}

    def deadline_ms(self) -> int | None:
        """Say when (ms) what was shown so far is to be forgotten."""
        return min((held.until_ms for held in self._held.values()), default=None)

    def settle(self, now: Instant) -> None:
        """Forget what was shown too long ago: it is somebody's certificate."""
        self._held = {reader: held for reader, held in self._held.items() if now.ms < held.until_ms}

    def take(self, event: CodesPresented, now: Instant) -> tuple[bytes, ...]:
        """Return the codes that are to be read: to one of several are added those that were shown before it."""
        held, codes = collect(self._held.pop(event.reader, NOTHING), event.codes, now.ms)
        if held != NOTHING:
            self._held[event.reader] = held
        return codes
