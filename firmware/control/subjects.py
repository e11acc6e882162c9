"""What is said of a person in place of who they are: a subject for a day, a contact reference for the health office.

It decides neither which records carry them nor for whom; `accounts.py` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from firmware.signed.contact import Contact, seal_contact

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.events import Instant
    from firmware.passes.outcome import Pass


class Subjects(Protocol):
    """What makes a subject of a pass; `control/keyring.py` has the keys."""

    def subject(self, reference: str, now: Instant) -> str | None:
        """Name a pass for today in this area; None without a key of today."""

    def told(self) -> dict[str, object]:
        """Say for the journal which keys these are."""


class NoSubjects:
    """No area, no keys: a tool or a simulation names nobody."""

    def subject(self, reference: str, now: Instant) -> str | None:  # noqa: ARG002  the protocol's own
        """Name nobody."""
        return None

    def told(self) -> dict[str, object]:
        """Say nothing."""
        return {}


def contact_of(credential: Pass, office: ec.EllipticCurvePublicKey | None, gate: str) -> str | None:
    """Seal the reference of a pass to the health office's key (base64url); None where there is no such key.

    The caller asks by the class that everybody reads, so that a pass shown under duress leaves as many records as any.
    """
    if office is None:
        return None
    return seal_contact(Contact(credential.issuer, credential.reference), office, gate)
