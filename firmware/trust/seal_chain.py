"""Whether the certificate inside a travel seal stands under a state that this gate trusts.

One step, as the seals have it: the state's authority (CSCA) signs the signer. It decides by what the certificates say
and asks no clock; how long both are good goes into the pass. Source: ICAO Doc 9303-12, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.trust import certificates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.trust.certificates import Certificate
    from firmware.trust.keys import Authority

SEAL_SIGNER: Final = "2.23.136.1.1.14.2"
"""The extended key usage of whoever signs visible digital seals for non-constrained environments."""

_UNDERSTOOD: Final = frozenset({"2.5.29.15", "2.5.29.19", "2.5.29.37", certificates.DOCUMENT_TYPES})
"""Key usage, basic constraints, extended key usage, document types: what is looked at here (RFC 5280, section 4.2)."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Between which Unix seconds every certificate of a chain is good: from `begins` to before `ends`."""

    begins: int
    ends: int


def chain(signer: Certificate, authorities: Iterable[Authority], country: str, document: str) -> Chain | Reason:
    """Find the authority of a state that made a signer of documents of this type.

    `ISSUER_UNKNOWN`: no authority of that state has the signer's issuer's name and key. `BAD_SIGNATURE`: one has, and
    did not sign it. `WRONG_USAGE`: a certificate is for something else, or of another state. `ISSUER_EXPIRED`: the
    signer was made when its authority made none any more, or none yet.
    """
    named = [(one, issuer) for one, issuer in _of(authorities, country) if _may_be(issuer, signer)]
    if not named:
        return Reason.ISSUER_UNKNOWN
    made = [(one, issuer) for one, issuer in named if certificates.signed_by(signer, issuer.public)]
    if not made:
        return Reason.BAD_SIGNATURE
    judged = [_judged(signer, *one, country, document) for one in made]
    return next((one for one in judged if isinstance(one, Chain)), judged[0])


def _judged(
    signer: Certificate, authority: Authority, issuer: Certificate, country: str, document: str
) -> Chain | Reason:
    """Judge a signer under one of the authorities with the key that made it: a state renews its certificate."""
    if not _is_authority(issuer) or not _is_signer(signer, country, document):
        return Reason.WRONG_USAGE
    if not authority.not_before <= signer.not_before < authority.not_after:
        return Reason.ISSUER_EXPIRED
    begins = max(signer.not_before, authority.not_before)
    return Chain(begins, min(signer.not_after + 1, authority.not_after))


def _of(authorities: Iterable[Authority], country: str) -> list[tuple[Authority, Certificate]]:
    """Read the certificates of one state's authorities."""
    found = ((one, certificates.parse(one.certificate)) for one in authorities if one.country == country)
    return [(one, issuer) for one, issuer in found if issuer is not None]


def _may_be(issuer: Certificate, signer: Certificate) -> bool:
    """Say whether a signer names this certificate as its issuer, by name, and by key where both say one."""
    known = issuer.key_id is None or signer.issuer_key_id is None
    return issuer.subject == signer.issuer and (known or issuer.key_id == signer.issuer_key_id)


def _is_authority(issuer: Certificate) -> bool:
    """Say whether a certificate may make others."""
    return issuer.is_authority and issuer.uses is not None and "key_cert_sign" in issuer.uses


def _is_signer(signer: Certificate, country: str, document: str) -> bool:
    """Say whether a certificate is that of a signer of such seals; extensions that it leaves out restrict nothing."""
    return (
        not signer.is_authority
        and signer.country == country
        and (signer.purposes is not None and SEAL_SIGNER in signer.purposes)
        and (signer.uses is None or "digital_signature" in signer.uses)
        and (signer.documents is None or document in signer.documents)
        and signer.critical <= _UNDERSTOOD
    )
