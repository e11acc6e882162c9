"""What the updater does next: a table over what it remembers and what it finds. Pure; asked again after each step.

A step may end anywhere: whoever begins anew remembers what was written and looks at what is there, and goes on or back.
The release that is confirmed stays on disk until another one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from firmware.signed.fields import Strict
from firmware.updating.asking import Before
from firmware.updating.faults import PASSING, Fault
from firmware.updating.release import PATTERN, rank

if TYPE_CHECKING:
    from firmware.updating.order import Order

_Version = Annotated[str, StringConstraints(pattern=PATTERN)]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Outcome(Strict):
    """What became of an order: `reason` is None where its release was confirmed."""

    document: _Digest
    release: _Version
    reason: Fault | None = None


class State(Strict):
    """What outlives a power cut (`guard.py` writes it, and counts `starts` itself).

    `confirmed` runs unless `release` is on trial, `previous` was confirmed before it; nothing below `floor` is taken.
    """

    confirmed: _Version
    floor: _Version
    previous: _Version | None = None
    phase: Literal["idle", "trying", "returning"] = "idle"
    release: _Version | None = None
    document: _Digest | None = None
    before: Before | None = None
    starts: Annotated[int, Field(ge=0, le=1000)] = 0
    reason: Fault | None = None
    last: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is there now. `link` is the release that the next start takes, `digest` the order's own.

    `fetched` says that this process holds the verified file, `unpacked` that the release's folder is whole, `checked`
    that it has said who it is and takes the configuration; `overdue` that the time for a healthy gate is up.
    """

    link: str | None
    order: Order | None = None
    digest: str | None = None
    go: bool = False
    fetched: bool = False
    unpacked: bool = False
    checked: bool = False
    healthy: bool = False
    overdue: bool = False


class Act(StrEnum):
    """The next step."""

    REST = "rest"
    ADOPT = "adopt"
    REFUSE = "refuse"
    FETCH = "fetch"
    UNPACK = "unpack"
    CHECK = "check"
    SWITCH = "switch"
    AWAIT = "await"
    CONFIRM = "confirm"
    GO_BACK = "go_back"
    RETURN = "return"


def next_act(state: State, found: Found) -> tuple[Act, Fault | None]:
    """Say what to do next, and why where that ends an order."""
    match state.phase:
        case "trying":
            return _trial(state, found)
        case "returning":
            return Act.RETURN, state.reason or Fault.INTERRUPTED
        case _:
            return _order(state, found)


def _trial(state: State, found: Found) -> tuple[Act, Fault | None]:
    """Wait for a healthy gate of the release that is on trial, and no longer than was agreed."""
    if found.link not in {None, state.release, state.confirmed}:
        return Act.ADOPT, None  # a package was installed in the middle of it
    if found.link != state.release:
        # Power or process ended between the state and the link, or a guard that could not count went back.
        return Act.GO_BACK, Fault.INTERRUPTED
    if found.healthy:
        return Act.CONFIRM, None
    return (Act.GO_BACK, Fault.NOT_HEALTHY) if found.overdue else (Act.AWAIT, None)


def _order(state: State, found: Found) -> tuple[Act, Fault | None]:
    """Do for an order what is not done yet."""
    if found.link is not None and found.link != state.confirmed:
        return Act.ADOPT, None  # a package was installed over it, by hand
    order = found.order
    if order is None or over(state, found.digest) or order.release == state.confirmed:
        return Act.REST, None
    if rank(order.release) < rank(state.floor):
        return Act.REFUSE, Fault.DOWNGRADED
    if not found.unpacked:
        return (Act.UNPACK if found.fetched else Act.FETCH), None
    if not found.checked:
        return Act.CHECK, None
    return (Act.SWITCH, None) if found.go else (Act.REST, None)


def over(state: State, digest: str | None) -> bool:
    """Say whether an order has come to an end that another attempt does not change."""
    last = state.last
    return last is not None and last.document == digest and last.reason not in PASSING
