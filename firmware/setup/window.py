"""When codes of a document count: always at a blank gate, at one that is set up only while a window is open.

The button in the case opens it, held for five seconds while the case is open, which only somebody inside with a key can
do; or a signed command. Pure.
"""

from __future__ import annotations

from typing import Final

from firmware.events import Contact, Level

HELD_MS: Final = 5_000


class Window:
    """The window of one gate; times in CLOCK_BOOTTIME ms."""

    def __init__(self, *, always: bool, for_ms: int) -> None:
        """Begin closed, but at a blank gate; `for_ms` is how long the button opens it."""
        self.always = always
        self._for_ms = for_ms
        self._until_ms: int | None = None
        self._opened = False
        self._pressed_ms: int | None = None
        self._case_open = False
        self._rested = False

    def is_open(self, now_ms: int) -> bool:
        """Say whether a document is taken now."""
        return self.always or (self._until_ms is not None and now_ms < self._until_ms)

    def open(self, for_ms: int, now_ms: int) -> None:
        """Open it for so long from now; a longer one that is open stays so."""
        until_ms = now_ms + for_ms
        self._until_ms = until_ms if self._until_ms is None else max(until_ms, self._until_ms)

    def contact(self, contact: Contact, level: Level) -> None:
        """Take a contact in; a button that was never seen at rest, or a wire that is no good, opens nothing."""
        match contact:
            case Contact.TAMPER:
                self._case_open = level is Level.ACTIVE
            case Contact.SERVICE if level is Level.ACTIVE and self._rested:
                self._pressed_ms = -1 if self._pressed_ms is None else self._pressed_ms
            case Contact.SERVICE:
                self._rested |= level is Level.REST
                self._pressed_ms = None
            case _:
                return
        if not self._case_open:
            self._pressed_ms = None

    def settle(self, now_ms: int) -> bool:
        """Let time pass; true once when the button has been held for long enough."""
        if self._pressed_ms is None:
            return False
        if self._pressed_ms < 0:
            self._pressed_ms = now_ms
        if now_ms < self._pressed_ms + HELD_MS:
            return False
        self._pressed_ms, self._rested = None, False
        self.open(self._for_ms, now_ms)
        return True

    def deadline_ms(self) -> int | None:
        """Say when a button that is held has been held for long enough."""
        return None if self._pressed_ms is None else max(0, self._pressed_ms) + HELD_MS
