"""Whether a gate gets a certificate: a pure function of what it asks and of what the desk knows.

It decides in a fixed order and by the first thing that is wrong: what is asked, who asks, whether the desk wants such a
gate, and what the claim is worth. It signs nothing, writes nothing and reads no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.signed import claim as claims
from firmware.signed import device, enrolment
from firmware.signed.device import DeviceRefusal, Vouched
from firmware.signed.enrolment import Refusal
from provisioning.enrolment.requests import key_of
from provisioning.fleet import lifecycle
from provisioning.fleet.ledger_rows import Use, key_digest
from provisioning.fleet.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.signed.enrolment import Request
    from provisioning.fleet.ledger_rows import Certificate, Claim, Standing

DUE_AFTER: Final = 2 / 3
"""Of a certificate's life: from then on it may be renewed."""

_BY_USE: Final = {
    Use.OTHER_KEY: Refusal.CLAIM_USED,
    Use.EXPIRED: Refusal.CLAIM_EXPIRED,
    Use.UNKNOWN: Refusal.UNKNOWN_CLAIM,
    Use.WRONG_GATE: Refusal.WRONG_GATE,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk knows of a gate; `wanted` says that the inventory has it and somebody approved it there."""

    standing: Standing | None
    wanted: bool
    claim: Claim | None
    certificates: Sequence[Certificate]


@dataclass(frozen=True, slots=True)
class Grant:
    """A certificate for this key; the one that was given before, if the key has one that is good."""

    key: ec.EllipticCurvePublicKey
    digest: bytes
    before: Certificate | None


@dataclass(frozen=True, slots=True)
class Denial:
    """No certificate; `suspend` says that two devices showed the same claim, and nobody knows which is the gate."""

    reason: Refusal
    suspend: bool = False


def judge(request: Request, gate: str, known: Known, cas: Sequence[x509.Certificate], now: int) -> Grant | Denial:
    """Judge what came on `gate`'s topic at `now` (Unix seconds); the first of `cas` signs, all of them are believed."""
    key = key_of(request.csr, gate)
    if isinstance(key, Refusal):
        return Denial(key)
    asker = _asker(request, gate, cas)
    if isinstance(asker, Refusal):
        return Denial(asker)
    if (refused := _unwanted(known)) is not None:
        return Denial(refused)
    digest = key_digest(key)
    denial = _claimed(known.claim, gate, digest, now) if request.claim else _renewed(asker, digest, known, cas, now)
    if denial is not None:
        return denial
    good = (one for one in known.certificates if one.key_digest == digest and one.revoked is None and one.ends > now)
    return Grant(key, digest, next(good, None))


def _asker(request: Request, gate: str, cas: Sequence[x509.Certificate]) -> Vouched | Refusal:
    """Say who signed the request, if it is the claim's key that it names, or for a renewal the gate's own."""
    asker = enrolment.prove(request, cas)
    if not isinstance(asker, Vouched):
        return Refusal.CA_MISMATCH if asker is DeviceRefusal.UNKNOWN_CA else Refusal.WRONG_PROOF
    right = gate if request.claim is None else claims.user(gate, request.claim)
    if asker.name == right:
        return asker
    is_claim = asker.name.startswith("claim:")
    other = asker.name.split(":")[1 if is_claim else 0] != gate
    return Refusal.WRONG_GATE if other and is_claim is (request.claim is not None) else Refusal.WRONG_PROOF


def _unwanted(known: Known) -> Refusal | None:
    """Say why the desk does not want this gate."""
    standing = known.standing
    if standing is not None and standing.state is State.RETIRED:
        return Refusal.RETIRED
    if standing is None or not known.wanted or not lifecycle.has_claims(standing.state):
        return Refusal.NOT_APPROVED
    return Refusal.SUSPENDED if standing.suspended else None


def _claimed(claim: Claim | None, gate: str, digest: bytes, now: int) -> Denial | None:
    """Say what is wrong with a claim."""
    use = Use.UNKNOWN if claim is None else claim.use(gate, digest, now)
    refused = _BY_USE.get(use)
    return None if refused is None else Denial(refused, suspend=use is Use.OTHER_KEY)


def _renewed(asker: Vouched, digest: bytes, known: Known, cas: Sequence[x509.Certificate], now: int) -> Denial | None:
    """Say what is wrong with a renewal: by a certificate in force, for a new key, when it is due.

    What an older CA has signed may be renewed at any time, so that a fleet can be moved to a new one.
    """
    own = [one for one in known.certificates if one.serial == asker.certificate.serial_number]
    if not own or own[0].revoked is not None or own[0].ends <= now:
        return Denial(Refusal.WRONG_PROOF)
    if own[0].key_digest == digest:
        return Denial(Refusal.WEAK_KEY)
    begins, ends = asker.certificate.not_valid_before_utc.timestamp(), asker.certificate.not_valid_after_utc.timestamp()
    due = now >= begins + (ends - begins) * DUE_AFTER or not device.issued(asker.certificate, cas[0])
    return None if due else Denial(Refusal.NOT_DUE)
