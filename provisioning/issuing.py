"""Issuing passes: an order is checked by the firmware's own reader before a code leaves, one or thousands.

A pass names a class, areas and a time, never a person. Whoever issues sees no key of another role.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes import gp1, presented
from firmware.passes.outcome import Pass, Presented
from firmware.signed import cose, strict_json
from firmware.signed.warrant import Role
from firmware.trust.document import trusted_key
from firmware.trust.keys import TrustSet
from firmware.trust.public import to_bytes
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.trust.keys import TrustedKey
    from provisioning.authority import Authority

PASS_ID_BYTES: Final = 16
MOST_SHOWN: Final = 600
"""Letters of a presentation: as many as version 15 of QR holds at level M, which telephone and camera still manage."""

_USUAL_GROUP: Final = "g" * 16
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Order:
    """What a pass shall say. Times are Unix seconds; it is good from `not_before` to before `expires`.

    With a `holder_key` (compressed point of P-256) it counts only as the wallet with that key presents it.
    """

    pass_class: str
    areas: tuple[str, ...]
    not_before: int
    expires: int
    gates: tuple[str, ...] = ()
    entries: int | None = None
    health_ok_until: int | None = None
    accessible: bool = False
    holder_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A finished pass: the text of its code, what it says, and the reference by which gates know it."""

    code: str
    claims: gp1.Claims
    reference: str = ""

    @property
    def sha256(self) -> str:
        """The digest by which other tools name this code (hex)."""
        return hashlib.sha256(self.code.encode("ascii")).hexdigest()

    @property
    def pass_id_sha256(self) -> str:
        """The digest of the pass id (hex): enough to find a pass again, not enough to be one."""
        return hashlib.sha256(self.claims.pass_id).hexdigest()


@dataclass(frozen=True, slots=True)
class Desk:
    """An opened issuing desk: the key is opened once, then passes are made from memory."""

    key: Ed25519PrivateKey
    entry: TrustedKey

    def issue(self, order: Order, *, now: int) -> Issued:
        """Sign one pass, and read it back as a gate would before it leaves."""
        check(order)
        claims = gp1.Claims(
            pass_id=secrets.token_bytes(PASS_ID_BYTES),
            pass_class=order.pass_class,
            areas=order.areas,
            gates=order.gates,
            issued=now,
            not_before=order.not_before,
            expires=order.expires,
            entries=order.entries,
            health_ok_until=order.health_ok_until,
            accessible=order.accessible,
            holder_key=order.holder_key,
        )
        code = gp1.encode(claims, self.key)
        trust = TrustSet(keys=(self.entry,), version=1, issued=now, expires=self.entry.not_after)
        reading = gp1.read(code.encode("ascii"), trust)
        if not isinstance(reading, Pass):
            raise OperatorError(_remedy(reading.reason.value, order, self.entry))
        if order.holder_key is not None and (letters := _shown_letters(code, order.expires)) > MOST_SHOWN:
            most = f"a wallet would show this pass in {letters} letters, and cameras read {MOST_SHOWN}"
            line = f"--areas, --gates: {most}; name fewer or shorter ones"
            raise OperatorError(line)
        return Issued(code, claims, reading.reference)


def open_desk(authority: Authority) -> Desk:
    """Open the passes key and find its entry in the list of issuers."""
    key = authority.signer(Role.PASSES)
    raw = key.public_key().public_bytes_raw()
    issuers, _ = authority.issuers()
    for issuer in issuers.issuers:
        for entry in issuer.keys:
            if entry.key == raw:
                return Desk(key, trusted_key(issuer.name, entry))
    line = f"{authority.folder}/issuers.json does not list the passes key; no gate would believe it, so add it back"
    raise OperatorError(line)


def _shown_letters(code: str, at: int) -> int:
    """Count the letters in which a wallet shows a pass, whoever has the key."""
    anybody = ec.derive_private_key(1, ec.SECP256R1())
    return len(presented.present(code, anybody, Presented(at, _USUAL_GROUP)))


def check(order: Order) -> None:
    """Refuse what the pass format cannot say, in words."""
    if order.not_before >= order.expires:
        line = "--until is not after --from; give a time at which the pass ends"
        raise OperatorError(line)
    if order.entries is not None and not 1 <= order.entries <= gp1.MAX_ENTRIES:
        line = f"--entries must be from 1 to {gp1.MAX_ENTRIES}; leave it out for any number"
        raise OperatorError(line)
    for option, names in (("--class", (order.pass_class,)), ("--areas", order.areas), ("--gates", order.gates)):
        if len(names) > gp1.MAX_NAMES or len(set(names)) != len(names):
            line = f"{option}: at most {gp1.MAX_NAMES} names, each once"
            raise OperatorError(line)
        bad = next((name for name in names if _NAME.fullmatch(name) is None), None)
        if bad is not None:
            line = f"{option}: {bad!r} is no name; use 1 to 64 of a-z, 0-9 and -"
            raise OperatorError(line)


def _remedy(reason: str, order: Order, entry: TrustedKey) -> str:
    """Say what to do about a pass that a gate would refuse."""
    match reason:
        case "wrong_usage":
            known = ", ".join(sorted(entry.classes))
            return f"--class: this key may issue {known}, not {order.pass_class}; add it to issuers.json if it should"
        case "issuer_expired":
            return "the passes key is not in force today by issuers.json; renew it"
        case "unknown_key":
            kid = strict_json.to_base64url(cose.key_id(to_bytes(entry.public)))
            return f"issuers.json names the passes key by a wrong kid; write {kid}"
        case _:
            return f"a gate would refuse this pass: {reason}; check the options"
