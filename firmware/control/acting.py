"""What each order does at this door: what stands in its way, and the doing itself.

Whoever obeys has made sure that the order counts and counts once. Nothing here releases a lock but a grant or a
posture that the door itself agrees to. It belongs to the controller thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.control.kept_posture import LASTING, Kept
from firmware.door.machine import frees
from firmware.events import NO_ENTRY, Decision, Direction, Outcome, Posture, PostureCommanded, Reason
from firmware.signed.command import CommandRefusal, Op

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from firmware.control.doorway import Doorway
    from firmware.control.presenting import Presenting
    from firmware.control.reach import Reach
    from firmware.events import EndGrant, Instant
    from firmware.signed.command import Order

POSTURE: Final = "posture"
"""How the file of the kept posture is named among what can fail."""

UNABLE: Final[Mapping[str, CommandRefusal]] = {"refused": CommandRefusal.BUSY, "turned_down": CommandRefusal.BUSY}
"""How history that was asked for can end badly: the broker did not take it, or too many had asked; ask again."""

RESUME: Final = "resume"
READER: Final = "command"
"""What stands for a reader in the record of whoever a command let through."""


class Acting:
    """The door under orders."""

    def __init__(self, doorway: Doorway, presenting: Presenting, reach: Reach) -> None:
        """Take the door and what else an order can reach."""
        self._doorway = doorway
        self._presenting = presenting
        self._reach = reach
        self._keeping = reach.found.commanded is not None
        self._unlocking: dict[str, Order] = {}

    def hindrance(self, order: Order) -> CommandRefusal | None:
        """Say what stands in an order's way at this door now; nothing ever does in the way out."""
        posture, _ = self._doorway.door.postures.effective
        match order.op:
            case Op.UNLOCK if order.args["direction"] == Direction.IN and posture in NO_ENTRY:
                return CommandRefusal.POSTURE
            case Op.HOLD if posture in NO_ENTRY:
                return CommandRefusal.POSTURE
            case Op.HOLD if not self._holds:
                return CommandRefusal.NOT_CONTINUOUS
            case Op.RESTART | Op.RETIRE if not self._doorway.at_rest or frees(self._doorway.door):
                return CommandRefusal.BUSY
            case _:
                return None

    @staticmethod
    def first(order: Order) -> bool:
        """Say whether an order is obeyed before it is written down: what lets people out waits for no disk."""
        return order.op is Op.EVACUATE or (order.op is Op.UNLOCK and order.args["direction"] == Direction.OUT)

    def unlock(self, order: Order, now: Instant) -> None:
        """Let one person through; a way in waits in the door for its record. `unlocked` tells what came of it."""
        decision = Decision(Outcome.ALLOW, Direction(str(order.args["direction"])))
        record = self._presenting.answer(decision, None, READER, now)
        if record.grant is not None:
            self._unlocking[record.grant] = order

    def waits(self, order: Order) -> bool:
        """Say whether what came of an order is still to be told by `unlocked`."""
        return order in self._unlocking.values()

    def unlocked(self, ended: Iterable[EndGrant]) -> Iterator[tuple[Order, str, Reason | None]]:
        """Take the orders that let somebody through and are decided: order, grant, and why the door took it back."""
        back = {end.grant: end.reason for end in ended if end.result == "annulled"}
        waiting = {one.granted.grant for one in self._doorway.door.waiting}
        for grant in [grant for grant in self._unlocking if grant not in waiting]:
            yield self._unlocking.pop(grant), grant, back.get(grant)

    def posture(self, order: Order, now: Instant) -> bool:
        """Put the door into a posture; returns whether the answer waits until the disk has it."""
        for_s = order.args.get("for_s")
        seconds = int(for_s) if for_s is not None else None
        wanted = _posture_of(order)
        if order.op is not Op.HOLD or not self._held_longer(now.ms + 1000 * (seconds or 0)):
            until_ms = None if seconds is None else now.ms + seconds * 1000
            self._doorway.step(PostureCommanded(wanted, until_ms), now)
        if wanted not in LASTING and not self._keeping:
            return False
        self._keeping = wanted in LASTING
        until = None if seconds is None else now.latest + seconds
        self._reach.keep(Kept(wanted, until, seconds) if wanted is not None and self._keeping else None)
        return True

    def ask(self, order: Order, now: Instant) -> CommandRefusal | None:
        """Do what somebody else does at once; answers why it was not done."""
        match order.op:
            case Op.ADMIT | Op.REFUSE:
                request, assistance = str(order.args["request"]), self._reach.assistance
                refused = assistance.answer(request, order.op is Op.ADMIT, order.operator, now)
                if assistance.granted is not None:
                    self._unlocking[assistance.granted] = order
                return refused
            case Op.REPLAY:
                epoch, first, last = str(order.args["epoch"]), int(order.args["first"]), int(order.args["last"])
                return None if self._reach.replay(epoch, first, last, order.id) else CommandRefusal.BUSY
            case Op.HEALTH:
                self._reach.report()
                return None
            case Op.PROVISION:
                return None if self._reach.provision(int(order.args["for_s"])) else CommandRefusal.UNSUPPORTED
            case Op.RETIRE:
                return None if self._reach.retire() else CommandRefusal.UNSUPPORTED
            case _:
                return CommandRefusal.UNSUPPORTED

    @property
    def _holds(self) -> bool:
        """Whether this lock can be held released for long."""
        settings = self._doorway.door.settings
        return settings.continuous and not settings.impulse

    def _held_longer(self, until_ms: int) -> bool:
        """Whether free access was commanded for longer already: a hold shortens nothing."""
        postures = self._doorway.door.postures
        ends_ms = postures.until_ms
        return postures.commanded is Posture.FREE_ACCESS and (ends_ms is None or ends_ms > until_ms)


def _posture_of(order: Order) -> Posture | None:
    """Name the posture that an order asks for; None withdraws what was commanded."""
    match order.op:
        case Op.LOCKDOWN:
            return Posture.LOCKDOWN
        case Op.EVACUATE:
            return Posture.EVACUATION
        case Op.HOLD:
            return Posture.FREE_ACCESS
        case _:
            said = str(order.args["posture"])
            return None if said == RESUME else Posture(said)


def refusal_of(reason: Reason) -> CommandRefusal:
    """Say in the words of commands why the door took back what an order had granted."""
    if reason is Reason.STORAGE:
        return CommandRefusal.STORAGE
    return CommandRefusal.POSTURE if reason in NO_ENTRY.values() else CommandRefusal.BUSY
