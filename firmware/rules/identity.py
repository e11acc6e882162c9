"""Whose pass is this? A certificate says nothing of who shows it: a copy is as good as the original. Pure.

Somebody has to hold the name in it against the person: an officer at the door, or a desk that issues a pass of our own.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.passes.health import Holder
    from firmware.passes.outcome import Pass

MOST_LETTERS: Final = 256
"""Of a name that are looked at: a card may have thousands, and people at a reader are compared each with each."""

OURS: Final = frozenset({"gp1"})
"""Formats whose passes were handed to their holder by an office that looked at them; any other is a static code."""


def unmatched(credential: Pass) -> bool:
    """Say whether nobody has held this pass against the person who shows it."""
    return credential.format not in OURS


def same_holder(one: Holder, other: Holder) -> bool:
    """Say whether two certificates may be made out to one person, however each writes the name.

    Case, accents, marks and the order of the names say nothing: a travel seal has the family first and all in capitals.
    Who was born on the same day is one person too if the one certificate leaves a name out that the other has.
    """
    names, others = _words(one.name), _words(other.name)
    if one.born != other.born and None not in {one.born, other.born}:
        return False
    if one.born is None or other.born is None or not names or not others:
        return one.name == other.name or (names == others != frozenset())
    return len(names & others) == min(len(names), len(others))


def _words(name: str) -> frozenset[str]:
    """Take a name apart into what is the same in every spelling of it."""
    spelled = unicodedata.normalize("NFKD", name[:MOST_LETTERS].casefold())
    bare = (letter for letter in spelled if not unicodedata.combining(letter))
    return frozenset(re.findall(r"[^\W_]+", "".join(bare)))
