"""The body of a `keys` document: an area's keys of the day, sealed to each gate; and the subject such a key makes.

A subject stands for a pass within one area and one day: the same there, another one everywhere else, and without the
key nobody can tell whose it is. It reads no clock; which day it is, and what is kept of the keys, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from firmware.signed import sealing, strict_json, times
from firmware.signed.fields import Moment, Name, Strict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

PURPOSE: Final = "area-keys"
KEY_BYTES: Final = 32
MAX_DAYS: Final = 35
MAX_GATES: Final = 64
"""So many entries of so many days fit into one message at the broker."""

LONGEST_DAY_S: Final = 25 * 3600
SUBJECT_BYTES: Final = 16
_SUBJECT: Final = b"gapura:subject:1:"


@dataclass(frozen=True, slots=True)
class DayKey:
    """The key of one day, from `begins` to before `ends` (Unix seconds)."""

    begins: int
    ends: int
    key: bytes = field(repr=False)


class Day(Strict):
    """When a day begins and ends; its key is not told here."""

    begins: Annotated[Moment, Field(alias="from")]
    ends: Annotated[Moment, Field(alias="until")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse what is no day."""
        if not 0 < self.ends - self.begins <= LONGEST_DAY_S:
            msg = "'until' is not within 25 hours after 'from'"
            raise ValueError(msg)
        return self


Sealed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,4096}$")]


class AreaKeys(Strict):
    """The body: which area, which days, and for each gate the keys of all of them in order, as one sealed text."""

    area: Name
    days: Annotated[list[Day], Field(min_length=1, max_length=MAX_DAYS)]
    gates: Annotated[dict[Name, Sealed], Field(min_length=1, max_length=MAX_GATES)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Refuse days that overlap: which key counts would be a guess."""
        if any(one.ends > other.begins for one, other in pairwise(self.days)):
            msg = "the days are not in order and apart"
            raise ValueError(msg)
        return self


def seal_keys(area: str, keys: Sequence[DayKey], gates: Mapping[str, ec.EllipticCurvePublicKey]) -> dict[str, object]:
    """Write the body for these gates, each with the key of its certificate."""
    days = [{"from": times.render(key.begins), "until": times.render(key.ends)} for key in keys]
    plain = b"".join(key.key for key in keys)
    bounds = _bounds([(key.begins, key.ends) for key in keys])
    sealed = {
        name: strict_json.to_base64url(sealing.seal(plain, public, PURPOSE, area, name, bounds))
        for name, public in gates.items()
    }
    return {"area": area, "days": days, "gates": sealed}


def open_keys(body: AreaKeys, gate: str, key: ec.EllipticCurvePrivateKey) -> tuple[DayKey, ...] | None:
    """Open what is sealed to this gate; None if nothing is, or not to this key for this area and these days."""
    sealed = strict_json.from_base64url(body.gates.get(gate, ""))
    if not sealed:
        return None
    bounds = [(day.begins, day.ends) for day in body.days]
    plain = sealing.unseal(sealed, key, PURPOSE, body.area, gate, _bounds(bounds))
    if plain is None or len(plain) != KEY_BYTES * len(bounds):
        return None
    parts = (plain[at : at + KEY_BYTES] for at in range(0, len(plain), KEY_BYTES))
    return tuple(DayKey(begins, ends, part) for (begins, ends), part in zip(bounds, parts, strict=True))


def subject(key: bytes, reference: str) -> str:
    """Name a pass within the key's area and day: HMAC-SHA256 (RFC 2104) of its reference, cut to 16 bytes, in hex."""
    return hmac.digest(key, _SUBJECT + reference.encode(), hashlib.sha256)[:SUBJECT_BYTES].hex()


def _bounds(days: list[tuple[int, int]]) -> str:
    """Name a list of days, for what is sealed to be good for no other."""
    return ",".join(f"{begins}-{ends}" for begins, ends in days)
