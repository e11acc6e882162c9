"""The claims of a CBOR Web Token that others issue (RFC 8392): who, from when, until when, and what else it holds.

Times become whole Unix seconds on the strict side. A claims set without an end is refused: it would be good for ever.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from firmware.signed.times import LATEST

if TYPE_CHECKING:
    from collections.abc import Mapping

ISSUER, EXPIRES, NOT_BEFORE, ISSUED, HEALTH = 1, 4, 5, 6, -260
MAX_TEXT: Final = 256


@dataclass(frozen=True, slots=True)
class ForeignClaims:
    """`expires` is the first second at which the token is no longer good, `begins` None if it does not say."""

    issuer: str | None
    issued: int
    begins: int | None
    expires: int
    health: Mapping[object, object]


def read_claims(value: object) -> ForeignClaims | None:
    """Read claims that have an end, a beginning and a health certificate; None if one is missing or out of its range.

    The health certificate specification refuses a token *after* its end, so the second of the end is still good.
    """
    if not isinstance(value, dict):
        return None
    expires, issued = _seconds(value.get(EXPIRES), up=False), _seconds(value.get(ISSUED), up=True)
    begins = _seconds(value[NOT_BEFORE], up=True) if NOT_BEFORE in value else None
    issuer, health = value.get(ISSUER), value.get(HEALTH)
    known = issuer is None or (isinstance(issuer, str) and len(issuer) <= MAX_TEXT)
    if expires is None or issued is None or (NOT_BEFORE in value and begins is None) or not known:
        return None
    if not isinstance(health, dict):
        return None
    return ForeignClaims(cast("str | None", issuer), issued, begins, expires + 1, health)


def _seconds(value: object, *, up: bool) -> int | None:
    """Read a NumericDate (RFC 8392 section 2) as whole seconds, rounded to the strict side; None out of range."""
    if type(value) is float:
        if not math.isfinite(value) or not 0 <= value <= LATEST:
            return None
        return math.ceil(value) if up else math.floor(value)
    return value if type(value) is int and 0 <= value <= LATEST else None
