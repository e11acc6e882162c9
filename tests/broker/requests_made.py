"""What devices say to the enrolment service in the tests: good requests, bad ones, and the end of a self-test.

Nothing here connects.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from firmware.doctor import report
from firmware.doctor.findings import Outcome
from firmware.signed import device, enrolment

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes


@dataclass(frozen=True)
class Identity:
    """A key and a certificate, and where both lie as files."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    certificate_path: Path
    key_path: Path


@dataclass(frozen=True)
class Sheet:
    """What a gate reads from its codes: a claim."""

    gate: str
    claim: str
    identity: Identity


def fresh_key() -> ec.EllipticCurvePrivateKey:
    """Make the key that a device would make."""
    return ec.generate_private_key(ec.SECP256R1())


def csr(key: ec.EllipticCurvePrivateKey, gate: str) -> bytes:
    """Ask for a certificate as a good gate does."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, gate)])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.DER)


def asked_with(
    gate: str,
    key: CertificateIssuerPrivateKeyTypes,
    extension: x509.ExtensionType | None = None,
    names: list[x509.NameAttribute[str]] | None = None,
) -> bytes:
    """Word a bad request for a certificate."""
    subject = x509.Name(names or [x509.NameAttribute(NameOID.COMMON_NAME, gate)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if extension is not None:
        made = made.add_extension(extension, critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def claimed(sheet: Sheet, own: ec.EllipticCurvePrivateKey | None = None, **other: object) -> bytes:
    """Word a request by a claim; `other` says what a bad one says instead."""
    parts: dict[str, object] = {
        "nonce": secrets.token_hex(16),
        "claim": sheet.claim,
        "csr": csr(own or fresh_key(), sheet.gate),
        "release": "0.1.0",
        "key": sheet.identity.key,
        "certificate": sheet.identity.certificate,
    }
    return enrolment.ask(**(parts | other))  # type: ignore[arg-type]


def renewed(identity: Identity, gate: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Word a renewal."""
    parts = {"nonce": secrets.token_hex(16), "claim": None, "release": "0.1.0", "csr": csr(key, gate)}
    return enrolment.ask(**parts, key=identity.key, certificate=identity.certificate)  # type: ignore[arg-type]


def done(identity: Identity, gate: str, *, passed: bool = True) -> bytes:
    """Word the report of a self-test, with its signed record."""
    step = report.Entry(
        id="relay", outcome=Outcome.OK if passed else Outcome.FAIL, reason=None if passed else "stuck", figures={}
    )
    record = report.Record(
        gate=gate, boot="b", version="0.1.0", config_digest="0" * 64, number=1, way="unattended", steps=[step]
    )
    signed = device.sign(report.render(record), identity.key, identity.certificate, report.AAD)
    outcome = "passed" if passed else "failed"
    steps = {"relay": "ok" if passed else "stuck"}
    return enrolment.render(
        enrolment.Done(nonce=secrets.token_hex(16), outcome=outcome, steps=steps, record=signed)  # type: ignore[arg-type]
    )


def now_of(sheet: Sheet) -> int:
    """When a sheet was printed."""
    return int(sheet.identity.certificate.not_valid_before_utc.timestamp()) + 3600


def now() -> int:
    """Read the clock."""
    return int(time.time())
