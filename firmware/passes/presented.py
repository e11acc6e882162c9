"""`GR1:`, a pass of our own as its holder shows it: wrapped, for a moment and a group of gates, with their signature.

A pass that names its holder's key is worth nothing by itself. The wallet that has the key signs pass, second and group
anew every few seconds; a picture of that is old after half a minute, and what was used once is used. Whether it is, and
at which gates it counts, is judged in the rules: here the signature is the holder's, or it is none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.events import Instant, Reason
from firmware.passes import confirmation, gp1
from firmware.passes.outcome import Pass, Presented, Reading, Unreadable, Untrusted
from firmware.signed import base45, cbor, cose
from firmware.signed.signatures import holds
from firmware.signed.times import LATEST

if TYPE_CHECKING:
    from firmware.trust.keys import TrustSet

NAME: Final = gp1.NAME
PREFIX: Final = b"GR1:"
AAD: Final = b"gapura:presentation:1"
MAX_CODE_BYTES: Final = 2560
"""The longest pass in its wrapping."""

ES256: Final = -7
FRESH_S: Final = 30
"""How far the second of a presentation may be from the time at the gate, either way."""

GROUP, MOMENT, PASS = 3, 6, -65543
"""The claims `aud` and `iat` of RFC 8392, and the whole signed pass."""

_HEADER: Final = cbor.encode({cose.ALGORITHM: ES256})
_GROUP: Final = re.compile(r"[a-z0-9-]{1,64}\Z")
_HALF_BYTES: Final = 32


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code that begins with the prefix; refusals are values, nothing is raised for any bytes.

    What is wrong with the pass inside is said first; what is wrong with the proof of a good pass is `bad_proof`.
    """
    message = _unpack(code)
    if isinstance(message, Reason):
        return Unreadable(message)
    payload, signature = message
    claims = _claims(payload)
    if claims is None:
        return Untrusted(Reason.BAD_PROOF, NAME)
    packed, presented = claims
    credential = gp1.open_pass(packed, trust)
    if not isinstance(credential, Pass):
        return credential
    public = None if credential.holder_key is None else confirmation.key_of(credential.holder_key)
    if public is None or not holds("ES256", public, signature, _to_be_signed(payload)):
        return Untrusted(Reason.BAD_PROOF, NAME)
    return replace(credential, presented=presented)


def freshness(presented: Presented, now: Instant) -> Reason | None:
    """Judge the second of a presentation on the whole time interval: None only if it is fresh at both of its ends."""
    if presented.at + FRESH_S < now.earliest or presented.at - FRESH_S > now.latest:
        return Reason.STALE
    if presented.at + FRESH_S < now.latest or presented.at - FRESH_S > now.earliest:
        return Reason.CLOCK_UNTRUSTED
    return None


def unproven(credential: Pass, now: Instant) -> Reason | None:
    """Say what a pass that names its holder's key lacks of a proof of now; None for a bearer's pass.

    Whoever has waited for an officer since they were judged showed a proof that was fresh then.
    """
    if credential.presented is None:
        return None if credential.holder_key is None else Reason.NO_PROOF
    return None if credential.presented.waited else freshness(credential.presented, now)


def present(code: str, key: ec.EllipticCurvePrivateKey, presented: Presented) -> str:
    """Wrap the text of a pass as the wallet of its holder does; ValueError for a text that is no pass of ours."""
    packed = base45.decode(code.encode().removeprefix(gp1.PREFIX)) if code.startswith(gp1.PREFIX.decode()) else None
    if packed is None:
        message = "no pass of the format GP1"
        raise ValueError(message)
    payload = cbor.encode({GROUP: presented.group, MOMENT: presented.at, PASS: packed})
    first, second = decode_dss_signature(key.sign(_to_be_signed(payload), ec.ECDSA(hashes.SHA256())))
    signature = first.to_bytes(_HALF_BYTES, "big") + second.to_bytes(_HALF_BYTES, "big")
    return PREFIX.decode("ascii") + base45.encode(cbor.encode([_HEADER, {}, payload, signature]))


def _unpack(code: bytes) -> tuple[bytes, bytes] | Reason:
    """Take the text apart down to payload and signature (r and s, 32 bytes each); one header is known."""
    if len(code) > MAX_CODE_BYTES:
        return Reason.TOO_LONG
    packed = base45.decode(code.removeprefix(PREFIX))
    if packed is None:
        return Reason.BAD_ENCODING
    match cbor.decode(packed):
        case cbor.Malformed:
            return Reason.BAD_CBOR
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            if len(signature) != 2 * _HALF_BYTES:
                return Reason.BAD_COSE
            return Reason.BAD_HEADER if protected != _HEADER or unprotected else (payload, signature)
        case _:
            return Reason.BAD_COSE


def _claims(payload: bytes) -> tuple[bytes, Presented] | None:
    """Return the signed pass and what is said of its showing; None where a claim is missing, unknown or wrong."""
    value = cbor.decode(payload)
    if not isinstance(value, dict) or set(value) != {GROUP, MOMENT, PASS}:
        return None
    group, at, packed = value[GROUP], value[MOMENT], value[PASS]
    timed = type(at) is int and 0 <= at <= LATEST
    if not timed or not isinstance(group, str) or _GROUP.match(group) is None or not isinstance(packed, bytes):
        return None
    return packed, Presented(cast("int", at), group)


def _to_be_signed(payload: bytes) -> bytes:
    """Build the Sig_structure of RFC 9052, section 4.4; the pass is part of the payload."""
    return cbor.encode(["Signature1", _HEADER, AAD, payload])
