"""A signed token in its compact form (RFC 7515, section 7.1), taken apart; nothing in it is believed here.

It decides only whether text is such a token and what its header says. Which algorithm and which key count, and what the
payload means, is for the format that reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from firmware.events import Reason
from firmware.signed import strict_json

_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a token; `signed` are the bytes that the signature is of (RFC 7515, section 5.2)."""

    header: dict[str, object] = field(hash=False)
    payload: bytes = field(repr=False)
    signature: bytes
    signed: bytes = field(repr=False)


def parse(text: str) -> Token | Reason:
    """Take a token apart, or say what is wrong with it; never raises.

    `BAD_ENCODING`: not three parts of base64url without padding. `BAD_HEADER`: the header is no JSON object, or has
    extensions that must be understood (`crit`, RFC 7515 section 4.1.11): none is understood here.
    """
    parts = text.split(".")
    if len(parts) != _PARTS:
        return Reason.BAD_ENCODING
    header, payload, signature = (strict_json.from_base64url(part) for part in parts)
    if header is None or payload is None or signature is None or not text.isascii():
        return Reason.BAD_ENCODING
    said = strict_json.parse(header)
    if said is None or "crit" in said:
        return Reason.BAD_HEADER
    return Token(said, payload, signature, text.rpartition(".")[0].encode("ascii"))
