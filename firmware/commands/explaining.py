"""What `inspect` says for people: why a code was refused, in one sentence, and whose it is, only where that was asked.

A sentence names nobody. What a certificate says of its holder leaves by `personal` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.door.reasons import REASONS
from firmware.events import Reason
from firmware.passes.outcome import Pass

if TYPE_CHECKING:
    from firmware.passes.health import HealthFacts
    from firmware.passes.outcome import Reading

_BEGINNINGS = {
    "unreadable": "Not readable",
    "refused": "Not genuine or not in force",
    "deny": "Genuine, and not let in",
    "verify": "Genuine, and left to an officer",
    "allow": "Let through, and noted",
}


def sentence(verdict: str | None, decision: str | None, reason: Reason | None) -> str | None:
    """Say in one sentence why a code was refused, or what is odd about one that was not; None where nothing is."""
    if reason is None:
        return None
    key = verdict if verdict in {"unreadable", "refused"} else decision
    meaning, _ = REASONS[reason]
    return f"{_BEGINNINGS.get(key or '', 'Not read')}: {meaning}."


def unopened() -> dict[str, object]:
    """Say of an input that could not be opened what the line says of a code."""
    return {"reason": Reason.IO_ERROR.value, "why": sentence(None, None, Reason.IO_ERROR)}


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
