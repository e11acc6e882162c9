"""What is wrong at the enrolment service, as retained alerts of its own branch: what it means and what to do first.

Pure. An alert holds while the ledger says so, or, for refusals, for an hour after the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.records.wire import ROOT
from firmware.signed import strict_json, times
from provisioning.broker.configuration import SERVICE
from provisioning.enrolment.handling import REUSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provisioning.fleet.ledger_rows import Row

BRANCH: Final = f"{ROOT}/_service/{SERVICE}"
STOLEN: Final = "stolen"
"""Why a gate is suspended that somebody has taken away; what stands after it is the operator's reason."""

HOLDS_S: Final = 3600
AGAIN_S: Final = 60
"""Refusals are told anew at most so often, however many there are."""

MOST_NAMED: Final = 100
MOST_SHOWN: Final = 3
_ID: Final = {"claim-reused": REUSED, "gate-stolen": STOLEN}
_WORDS: Final = {
    "claim-reused": (
        "critical",
        "two devices came with the same code: one of them is not the gate, and both are suspended",
        "go to the gate; if it is the right one, gapura-ops fleet replace GATE and show it the new sheet",
        "when each of these gates is released (gapura-ops enrol release) or retired",
    ),
    "gate-stolen": (
        "critical",
        "this gate was taken away: its certificate is revoked and it can say and hear nothing",
        "look what it was: gapura-ops enrol log GATE; for a new device gapura-ops fleet replace GATE",
        "when each of these gates is released (gapura-ops enrol release) or retired",
    ),
    "enrolment-refused": (
        "warning",
        "a device asked for a certificate and was refused",
        "see who and why: gapura-ops enrol log GATE",
        "an hour after the last refusal",
    ),
}


@dataclass(slots=True)
class Refusals:
    """The refusals of the last hour."""

    count: int = 0
    gate: str = ""
    reason: str = ""
    first: int = 0
    last: int = 0
    told: int = 0
    payload: bytes = b""

    def add(self, gate: str, reason: str, now: int) -> None:
        """Count one."""
        if self.last + HOLDS_S <= now:
            self.count, self.first, self.told = 0, now, 0
        self.count, self.gate, self.reason, self.last = self.count + 1, gate, reason, now

    def alert(self, now: int) -> bytes:
        """Word them; the same words as before while it is not time to tell them anew, none when they are long over."""
        if not self.count or self.last + HOLDS_S <= now:
            return b""
        if self.told + AGAIN_S <= now or not self.payload:
            self.told = now
            more = {"count": self.count, "reason": self.reason}
            self.payload = _word("enrolment-refused", self.first, [self.gate], more)
        return self.payload


def standing(suspended: Mapping[str, Row], refusals: Refusals, now: int) -> dict[str, bytes]:
    """Every alert by its topic; an empty payload takes one back."""
    found = {topic("enrolment-refused"): refusals.alert(now)}
    for name, why in _ID.items():
        rows = sorted((row for row in suspended.values() if row.why.split(":")[0] == why), key=lambda row: row.at)
        gates = [row.gate for row in rows]
        found[topic(name)] = _word(name, rows[0].at, gates, {"count": len(gates)}) if rows else b""
    return found


def topic(name: str) -> str:
    """Where an alert of the service stands."""
    return f"{BRANCH}/alert/{name}"


def _word(name: str, since: int, gates: Sequence[str], more: Mapping[str, object]) -> bytes:
    """Word an alert; its meaning begins with the gates, for a desk that shows nothing else of it."""
    severity, meaning, action, clears = _WORDS[name]
    said: dict[str, object] = {"alarm": name, "severity": severity, "action": action, "clears": clears}
    shown = ", ".join(gates[:MOST_SHOWN]) + (f" and {len(gates) - MOST_SHOWN} more" if len(gates) > MOST_SHOWN else "")
    said |= {"meaning": f"{shown}: {meaning}", "since": times.render(since), "gates": list(gates[:MOST_NAMED])}
    return strict_json.render({**said, **more})
