"""The kinds of value that stand in signed JSON, for strict models: keys, times, counters, names.

Each reads exactly one spelling and says in one line what is wrong with any other. Nothing here knows a document.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from firmware.signed import signatures, strict_json, times

KEY_BYTES: Final = 32
MAX_KEY_ID_BYTES: Final = 64
_ANY_LENGTH: Final = 1 << 62
MAX_VERSION: Final = 2**53 - 1
"""Versions and serials stay whole in every JSON parser."""


class Strict(BaseModel):
    """What every signed model shares: frozen, nothing unknown, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def encoded(value: object, least: int, most: int, mistake: str) -> bytes:
    """Read so many bytes as base64url without padding; raises ValueError with the mistake for anything else."""
    data = strict_json.from_base64url(value) if isinstance(value, str) else None
    if data is None or not least <= len(data) <= most:
        raise ValueError(mistake)
    return data


def _raw_key(value: object) -> bytes:
    """Read a raw Ed25519 public key."""
    mistake = "not a raw Ed25519 public key (32 bytes as base64url without padding)"
    raw = encoded(value, KEY_BYTES, KEY_BYTES, mistake)
    if signatures.of_small_order(raw):
        raise ValueError(mistake)
    return raw


def _key_id(value: object) -> bytes:
    """Read a key id."""
    mistake = f"not a key id (1 to {MAX_KEY_ID_BYTES} bytes as base64url without padding)"
    return encoded(value, 1, MAX_KEY_ID_BYTES, mistake)


def _blob(value: object) -> bytes:
    """Read bytes of any length; those that are bytes already stay what they are."""
    mistake = "not bytes as base64url without padding"
    return value if isinstance(value, bytes) else encoded(value, 1, _ANY_LENGTH, mistake)


def _moment(value: object) -> int:
    """Read a time as Unix seconds."""
    seconds = times.parse(value) if isinstance(value, str) else None
    if seconds is None:
        msg = "not a time in UTC such as 2026-01-05T02:00:00Z"
        raise ValueError(msg)
    return seconds


RawKey = Annotated[bytes, BeforeValidator(_raw_key)]
KeyId = Annotated[bytes, BeforeValidator(_key_id)]
Blob = Annotated[bytes, BeforeValidator(_blob), PlainSerializer(strict_json.to_base64url, return_type=str)]
Moment = Annotated[int, BeforeValidator(_moment)]
Counter = Annotated[int, Field(ge=1, le=MAX_VERSION)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
