"""What the pin keeper saw: every change of every pin since the demonstration began, and the times a pin was on.

One thread takes the changes; it sets no pin. `spans` is pure.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hw.keeper_client import PinChange, Watch


@dataclass(frozen=True, slots=True)
class Span:
    """One time of being on, in CLOCK_BOOTTIME; `ended_ms` is None while it lasts."""

    began_ms: int
    ended_ms: int | None

    def outlives(self, others: Sequence[Span]) -> int:
        """Return for how many ms this one lasted, or began, while none of the others did; at most its length."""
        if self.ended_ms is None:
            return 0
        outside_ms = self.ended_ms - self.began_ms
        for other in others:
            until_ms = self.ended_ms if other.ended_ms is None else other.ended_ms
            outside_ms -= max(0, min(self.ended_ms, until_ms) - max(self.began_ms, other.began_ms))
        return outside_ms


def spans(changes: Sequence[PinChange], pin: int) -> tuple[Span, ...]:
    """Return the times in which a pin was on, in order."""
    found: list[Span] = []
    began_ms: int | None = None
    for change in changes:
        if change.pin != pin:
            continue
        if change.level and began_ms is None:
            began_ms = change.boottime_ms
        elif not change.level and began_ms is not None:
            found.append(Span(began_ms, change.boottime_ms))
            began_ms = None
    return tuple(found) if began_ms is None else (*found, Span(began_ms, None))


class PinLog:
    """The changes so far; any thread may ask."""

    def __init__(self, watch: Watch) -> None:
        """Begin to take what the watch delivers."""
        self._watch = watch
        self._changed = threading.Condition()
        self._changes: list[PinChange] = []
        self._levels = dict(watch.levels)
        self._thread = threading.Thread(target=self._take, name="pin-log", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the watch."""
        self._watch.close()
        self._thread.join()

    def changes(self, since: int = 0) -> tuple[PinChange, ...]:
        """Return what changed after the first `since` changes."""
        with self._changed:
            return tuple(self._changes[since:])

    def on(self, pin: int) -> bool:
        """Whether a pin is on now."""
        with self._changed:
            return self._levels.get(pin, False)

    def wait(self, enough: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until a change makes `enough` true, and say whether it is."""
        with self._changed:
            return self._changed.wait_for(enough, timeout_s)

    def _take(self) -> None:
        for change in self._watch:
            with self._changed:
                self._changes.append(change)
                self._levels[change.pin] = change.level
                self._changed.notify_all()
