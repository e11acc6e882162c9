"""Whether an order to run another release came to nothing so that a person must look: an alarm and two numbers.

It begins with an order that is turned down, or that waits for somebody, and ends with the next one that is applied. It
belongs to the library's thread; asking is one reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.events import Alarm
from firmware.updating.faults import BY_ITSELF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.control.desired import Held
    from firmware.control.turned_down import TurnedDown
    from firmware.updating.faults import Fault


class Failing:
    """`digest` (hex) names the order that failed; None while nothing is wrong."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._digest: str | None = None
        self._for_good = False
        self._turned_down = 0

    def begin(self, down: TurnedDown) -> None:
        """Go on with what an earlier run turned down."""
        self._digest, self._for_good = down.digest, True

    def turned_down(self, order: Held) -> None:
        """Take in that an order has ended, and not as it says."""
        self._digest, self._for_good = order.document.digest, True
        self._turned_down += 1

    def hindered(self, order: Held, fault: Fault) -> None:
        """Take in what is in the way of an order that stands; what passes without anybody is no failure."""
        if fault not in BY_ITSELF and not self._for_good:
            self._digest = order.document.digest

    def goes_on(self, order: Held) -> None:
        """Take in that nothing is in the way of this order any more; one that was turned down stays so."""
        if not self._for_good and self._digest == order.document.digest:
            self._digest = None

    def over(self) -> None:
        """Take in that an order was applied, or taken back."""
        self._digest, self._for_good = None, False

    def alarms(self) -> frozenset[tuple[Alarm, str]]:
        """Name the alarm that holds, if it does."""
        return frozenset() if self._digest is None else frozenset({(Alarm.UPDATE_FAILED, "")})

    def counters(self) -> dict[str, int]:
        """Flat numbers for health."""
        counted = {"updates_turned_down": self._turned_down} if self._turned_down else {}
        return {"update_failed": int(self._digest is not None)} | counted


def last_down(down: Iterable[TurnedDown], shelf: Iterable[Held]) -> TurnedDown | None:
    """Name what was turned down last, unless a later order is on the shelf, which was applied or took it back."""
    newest = max((one.floor.rank for one in shelf), default=(0, 0))
    last = next(reversed([*down]), None)
    return None if last is None or last.floor.rank < newest else last
