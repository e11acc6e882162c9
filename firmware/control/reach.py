"""What an order can reach beside the door: the broker, the disk, whoever waits for an officer.

Each is a call that returns at once. What is not there does nothing, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from firmware.control.kept_posture import NOTHING
from firmware.signed.command import CommandRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.control.kept_posture import Found, Kept
    from firmware.events import Instant
    from firmware.records.link import Link


class Assistance(Protocol):
    """Where people wait for an officer; `granted` is the grant that the newest answer gave, if it gave any."""

    granted: str | None

    def answer(self, request_id: str, admit: bool, operator: str, now: Instant) -> CommandRefusal | None:  # noqa: FBT001  one caller
        """Let somebody in or send them away; answers why that was not done."""


class NobodyWaits:
    """A door at which nobody can wait for an officer."""

    granted: str | None = None

    def answer(self, request_id: str, admit: bool, operator: str, now: Instant) -> CommandRefusal | None:  # noqa: ARG002, FBT001  the port's signature
        """There is never such a request."""
        return CommandRefusal.NO_REQUEST


@dataclass(frozen=True, slots=True)
class Reach:
    """What stands behind a gate's commands.

    `groups` are those whose commands are this gate's too, `obeyed` the ids that the journal remembers and when each
    expires, `found` the posture that an earlier run kept. `tell(topic, payload, expiry_s)` answers;
    `replay(epoch, first, last, command)` asks for history, says whether there was room, and is told of by
    `HistorySent`; `report()` publishes the health numbers; `keep` lets a posture, or none, hold after a restart, which
    `PostureKept` tells. `provision(for_s)` opens the window for a provisioning document and `retire()` makes this gate
    nobody's; both say whether there is anything of the kind here.
    """

    groups: frozenset[str] = frozenset()
    obeyed: Mapping[str, int] = field(default_factory=dict)
    found: Found = NOTHING
    tell: Callable[[str, bytes, int], None] = lambda _topic, _payload, _expiry_s: None
    replay: Callable[[str, int, int, str], bool] = lambda _epoch, _first, _last, _command: False
    report: Callable[[], None] = lambda: None
    keep: Callable[[Kept | None], None] = lambda _kept: None
    assistance: Assistance = field(default_factory=NobodyWaits)
    provision: Callable[[int], bool] = lambda _for_s: False
    retire: Callable[[], bool] = lambda: False


class ToLink:
    """The link as orders reach it: not there before it is made, or for good where there is no broker.

    `told(command, rows, state)` hears of history that was asked for, from the link's thread.
    """

    def __init__(self, told: Callable[[str, int, str], None]) -> None:
        """Begin without one."""
        self._told = told
        self._link: Link | None = None

    def made(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    def replay(self, epoch: str, first: int, last: int, command: str) -> bool:
        """Ask for history; answers whether it will come."""
        link, told = self._link, self._told
        return link is not None and link.replay(epoch, first, last, command, lambda rows, how: told(command, rows, how))

    def report(self) -> None:
        """Publish the health numbers now."""
        if self._link is not None:
            self._link.report()


NOWHERE = Reach()
"""A gate on its own."""
