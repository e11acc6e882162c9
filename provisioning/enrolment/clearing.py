"""What a gate leaves behind at the broker, taken back: each retained topic of its own, once it is gone.

It decides which topics those are. Events are not retained; what consumers have kept of them is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.records.wire import ROOT
from provisioning.enrolment.alerts import STOLEN
from provisioning.fleet.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.fleet.ledger_rows import Row, Standing

LATELY_S: Final = 30 * 86_400
"""A gate that is gone can write nothing new; for so long the service looks for what was left."""

_LEAVES: Final = ("availability", "info", "health", "alert/+", "assist/+", "doc/+/+")


def filters(gate: str) -> tuple[str, ...]:
    """Where a gate's retained messages lie."""
    own = tuple(f"{ROOT}/{gate}/{leaf}" for leaf in _LEAVES)
    return (*own, f"{ROOT}/_area/+/{gate}", f"homeassistant/device/{gate}/config")


def gone(standings: Mapping[str, Standing], suspended: Mapping[str, Row], now: int) -> frozenset[str]:
    """The gates whose retained messages are taken back: those that were retired or stolen lately."""
    retired = {one.gate for one in standings.values() if one.state is State.RETIRED and one.since + LATELY_S > now}
    stolen = (gate for gate, row in suspended.items() if row.why.split(":")[0] == STOLEN and row.at + LATELY_S > now)
    return frozenset(retired | set(stolen))


def owner(topic: str) -> str:
    """Whose a topic is, of those that `filters` names."""
    match topic.split("/"):
        case ["homeassistant", _, gate, _] | [_, _, "_area", _, gate] | [_, _, gate, *_]:
            return gate
        case _:
            return ""
