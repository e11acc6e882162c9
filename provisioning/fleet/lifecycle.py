"""The life of a gate at the desk: six states and the moves between them.

It decides which move is allowed and which words belong to a state, and nothing else. Suspension is no state: a
suspended gate is where it was and may not speak until somebody releases it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a gate is in its life."""

    REQUESTED = "requested"
    APPROVED = "approved"
    ISSUED = "issued"
    INSTALLED = "installed"
    ACTIVE = "active"
    RETIRED = "retired"


MEANINGS: Final[dict[State, str]] = {
    State.REQUESTED: "stands in the inventory; nobody has approved it",
    State.APPROVED: "may be given a sheet",
    State.ISSUED: "has a sheet; no device has come with it yet",
    State.INSTALLED: "has a certificate; it only records what it would decide",
    State.ACTIVE: "has passed its self-test and decides",
    State.RETIRED: "is gone: nothing of it counts any more",
}

MOVES: Final[dict[State, frozenset[State]]] = {
    State.REQUESTED: frozenset({State.APPROVED, State.RETIRED}),
    State.APPROVED: frozenset({State.REQUESTED, State.ISSUED, State.RETIRED}),
    State.ISSUED: frozenset({State.APPROVED, State.INSTALLED, State.RETIRED}),
    State.INSTALLED: frozenset({State.APPROVED, State.ISSUED, State.ACTIVE, State.RETIRED}),
    State.ACTIVE: frozenset({State.APPROVED, State.ISSUED, State.INSTALLED, State.RETIRED}),
    State.RETIRED: frozenset({State.REQUESTED}),
}
"""From each state where to. Back to approved: the device is replaced; back to issued: it gets a new sheet."""


def may_move(now: State, to: State) -> bool:
    """Say whether this move is allowed; staying is none."""
    return to in MOVES[now]


def has_claims(state: State) -> bool:
    """Say whether a claim may be given out in this state: the desk approved the gate and it is not gone."""
    return state not in {State.REQUESTED, State.RETIRED}


def is_installed(state: State) -> bool:
    """Say whether a device has a certificate in this state."""
    return state in {State.INSTALLED, State.ACTIVE}
