"""Codes of every kind that people hold up, each with the answer it must get: known from how it was made.

The oracle never asks the firmware what a code means. Whoever makes the codes decides what is wrong with them.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes import gp1
from firmware.signed import base45
from provisioning.issuing import Order
from tests.issuing import Issuer

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from provisioning.issuing import Desk

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Paper:
    """A code, and what must come of it at an outside reader; without a reason the door opens."""

    kind: str
    code: bytes
    reason: Reason | None = None
    pass_class: str | None = None


@dataclass(slots=True)
class Office:
    """Makes papers; `desk` is the one that the gate trusts."""

    desk: Desk
    chance: random.Random
    stranger: Issuer = field(default_factory=Issuer)
    _spent: list[bytes] = field(default_factory=list)

    def papers(self, count: int) -> list[Paper]:
        """Make a mixture: about a third may pass, the others are refused for every reason there is."""
        kinds = list(_MAKERS)
        weights = [_WEIGHTS.get(kind, 1) for kind in kinds]
        return [_MAKERS[kind](self) for kind in self.chance.choices(kinds, weights, k=count)]

    def good(self, who: str = "visitor", entries: int | None = None, then_s: int = 0) -> Paper:
        """Issue a pass that opens the rig's door now, or at another time, so many seconds from now."""
        return Paper(f"good-{who}", self._issue(self._order(who, entries, then_s), then_s), None, who)

    def once(self) -> Paper:
        """Issue a pass for one entry, which is then spent."""
        paper = self.good(entries=1)
        self._spent.append(paper.code)
        return replace(paper, kind="once")

    def refused(self, reason: Reason) -> Paper:
        """Issue a good pass for a gate that must refuse it all the same; without a list nobody reads its class."""
        paper = self.good()
        return replace(paper, reason=reason, pass_class=paper.pass_class if reason is Reason.NO_POLICY else None)

    def again(self) -> Paper:
        """Show a spent one-entry pass again; spend a new one if there is none."""
        if not self._spent:
            return self.once()
        return Paper("again", self.chance.choice(self._spent), Reason.USED, "visitor")

    def expired(self) -> Paper:
        """Issue yesterday's pass."""
        order = replace(self._order(), not_before=_now() - 2 * HOUR_S, expires=_now() - HOUR_S)
        return Paper("expired", self._issue(order), Reason.EXPIRED, "visitor")

    def early(self) -> Paper:
        """Issue tomorrow's pass."""
        order = replace(self._order(), not_before=_now() + HOUR_S, expires=_now() + 2 * HOUR_S)
        return Paper("early", self._issue(order), Reason.NOT_YET_VALID, "visitor")

    def elsewhere(self) -> Paper:
        """Issue a pass for another area."""
        order = replace(self._order("staff"), areas=("vault",))
        return Paper("elsewhere", self._issue(order), Reason.WRONG_AREA, "staff")

    def other_gate(self) -> Paper:
        """Issue a pass for another gate of this area."""
        order = replace(self._order(), gates=("gate-2",))
        return Paper("other-gate", self._issue(order), Reason.WRONG_GATE, "visitor")

    def not_admitted(self) -> Paper:
        """Issue a pass of a class that the rig's policy does not list."""
        return Paper("not-admitted", self._issue(self._order("contractor")), Reason.CLASS_NOT_ADMITTED, "contractor")

    def foreign(self) -> Paper:
        """Have somebody else sign a pass."""
        claims = gp1.Claims(secrets.token_bytes(16), "visitor", ("lobby",), _now(), _now() - HOUR_S, _now() + HOUR_S)
        return Paper("foreign", self.stranger.code(claims), Reason.UNKNOWN_KEY)

    def forged(self) -> Paper:
        """Change the last byte of a good pass, which is its signature's."""
        message = bytearray(base45.decode(self.good().code.removeprefix(gp1.PREFIX)) or b"")
        message[-1] ^= 1
        return Paper("forged", gp1.PREFIX + base45.encode(bytes(message)).encode(), Reason.BAD_SIGNATURE)

    def half(self) -> Paper:
        """Tear a pass off in the middle of its CBOR."""
        text = self.good().code.removeprefix(gp1.PREFIX)
        return Paper("half", gp1.PREFIX + text[: len(text) // 6 * 3], Reason.BAD_CBOR)

    def garbled(self) -> Paper:
        """Change a letter of a pass into one that base45 does not know."""
        return Paper("garbled", self.good().code[:-1] + b"a", Reason.BAD_ENCODING)

    def poster(self) -> Paper:
        """Hold up something that is no pass at all."""
        return Paper("poster", f"https://example.org/{self.chance.random()}".encode(), Reason.UNKNOWN_FORMAT)

    def noise(self) -> Paper:
        """Show any bytes."""
        return Paper("noise", b"\x00" + self.chance.randbytes(self.chance.randint(1, 900)), Reason.UNKNOWN_FORMAT)

    def longest(self) -> Paper:
        """Fill the largest code that has letters, under the pass's own prefix."""
        return Paper("longest", gp1.PREFIX + b"A" * 4292, Reason.TOO_LONG)

    def _order(self, who: str = "visitor", entries: int | None = None, then_s: int = 0) -> Order:
        now = _now() + then_s
        return Order(who, ("lobby",), now - HOUR_S, now + HOUR_S, entries=entries)

    def _issue(self, order: Order, then_s: int = 0) -> bytes:
        return self.desk.issue(order, now=_now() + then_s).code.encode("ascii")


def _now() -> int:
    return int(time.time())


_MAKERS: Final[Mapping[str, Callable[[Office], Paper]]] = {
    "good-visitor": Office.good,
    "good-staff": lambda office: office.good("staff"),
    "once": Office.once,
    "again": Office.again,
    "expired": Office.expired,
    "early": Office.early,
    "elsewhere": Office.elsewhere,
    "other-gate": Office.other_gate,
    "not-admitted": Office.not_admitted,
    "foreign": Office.foreign,
    "forged": Office.forged,
    "half": Office.half,
    "garbled": Office.garbled,
    "poster": Office.poster,
    "noise": Office.noise,
    "longest": Office.longest,
}
_WEIGHTS: Final[Mapping[str, int]] = {"good-visitor": 3, "good-staff": 2, "once": 2, "again": 2}
