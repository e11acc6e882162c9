"""What a reader may say to the gate: the codec of the scan socket, nothing more.

It decides whether bytes are a message of ours, strictly and without ever raising on input. It may not touch a
socket, a clock or a file; whether a scan is fresh is judged by who receives it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

VERSION = 1
MAX_MESSAGE_BYTES = 32 * 1024
MAX_CODES = 4
MAX_CODE_BYTES = 7089
"""The most one QR Code holds: version 40-L in numeric mode."""
MAX_VALUES = 32
MAX_NUMBER = 2**53 - 1
_NAME = re.compile(r"[a-z_]{1,32}")
_ENVELOPE_BYTES = 128
"""Room for everything around the codes of a scan, the commas and quotes between them included."""


class Cause(StrEnum):
    """Why a message or a peer was refused."""

    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    VERSION = "version"
    STALE = "stale"
    FUTURE = "future"
    PEER = "peer"
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Scan:
    """The codes of one frame, and when that frame was taken (CLOCK_BOOTTIME)."""

    boottime_ms: int
    codes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """The heartbeat: flat numbers about the reader, sorted by name."""

    boottime_ms: int
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The bytes are no message of ours."""

    cause: Cause


def encode(message: Scan | Beat) -> bytes:
    """Write a message; ValueError if it would break a bound that `decode` enforces."""
    body: dict[str, object] = {"v": VERSION, "boottime_ms": message.boottime_ms}
    match message:
        case Scan(codes=codes):
            body |= {"type": "scan", "codes": [base64.b64encode(code).decode("ascii") for code in codes]}
        case Beat(values=values):
            body |= {"type": "beat", "values": dict(values)}
    data = json.dumps(body, separators=(",", ":")).encode("ascii")
    if decode(data) != message:
        why = f"not a message the gate would take: {type(message).__name__}"
        raise ValueError(why)
    return data


def fitting(codes: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the first codes that fit into one scan together; one too long or empty is passed over."""
    kept: list[bytes] = []
    room = MAX_MESSAGE_BYTES - _ENVELOPE_BYTES
    for code in codes:
        size = (len(code) + 2) // 3 * 4
        if 0 < len(code) <= MAX_CODE_BYTES and size <= room and len(kept) < MAX_CODES:
            kept.append(code)
            room -= size
    return tuple(kept)


def decode(data: bytes) -> Scan | Beat | Refused:
    """Read one message; anything but an exact message of this version is a `Refused`."""
    if len(data) > MAX_MESSAGE_BYTES:
        return Refused(Cause.TOO_LONG)
    try:
        body = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refused(Cause.MALFORMED)
    if not isinstance(body, dict) or not _is_number(version := body.pop("v", None)):
        return Refused(Cause.MALFORMED)
    if version != VERSION:
        return Refused(Cause.VERSION)
    return _message(body) or Refused(Cause.MALFORMED)


def _message(body: dict[str, object]) -> Scan | Beat | None:
    match body:
        case {"type": "scan", "boottime_ms": stamp, "codes": list(items), **rest} if not rest and _is_number(stamp):
            codes = _codes(items)
            return None if codes is None else Scan(stamp, codes)
        case {"type": "beat", "boottime_ms": stamp, "values": dict(items), **rest} if not rest and _is_number(stamp):
            values = _values(items)
            return None if values is None else Beat(stamp, values)
        case _:
            return None


def _codes(items: list[object]) -> tuple[bytes, ...] | None:
    if not 1 <= len(items) <= MAX_CODES:
        return None
    codes = tuple(_code(item) for item in items)
    return None if b"" in codes else codes


def _code(item: object) -> bytes:
    """Return the bytes of canonical base64; empty for anything else, since an empty code is none."""
    try:
        code = base64.b64decode(item, validate=True) if isinstance(item, str) else b""
    except (binascii.Error, ValueError):
        return b""
    canonical = base64.b64encode(code).decode("ascii") == item
    return code if canonical and len(code) <= MAX_CODE_BYTES else b""


def _values(items: dict[str, object]) -> tuple[tuple[str, int], ...] | None:
    if len(items) > MAX_VALUES or not all(_NAME.fullmatch(name) for name in items):
        return None
    values = tuple((name, value) for name, value in sorted(items.items()) if _is_number(value))
    return values if len(values) == len(items) else None


def _is_number(value: object) -> TypeGuard[int]:
    """Tell a whole number from 0 to 2^53-1; JSON's true is none."""
    return type(value) is int and 0 <= value <= MAX_NUMBER


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    body = dict(pairs)
    if len(body) != len(pairs):
        why = "a key stands twice"
        raise ValueError(why)
    return body


def _no_constant(name: str) -> object:
    why = f"{name} is not JSON"
    raise ValueError(why)
