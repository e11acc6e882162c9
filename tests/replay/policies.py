"""Three policies that between them ask everything that decide() can be asked of a `GP1:` pass, and one change to each.

What a change does is written down here by the kinds of codes that it concerns, from what the rule says, and never by
asking the firmware.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.signed import sealing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GATE: Final = "gate-1"
BLOCKED: Final = "blocked"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy, the same with one rule changed, and the kinds of codes whose answer that changes."""

    name: str
    policy: bytes
    changed: bytes
    concerns: frozenset[str]


def trials(blocked: Sequence[str], now: int) -> list[Trial]:
    """Make the three for passes with these references blocked, at a Unix second; none of them changes by the hour."""
    opening = {"days": [_DAYS[(datetime.fromtimestamp(now, UTC).weekday() + 3) % 7]], "from": "00:00", "until": "24:00"}
    office = sealing.write_public(ec.generate_private_key(ec.SECP256R1()).public_key())
    refusing = {
        "health_office": office,
        "blocked": list(blocked),
        "passback": {"mode": "hard", "exempt": ["staff", "contractor"]},
        "classes": {
            "visitor": {"areas": ["lobby"]},
            "staff": {"health": "required"},
            "contractor": {"hours": [opening], "verify": ["hours"]},
            "escort": {"limits": {"revocations_s": 3600}},
        },
    }
    counting = {
        "calendar": _days_off(now),
        "capacity": {"lobby": {"places": 6, "gates": [GATE]}},
        "passback": {"mode": "timed", "minutes": 1},
        "classes": {"visitor": {}, "staff": {"holidays": "closed"}, "contractor": {"duress": "visitor"}},
    }
    watching = {
        "mode": "observe",
        "capacity": {"lobby": {"places": 3, "gates": [GATE]}},
        "passback": {"mode": "soft"},
        "classes": {"visitor": {"health": "required"}, "staff": {"hours": [opening]}, "contractor": {}},
    }
    return [
        _trial("refusing", refusing, "contractor", {}, {"contractor"}),
        _trial("counting", counting, "staff", {}, {"staff-healthy", "staff-ill"}),
        _trial("watching", watching, "staff", {"areas": ["lobby"]}, {"staff-healthy", "staff-ill"}),
    ]


def _trial(
    name: str, rules: Mapping[str, object], pass_class: str, rule: Mapping[str, object], concerns: set[str]
) -> Trial:
    """Write a policy, and again with another rule for one class."""
    body = {"profile": name, "timezone": "UTC", **rules}
    classes = body["classes"]
    changed = {**body, "classes": {**classes, pass_class: rule}} if isinstance(classes, dict) else body
    return Trial(name, json.dumps(body).encode(), json.dumps(changed).encode(), frozenset(concerns))


def _days_off(now: int) -> list[dict[str, str]]:
    """Make holidays of today and its neighbours, so that no midnight ends them."""
    today = datetime.fromtimestamp(now, UTC).date()
    days = [(today + timedelta(days=ahead)).isoformat() for ahead in (-1, 0, 1)]
    return [{"date": day, "kind": "public_holiday", "name": "A day off"} for day in days]
