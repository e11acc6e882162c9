"""Evacuations of a group: two people sign the same one, or it does not happen.

It keeps what one person has signed until that order's end. It knows no clock and moves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.events import Instant
    from firmware.signed.command import Order

MOST: Final = 8
"""Orders that may wait for somebody's second signature."""

MOST_OF_ONE: Final = 2
"""Of one person: who signs more, or holds a stolen key, must leave room for everybody else."""


class Seconding:
    """Orders that one person has signed."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: dict[str, Order] = {}

    def wait(self, order: Order) -> bool:
        """Let an order wait for another signature; false if too many do, or too many of the same person or key."""
        theirs = sum(one.operator == order.operator or one.signer == order.signer for one in self._waiting.values())
        if len(self._waiting) >= MOST or theirs >= MOST_OF_ONE:
            return False
        self._waiting[order.id] = order
        return True

    def seconded(self, order: Order, now: Instant) -> Order | None:
        """Take the order that this one seconds: the same for the same group, in time, signed by somebody else."""
        first = self._waiting.get(order.second or "")
        if first is None or now.latest >= first.expires:
            return None
        if first.signer == order.signer or first.operator == order.operator:
            return None
        if (first.group, dict(first.args)) != (order.group, dict(order.args)):
            return None
        return self._waiting.pop(first.id)

    def over(self, now: Instant) -> list[Order]:
        """Take those whose time may be over."""
        over = [order for order in self._waiting.values() if now.latest >= order.expires]
        for order in over:
            del self._waiting[order.id]
        return over
