"""A gate under orders, in a test's hand: operators who sign, and everything that an order can reach, noted down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from firmware.control.kept_posture import NOTHING
from firmware.control.reach import NobodyWaits, Reach
from firmware.events import CommandArrived, Posture, PostureCommanded, Record
from firmware.signed.command import Op
from firmware.signed.orders import Wish, write_order
from firmware.signed.warrant import Role
from tests.issuing import NOON
from tests.unit.control.bench import SETTINGS, Bench
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.control.kept_posture import Found, Kept
    from firmware.control.reach import Assistance
    from firmware.door.settings import Settings

ROOT = Office()
NONCE = "5e" * 16
GROUP = "lobby"
_IDS = count(1)


@dataclass(frozen=True)
class Operator:
    """Somebody whose warrant names every op."""

    name: str = "ayu"
    office: Office = field(default_factory=lambda: Office(root=ROOT.root))

    def order(
        self,
        op: Op,
        args: Mapping[str, str | int] | None = None,
        *,
        group: str | None = None,
        second: str | None = None,
        at: int = NOON,
        name: str | None = None,
        gate: str = "gate-1",
        nonce: str = NONCE,
        reason: str = "words of the operator",
    ) -> bytes:
        """Sign an order that is good for a minute."""
        wish = Wish(
            id=name or f"{next(_IDS):032x}",
            op=op,
            args=args or {},
            reason=reason,
            gate=gate if group is None else None,
            group=group,
            nonce=nonce if group is None else None,
            second=second,
        )
        warranted = self.office.warrant(Role.COMMANDS, holder=self.name, ops=tuple(Op))
        key = self.office.keys[Role.COMMANDS]
        return write_order(wish, issued=at, expires=at + 60, signer=key, signer_warrant=warranted)


AYU = Operator()
BUDI = Operator("budi")


class Ordered(Bench):
    """A gate whose answers, history, health and kept postures are noted."""

    def __init__(
        self,
        settings: Settings = SETTINGS,
        *,
        obeyed: Mapping[str, int] | None = None,
        found: Found | None = None,
        assistance: Assistance | None = None,
        root: bytes = ROOT.root_raw,
    ) -> None:
        """Build it at noon."""
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[tuple[str, int, int, str]] = []
        self.room = True
        self.reports: list[None] = []
        self.kept: list[Kept | None] = []
        self.board = True
        self.windows: list[int] = []
        self.retired = 0
        reach = Reach(
            groups=frozenset({GROUP}),
            obeyed=obeyed or {},
            tell=lambda topic, payload, _: self.told.append((topic, json.loads(payload))),
            replay=self._replay,
            report=lambda: self.reports.append(None),
            keep=self.kept.append,
            assistance=assistance or NobodyWaits(),
            found=NOTHING if found is None else found,
            provision=self._provision,
            retire=self._retire,
        )
        super().__init__(settings=settings, root=root, reach=reach)

    def _provision(self, for_s: int) -> bool:
        self.windows += [for_s] if self.board else []
        return self.board

    def _retire(self) -> bool:
        self.retired += self.board
        return self.board

    def bring(
        self, data: bytes, op: str, *, group: str | None = None, nonce: str = NONCE, retained: bool = False
    ) -> None:
        """Let the broker bring these bytes."""
        self.controller.turn(CommandArrived(op, group, data, nonce, retained))

    def order(self, op: Op, *, by: Operator = AYU, group: str | None = None, **args: str | int) -> str:
        """Order something of this gate or its group, and return the order's id."""
        name = f"{next(_IDS):032x}"
        self.bring(by.order(op, args, group=group, name=name), op, group=group)
        return name

    def written(self, kind: str = "command") -> list[Record]:
        """Return what was written down about commands, in order."""
        return [record for record in self.journal.records if record.kind == kind]

    def commit_all(self) -> None:
        """Let everything that was written so far reach the disk, in its order."""
        for record in tuple(self.journal.records):
            self.commit(record)

    def states(self, name: str) -> list[tuple[str, str | None]]:
        """Return the answers to one order as (state, reason)."""
        return [(one["state"], one.get("reason")) for _, one in self.told if one["id"] == name]

    def put(self, posture: Posture) -> None:
        """Put the door into a posture, whoever wants it."""
        self.controller.turn(PostureCommanded(posture))

    @property
    def posture(self) -> Posture:
        """The posture that holds."""
        return self.controller.door.postures.effective[0]

    def _replay(self, epoch: str, first: int, last: int, command: str) -> bool:
        if self.room:
            self.asked.append((epoch, first, last, command))
        return self.room
