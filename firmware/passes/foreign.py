"""Which trusted key signed a pass of any format, and what of ours the passes of other issuers become.

A pass of others names no class and no area. Its class comes from the trust list, its areas from the policy; it has no
entries to count. What its key may not say is refused here, once for every format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes.outcome import Pass
from firmware.trust import revocation_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.passes.health import HealthFacts, Holder
    from firmware.trust.keys import TrustedKey, TrustSet
    from firmware.trust.revocation_ids import RevocationId

COMMON_CLASS: Final = "visitor"
"""The class of a pass whose key may issue several."""

FUTURE_S: Final = 300
"""How far ahead of ours an issuer's clock may be, in seconds."""


def signer(trust: TrustSet, key_id: bytes, name: str, signed: Callable[[TrustedKey], bool]) -> TrustedKey | Reason:
    """Find the trusted key of this id that signed a pass of the format; every key of the id is tried."""
    candidates = trust.find(key_id, name)
    if not candidates:
        return unknown(trust, key_id)
    return next((key for key in candidates if signed(key)), Reason.BAD_SIGNATURE)


def unknown(trust: TrustSet, key_id: bytes) -> Reason:
    """Say why no key of this id counts."""
    if key_id in trust.refused_ids:
        return Reason.TEST_KEY
    return Reason.UNKNOWN_KEY if trust.keys else Reason.NO_TRUST


def class_of(key: TrustedKey) -> str | None:
    """Name the class of what a key signs: its only one, else the common one; None if it may issue neither."""
    if len(key.classes) == 1:
        return next(iter(key.classes))
    return COMMON_CLASS if COMMON_CLASS in key.classes else None


def overreach(key: TrustedKey, *, issued: int, usage: str | None = None, country: str | None = None) -> Reason | None:
    """Say whether a pass says more than its key may: another class, kind of proof or state, or issued out of its time.

    `usage` and `country` None are not said by the pass, and not held against the key.
    """
    allowed = usage is None or key.usages is None or usage in key.usages
    own = country is None or key.country is None or country == key.country
    if class_of(key) is None or not allowed or not own:
        return Reason.WRONG_USAGE
    return None if key.not_before <= issued < key.not_after else Reason.ISSUER_EXPIRED


def begins(issued: int, not_before: int | None) -> int:
    """From when a pass is good (Unix s): as it says, and not while it claims to be issued in the future."""
    return max(issued - FUTURE_S, not_before or 0, 0)


def passed(
    name: str,
    key_id: bytes,
    issuer: str,
    unique: bytes,
    trust: TrustSet,
    *,
    pass_class: str,
    issued: int,
    not_before: int,
    expires: int,
    facts: HealthFacts,
    holder: Holder | None,
    certificate: Mapping[str, object] | None = None,
    names: tuple[RevocationId, ...] = (),
) -> Pass:
    """Make a pass of what an issuer of others said: good in every area that the policy gives its class, at any gate.

    Its reference is a digest of the key id and of what is `unique` in it, under which the office can take it back;
    `names` are those by which its issuer can.
    """
    own = revocation_ids.cti(key_id, unique)
    return Pass(
        format=name,
        reference=own[1].hex(),
        pass_class=pass_class,
        areas=None,
        gates=(),
        issued=issued,
        not_before=not_before,
        expires=expires,
        trust_until=trust.expires,
        issuer=key_id,
        issuer_name=issuer,
        trust_issued=trust.issued,
        health=facts,
        certificate=certificate,
        holder=holder,
        revocation_ids=(own, *names),
    )
