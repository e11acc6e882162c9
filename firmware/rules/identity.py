"""Whose pass is this? A certificate says nothing of who shows it: a copy is as good as the original. Pure.

Somebody has to hold the name in it against the person: an officer at the door, or a desk that issues a pass of our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.passes.outcome import Pass

OURS: Final = frozenset({"gp1"})
"""Formats whose passes were handed to their holder by an office that looked at them; any other is a static code."""


def unmatched(credential: Pass) -> bool:
    """Say whether nobody has held this pass against the person who shows it."""
    return credential.format not in OURS
