"""What the readers of others' certificates have in common: the class their holders get, whose word counts, days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.trust.keys import TrustedKey

GUEST_CLASS: Final = "visitor"
"""What a certificate that names no class makes of its holder where its issuer's key leaves a choice."""

LATEST: Final = 253_402_300_799
"""9999-12-31T23:59:59Z: a certificate without an end is good for as long as dates can be written."""

_DAY: Final = len("2021-01-01")
_URL: Final = "https://"


def class_of(classes: frozenset[str]) -> str | None:
    """Choose the class of somebody whose certificate names none: the only one, else visitor; None if neither."""
    if len(classes) == 1:
        return next(iter(classes))
    return GUEST_CLASS if GUEST_CLASS in classes else None


def is_issuer(key: TrustedKey, url: str) -> bool:
    """Say whether a key speaks for the issuer that a certificate names by its address.

    A key whose issuer is known by another name than an address speaks for whom it likes: only the forms of trust lists
    that a tool's operator vouches for have such keys for certificates with addresses.
    """
    return key.issuer == url or not key.issuer.startswith(_URL)


def day(moment: object) -> date | None:
    """Read the day of an ISO 8601 date, or date and time, as its issuer wrote it; None where there is no such day."""
    if not isinstance(moment, str) or (len(moment) > _DAY and moment[_DAY] != "T"):
        return None
    try:
        return date.fromisoformat(moment[:_DAY]) if len(moment) >= _DAY else None
    except ValueError:
        return None
