"""`GP1:`, the pass of our own: base45 over a COSE_Sign1 over a small CWT (RFC 8392) that names no person.

Everything outside the table of claims below is refused. The signature is checked before a claim is looked at;
the claims are checked before anything else hears of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.events import Reason
from firmware.passes import confirmation, foreign
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted
from firmware.signed import base45, cbor, cose
from firmware.signed.times import LATEST
from firmware.trust import revocation_ids

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.trust.keys import TrustedKey, TrustSet

NAME: Final = "gp1"
PREFIX: Final = b"GP1:"
AAD: Final = b"gapura:pass:1"
MAX_CODE_BYTES: Final = 2048
MAX_NAMES: Final = 16
MAX_ENTRIES: Final = 1000

_NAME: Final = re.compile(r"[a-z0-9-]{1,64}\Z")

EXPIRES, NOT_BEFORE, ISSUED, PASS_ID, CONFIRMATION = 4, 5, 6, 7, 8
PASS_CLASS, AREAS, ENTRIES, HEALTH_OK_UNTIL, ACCESSIBLE, GATES = range(-65537, -65543, -1)
_REQUIRED: Final = {EXPIRES, NOT_BEFORE, ISSUED, PASS_ID, PASS_CLASS, AREAS}
_KNOWN: Final = _REQUIRED | {ENTRIES, HEALTH_OK_UNTIL, ACCESSIBLE, GATES, CONFIRMATION}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a pass says. Times are whole Unix seconds; `pass_id` is 8 to 16 opaque bytes, never a person's number.

    With `holder_key`, a compressed point of P-256, it counts only as its holder presents it (`presented.py`).
    """

    pass_id: bytes
    pass_class: str
    areas: tuple[str, ...]
    issued: int
    not_before: int
    expires: int
    gates: tuple[str, ...] = ()
    entries: int | None = None
    health_ok_until: int | None = None
    accessible: bool = False
    holder_key: bytes | None = None


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code that begins with the prefix; refusals are values, nothing is raised for any bytes."""
    if len(code) > MAX_CODE_BYTES:
        return Unreadable(Reason.TOO_LONG)
    packed = base45.decode(code.removeprefix(PREFIX))
    return Unreadable(Reason.BAD_ENCODING) if packed is None else open_pass(packed, trust)


def open_pass(packed: bytes, trust: TrustSet) -> Reading:
    """Read the signed message inside of a code; nothing outside its protected header is tolerated."""
    message = cose.parse(packed)
    if isinstance(message, Reason):
        return Unreadable(message)
    if message.unprotected:
        return Unreadable(Reason.BAD_HEADER)
    key = foreign.signer(trust, message.key_id, NAME, lambda one: _signed(message, one))
    if isinstance(key, Reason):
        return Untrusted(key, NAME)
    claims = parse_claims(message.payload)
    if claims is None:
        return Untrusted(Reason.BAD_CLAIMS, NAME)
    return _admit(claims, key, trust)


def _signed(message: cose.Sign1, key: TrustedKey) -> bool:
    """Say whether this key, which is one of Ed25519, signed the message as a pass."""
    return isinstance(key.public, Ed25519PublicKey) and cose.verify(message, key.public, AAD)


def _admit(claims: Claims, key: TrustedKey, trust: TrustSet) -> Reading:
    """Hold what the pass says against what its key may say."""
    if claims.pass_class not in key.classes:
        return Untrusted(Reason.WRONG_USAGE, NAME)
    if not key.not_before <= claims.issued < key.not_after:
        return Untrusted(Reason.ISSUER_EXPIRED, NAME)
    own = revocation_ids.cti(key.key_id, claims.pass_id)
    return Pass(
        format=NAME,
        reference=own[1].hex(),
        pass_class=claims.pass_class,
        areas=claims.areas,
        gates=claims.gates,
        issued=claims.issued,
        not_before=claims.not_before,
        expires=claims.expires,
        trust_until=trust.expires,
        entries=claims.entries,
        health_ok_until=claims.health_ok_until,
        accessible=claims.accessible,
        issuer=key.key_id,
        issuer_name=key.issuer,
        trust_issued=trust.issued,
        revocation_ids=(own,),
        holder_key=claims.holder_key,
    )


def parse_claims(payload: bytes) -> Claims | None:
    """Read the claims set, or answer None if a claim is missing, unknown, of a wrong type or out of range."""
    value = cbor.decode(payload)
    if not isinstance(value, dict) or not _REQUIRED <= set(value) <= _KNOWN:
        return None
    times = [value[label] for label in (ISSUED, NOT_BEFORE, EXPIRES)]
    health = value.get(HEALTH_OK_UNTIL)
    holder_key = confirmation.read(value.get(CONFIRMATION))
    entries = value.get(ENTRIES)
    sound = (
        all(_is_time(moment) for moment in times)
        and times[1] < times[2]
        and isinstance(value[PASS_ID], bytes)
        and 8 <= len(value[PASS_ID]) <= 16  # noqa: PLR2004  the range the class docstring states
        and _is_name(value[PASS_CLASS])
        and _are_names(value[AREAS], least=1)
        and _are_names(value.get(GATES, []), least=0 if GATES not in value else 1)
        and (HEALTH_OK_UNTIL not in value or _is_time(health))
        and (ENTRIES not in value or (type(entries) is int and 1 <= entries <= MAX_ENTRIES))
        and value.get(ACCESSIBLE, True) is True
        and (CONFIRMATION not in value or holder_key is not None)
    )
    if not sound:
        return None
    return Claims(
        pass_id=value[PASS_ID],
        pass_class=value[PASS_CLASS],
        areas=tuple(value[AREAS]),
        issued=times[0],
        not_before=times[1],
        expires=times[2],
        gates=tuple(value.get(GATES, ())),
        entries=entries,
        health_ok_until=health,
        accessible=ACCESSIBLE in value,
        holder_key=holder_key,
    )


def _is_time(value: object) -> bool:
    """Say whether these are whole seconds between 1970 and 9999; a float or a bool is no time of ours."""
    return type(value) is int and 0 <= value <= LATEST


def _is_name(value: object) -> bool:
    """Say whether this is a name as it stands in topics and configuration."""
    return isinstance(value, str) and _NAME.match(value) is not None


def _are_names(value: object, least: int) -> bool:
    """Say whether this is a bounded list of distinct names."""
    if not isinstance(value, list) or not least <= len(value) <= MAX_NAMES:
        return False
    return all(_is_name(name) for name in value) and len(set(value)) == len(value)


def encode(claims: Claims, key: Ed25519PrivateKey) -> str:
    """Sign the claims and write them as the text that a QR code holds (alphanumeric mode)."""
    optional = {
        ENTRIES: claims.entries,
        HEALTH_OK_UNTIL: claims.health_ok_until,
        ACCESSIBLE: claims.accessible or None,
        GATES: list(claims.gates) or None,
        CONFIRMATION: None if claims.holder_key is None else confirmation.write(claims.holder_key),
    }
    payload = cbor.encode(
        {
            EXPIRES: claims.expires,
            NOT_BEFORE: claims.not_before,
            ISSUED: claims.issued,
            PASS_ID: claims.pass_id,
            PASS_CLASS: claims.pass_class,
            AREAS: list(claims.areas),
        }
        | {label: value for label, value in optional.items() if value is not None}
    )
    return PREFIX.decode("ascii") + base45.encode(cose.sign(payload, key, AAD))
