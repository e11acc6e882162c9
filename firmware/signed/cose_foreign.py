"""COSE_Sign1 as others sign it (RFC 9052, RFC 8392): any encoding that is unambiguous, and several algorithms.

What decides is read from the protected header alone. Our own messages are read by `cose`, which takes one encoding and
one algorithm; nothing that it refuses becomes ours by passing here. Whether a key is trusted is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.signed import cbor_foreign
from firmware.signed.cbor import Malformed
from firmware.signed.cose import ALGORITHM, KEY_ID, to_be_signed
from firmware.signed.signatures import holds

if TYPE_CHECKING:
    from firmware.signed.signatures import Algorithm, PublicKey

CRITICAL: Final = 2
CONTENT_TYPE: Final = 3
MAX_KEY_ID_BYTES: Final = 64
MAX_HEADERS: Final = 16

ALGORITHMS: Final[dict[int, Algorithm]] = {
    -7: "ES256",
    -8: "EdDSA",
    -35: "ES384",
    -36: "ES512",
    -37: "PS256",
    -38: "PS384",
    -39: "PS512",
}
"""RFC 9053 section 2 and RFC 8230 section 2."""

_UNDERSTOOD: Final = frozenset({ALGORITHM, CONTENT_TYPE, KEY_ID})
_SIGN1_TAG: Final = b"\xd2"
_CWT_TAG: Final = b"\xd8\x3d"
_TAG: Final = 6


@dataclass(frozen=True, slots=True)
class ForeignSign1:
    """A message taken apart; nothing in it is believed yet.

    `algorithm` and `key_id` are those of the protected header, None where it has none that is known here.
    """

    protected: bytes
    algorithm: Algorithm | None
    key_id: bytes | None
    payload: bytes
    signature: bytes


def parse(data: bytes) -> ForeignSign1 | Reason:
    """Take a COSE_Sign1 apart, tagged 18, tagged 18 within 61 (a CWT) or untagged; never raises.

    `BAD_CBOR`: not well-formed, ambiguous, or longer than one item. `BAD_COSE`: another tag in front, or not the
    four-part shape. `BAD_HEADER`: a header that is no map, or something critical in it that is not understood.
    """
    rest = data.removeprefix(_CWT_TAG) if data.startswith(_CWT_TAG + _SIGN1_TAG) else data
    rest = rest.removeprefix(_SIGN1_TAG)
    if rest[:1] and rest[0] >> 5 == _TAG:
        return Reason.BAD_COSE
    match cbor_foreign.decode(rest):
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            header = _header(protected)
            if header is None or CRITICAL in unprotected or len(unprotected) > MAX_HEADERS:
                return Reason.BAD_HEADER
            return ForeignSign1(protected, _algorithm(header), _key_id(header), payload, signature)
        case value:
            return Reason.BAD_CBOR if value is Malformed else Reason.BAD_COSE


def signed_by(message: ForeignSign1, algorithm: Algorithm, public: PublicKey, aad: bytes = b"") -> bool:
    """Say whether this key signed the message by the algorithm that it is pinned to, which the message must name."""
    if message.algorithm != algorithm:
        return False
    return holds(algorithm, public, message.signature, to_be_signed(message.protected, message.payload, aad))


def _header(protected: bytes) -> dict[object, object] | None:
    """Decode the protected header: None for anything but a map whose critical labels are all understood and there."""
    header = cbor_foreign.decode(protected) if protected else {}
    if not isinstance(header, dict) or len(header) > MAX_HEADERS:
        return None
    if CRITICAL not in header:
        return header
    match header[CRITICAL]:
        case [*labels] if labels and all(type(one) is int and one in _UNDERSTOOD and one in header for one in labels):
            return header
        case _:
            return None


def _algorithm(header: dict[object, object]) -> Algorithm | None:
    """Read the algorithm by its number; a name in text is none."""
    value = header.get(ALGORITHM)
    return ALGORITHMS.get(value) if type(value) is int else None


def _key_id(header: dict[object, object]) -> bytes | None:
    """Read the key id."""
    value = header.get(KEY_ID)
    return value if isinstance(value, bytes) and 1 <= len(value) <= MAX_KEY_ID_BYTES else None
