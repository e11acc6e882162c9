"""A provisioning document for tests, made with a CA and an office of the test's own, and everything in it to change."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from firmware.signed import claim, strict_json
from firmware.signed.envelope import Kind
from provisioning.broker.certificates import DeviceCa
from tests.unit.signed.office import GATE, ISSUED, Office

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

SEED: Final = hashlib.sha256(b"a seed of tests").digest()
CLAIM_ID: Final = "00ff00ff00ff00ff"
OFFICE: Final = Office()
CA: Final = DeviceCa.create(now=datetime.fromtimestamp(ISSUED, UTC))
WIFI: Final[dict[str, object]] = {"wifi": {"ssid": "Kantor", "psk": "rahasia sekali", "hidden": False}}


def certificate(
    user: str = claim.user(GATE, CLAIM_ID), key: ec.EllipticCurvePrivateKey | None = None, ca: DeviceCa = CA
) -> str:
    """Make a claim's certificate, for the key of the seed unless told otherwise."""
    public = (key or claim.claim_key(SEED, GATE)).public_key()
    made = ca.certify(user, public, valid=timedelta(days=14), now=datetime.fromtimestamp(ISSUED, UTC))
    return strict_json.to_base64url(made.public_bytes(Encoding.DER))


def body(**changes: object) -> dict[str, object]:
    """Write a sound body with some members changed; `...` leaves one out."""
    members: dict[str, object] = {
        "gate": GATE,
        "brokers": ["mqtt.example.go.id", "192.0.2.7:8883"],
        "ca": strict_json.to_base64url(CA.certificate.public_bytes(Encoding.DER)),
        "claim": a_claim(),
        "config": {"gate": {"area": "lobby"}},
    } | changes
    return {name: value for name, value in members.items() if value is not ...}


def a_claim(**changes: object) -> dict[str, object]:
    """Write a sound claim with some members changed."""
    members: dict[str, object] = {"id": CLAIM_ID, "seed": strict_json.to_base64url(SEED), "certificate": certificate()}
    return {name: value for name, value in (members | changes).items() if value is not ...}


def document(told: dict[str, object] | None = None, office: Office = OFFICE, **changes: object) -> bytes:
    """Seal a provisioning document for the test's gate."""
    usual: dict[str, object] = {"audience": (GATE,), "version": 3}
    return office.seal(Kind.PROVISION, body() if told is None else told, **(usual | changes))  # type: ignore[arg-type]
