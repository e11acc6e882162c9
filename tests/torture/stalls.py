"""How late this machine itself is: a thread that wants to be woken often, and notes when it was not.

A gate under test shares the machine. Where something took too long, a stall of everybody at that time says whose fault
it was; it excuses nothing.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Self

from hw.clock import boottime_ms

if TYPE_CHECKING:
    from tests.torture.pins import Span

_TURN_MS: Final = 20
WORTH_MS: Final = 100
"""A lateness that is worth a word."""


class Stalls:
    """While entered, remembers every time at which this process was woken too late."""

    def __init__(self) -> None:
        """Begin with none."""
        self._late: list[tuple[int, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stalls", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()

    def worst_ms(self, span: Span | None = None) -> int:
        """Say how long everybody waited in vain at the worst, in a span or in all; 0 where it is not worth a word."""
        end_ms = boottime_ms() if span is None or span.to_ms is None else span.to_ms
        began_ms = 0 if span is None else span.from_ms
        return max((late for at_ms, late in list(self._late) if began_ms <= at_ms <= end_ms + late), default=0)

    def _watch(self) -> None:
        due_ms = boottime_ms() + _TURN_MS
        while not self._over.wait(max(0, due_ms - boottime_ms()) / 1000):
            now_ms = boottime_ms()
            if now_ms - due_ms >= WORTH_MS:
                self._late.append((now_ms, now_ms - due_ms))
            due_ms = now_ms + _TURN_MS
