"""What a health certificate comes to, whatever it is written in: whose it is, what it proves, what is unique in it.

Also the readers of single values that every certificate has: days, short texts, counts. Each is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.passes.health import HealthFacts, Holder

Usage = Literal["vaccination", "test", "recovery"]

MAX_TEXT: Final = 512
MAX_DOSES: Final = 99
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T|\Z)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. `payload` is what national rules are held against, None where they know no such form.

    `identifiers` are the ids of what it proves, as its issuer lists them where it takes one back; none if it has none.
    """

    usage: Usage
    identifiers: tuple[str, ...] = field(repr=False)
    facts: HealthFacts = field(repr=False)
    holder: Holder = field(repr=False)
    payload: Mapping[str, object] | None = field(default=None, repr=False)


def day(value: object) -> date | None:
    """Read the day of a date or of a date and time (ISO 8601), as it is written; None for anything else."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or _DAY.match(value) is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def text(value: object) -> str | None:
    """Read a short text; None for anything else and for an empty one."""
    return value if isinstance(value, str) and 0 < len(value) <= MAX_TEXT else None


def count(value: object) -> int | None:
    """Read a number of doses from 1 on; None for anything else."""
    return value if type(value) is int and 1 <= value <= MAX_DOSES else None
