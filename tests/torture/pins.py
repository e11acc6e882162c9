"""Every change of every pin from the keeper, kept in order, and what a lamp may never have said.

The keeper is asked, never the gate. Waiting is for a change, never for a time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from hw.keeper_client import KeeperClient
from provisioning.rig.gate import GREEN, RELAY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from hw.keeper_client import PinChange

WITHIN_S: Final = 5.0
"""How long anything at the door may take before it counts as not happening."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of CLOCK_BOOTTIME; without an end it still lasts."""

    from_ms: int
    to_ms: int | None

    def within(self, others: Iterable[Span]) -> bool:
        """Whether one of the others holds the end of this one."""
        return any(
            self.to_ms is not None and other.to_ms is not None and other.from_ms <= self.to_ms <= other.to_ms
            for other in others
        )


class PinRecord:
    """Watches a keeper from its creation to `close`."""

    def __init__(self, path: str) -> None:
        """Connect and begin."""
        self._client = KeeperClient(path)
        self._watch = self._client.watch()
        self._changes: list[PinChange] = []
        self._levels = dict(self._watch.levels)
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._follow, name="pin-record", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the watch."""
        self.close()

    def close(self) -> None:
        """End the watch; what was recorded stays."""
        self._watch.close()
        self._thread.join()
        self._client.close()

    def level(self, pin: int) -> bool:
        """Ask the keeper for a level."""
        return self._client.levels().get(pin, False)

    def press(self, pin: int, *, level: bool) -> None:
        """Set an input's level, as a button does."""
        self._client.set(pin, level=level)

    def mark(self) -> int:
        """Name this moment for `since`: how many changes there were."""
        with self._changed:
            return len(self._changes)

    def since(self, mark: int, pin: int | None = None) -> list[PinChange]:
        """Return the changes after a mark, of one pin or of all."""
        with self._changed:
            return [change for change in self._changes[mark:] if pin in (None, change.pin)]

    def rises(self, pin: int, mark: int) -> int:
        """Count how often a pin rose after a mark."""
        return sum(change.level for change in self.since(mark, pin))

    def rose(self, pin: int, mark: int, timeout_s: float = WITHIN_S) -> bool:
        """Wait until a pin has risen after a mark; say whether it did."""
        return self._wait(lambda: any(one.pin == pin and one.level for one in self._changes[mark:]), timeout_s)

    def first(self, pins: Collection[int], mark: int, timeout_s: float = WITHIN_S) -> int | None:
        """Wait until one of these pins has risen after a mark, and return the one that was first."""
        self._wait(lambda: self._first(pins, mark) is not None, timeout_s)
        with self._changed:
            return self._first(pins, mark)

    def rests(self, *pins: int, timeout_s: float = WITHIN_S) -> bool:
        """Wait until all these pins are low; say whether they are."""
        return self._wait(lambda: not any(self._levels.get(pin) for pin in pins), timeout_s)

    def _first(self, pins: Collection[int], mark: int) -> int | None:
        return next((one.pin for one in self._changes[mark:] if one.pin in pins and one.level), None)

    def _wait(self, happened: Callable[[], bool], timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(happened, timeout_s)

    def _follow(self) -> None:
        for change in self._watch:
            with self._changed:
                self._changes.append(change)
                self._levels[change.pin] = change.level
                self._changed.notify_all()


def green_without_release(changes: Iterable[PinChange]) -> list[Span]:
    """Return every stretch in which the green lamp was lit while the relay was at rest."""
    relay = green = False
    began_ms: int | None = None
    found: list[Span] = []
    for change in changes:
        relay = change.level if change.pin == RELAY else relay
        green = change.level if change.pin == GREEN else green
        if green and not relay:
            began_ms = change.boottime_ms if began_ms is None else began_ms
        elif began_ms is not None:
            found.append(Span(began_ms, change.boottime_ms))
            began_ms = None
    return found if began_ms is None else [*found, Span(began_ms, None)]
