"""What `inspect` says for people: why a code was refused, what to do first, and whose it is, only where that was asked.

A sentence names nobody. What a certificate says of its holder leaves by `personal` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door.reasons import REASONS
from firmware.events import Reason
from firmware.passes.outcome import Pass

if TYPE_CHECKING:
    from firmware.passes.health import HealthFacts
    from firmware.passes.outcome import Reading

NAMES: Final = ("issuer", "issuer_key", "reference")

_BEGINNINGS = {
    "unreadable": "Not readable",
    "refused": "Not to be believed",
    "ended": "Genuine, and does not count now",
    "deny": "Genuine, and not let in",
    "verify": "Genuine, and left to an officer",
    "allow": "Let through, and noted",
}


def explained(verdict: str | None, decision: str | None, reason: Reason | None, *, genuine: bool) -> dict[str, object]:
    """Say in one sentence why a code was refused, or what is odd about one that was not, and what to do first.

    Nothing where there is no reason. `genuine` says that the signature holds, whatever was refused after it.
    """
    if reason is None:
        return {"reason": None, "why": None, "action": None}
    key = verdict if verdict in {"unreadable", "refused"} else decision
    key = "ended" if key == "refused" and genuine else key
    meaning, action = REASONS[reason]
    return {"reason": reason.value, "why": f"{_BEGINNINGS.get(key or '', 'Not read')}: {meaning}.", "action": action}


def named(reading: Reading) -> dict[str, object]:
    """Name a pass whose signature holds, and who signed it, as policies and lists of revoked passes name them."""
    if not isinstance(reading, Pass):
        return dict.fromkeys(NAMES)
    return {"issuer": reading.issuer_name, "issuer_key": reading.issuer.hex(), "reference": reading.reference}


def unopened() -> dict[str, object]:
    """Say of an input that could not be opened what the line says of a code."""
    return explained(None, None, Reason.IO_ERROR, genuine=False)


def personal(reading: Reading) -> dict[str, object] | None:
    """Tell what a certificate says of its holder; None for a pass that says nothing of anybody."""
    if not isinstance(reading, Pass) or reading.holder is None:
        return None
    holder = reading.holder
    return {
        "name": holder.name,
        "born": None if holder.born is None else holder.born.isoformat(),
        "document": holder.document,
        "health": None if reading.health is None else _facts(reading.health),
    }


def _facts(facts: HealthFacts) -> dict[str, object]:
    """Write facts as plain values."""
    return {
        "doses": [{"day": one.day.isoformat(), "number": one.number, "course": one.course} for one in facts.doses],
        "tests": [
            {"day": one.day.isoformat(), "kind": one.kind.value, "positive": one.positive} for one in facts.tests
        ],
        "recoveries": [day.isoformat() for day in facts.recoveries],
    }
