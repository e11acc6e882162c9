"""What of a gate's configuration operations may change from afar, and what only a technician may who stands there.

A closed list of keys, seen as a locksmith would: nothing that says what hangs on which pin, which way a reader leads,
what kind of lock there is or how long it may be on at all. The file in /etc stays the base; a document lies over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from firmware.control.config import Config
from firmware.control.desired import Turned

EVERY: Final = frozenset({"*"})
REMOTE: Final[Mapping[str, frozenset[str]]] = {
    "gate": frozenset({"labels", "groups", "stage"}),
    "door": frozenset({"unlock_ms", "long_unlock_ms", "held_ms", "prealarm_ms"}),
    "mqtt": EVERY,
    "journal": EVERY,
    "clock": frozenset({"error_s"}),
    "documents": EVERY,
    "update": frozenset({"window"}),
}
"""Sections, and in each the keys that a document may set; what they may say is bounded by `door.max_unlock_ms`."""


INSTALLED: Final = "installed"


def _stage(section: Mapping[str, object]) -> object:
    """Read what a file or a document says of the gate's stage."""
    gate = section.get("gate")
    return gate.get("stage") if isinstance(gate, Mapping) else None


def keys(body: Mapping[str, object]) -> tuple[str, ...]:
    """Name the keys that a document sets, as `section.key`, in order."""
    return tuple(
        f"{section}.{key}"
        for section, values in sorted(body.items())
        for key in (sorted(values) if isinstance(values, Mapping) else ("",))
    )


def not_remote(body: Mapping[str, object]) -> tuple[str, ...]:
    """Name the keys that no document may set; empty when all of them may."""
    found = []
    for name in keys(body):
        section, _, key = name.partition(".")
        allowed = REMOTE.get(section, frozenset())
        if not key or (allowed is not EVERY and key not in allowed):
            found.append(name.rstrip("."))
    return tuple(found)


def lay_over(base: Mapping[str, object], body: Mapping[str, object]) -> Config | Turned:
    """Lay a document's keys over the file's and hold the whole against the same model as the file alone.

    A document may make a gate active that its file says is installed, and never the other way: that would open a door
    to whoever comes, and with a group's document every door, on one signature.
    """
    if not body or not_remote(body) or (_stage(body) == INSTALLED and _stage(base) != INSTALLED):
        return Turned.NOT_REMOTE
    merged = dict(base)
    for section, values in body.items():
        below = base.get(section, {})
        if not isinstance(values, Mapping) or not isinstance(below, Mapping):
            return Turned.UNSOUND
        merged[section] = {**below, **values}
    try:
        return Config.model_validate(merged)
    except ValidationError:
        return Turned.UNSOUND
