"""Who this gate is to others: its certificate, the key that belongs to it, and the name of its configuration."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from firmware.control.documents import read_bounded
from firmware.records.chain import CHECKPOINT_AAD
from firmware.signed import device

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.config import Config


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate made out to this gate, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def ends(self) -> int:
        """When the certificate ends (Unix seconds)."""
        return int(self.certificate.not_valid_after_utc.timestamp())


def read_identity(config: Config) -> Identity | None:
    """Read both; None if there are none, or they are not this gate's, or do not belong together."""
    mqtt = config.mqtt
    if mqtt is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(read_bounded(mqtt.certificate))
        key = load_pem_private_key(read_bounded(mqtt.key), None)
    except (OSError, ValueError, TypeError):
        return None
    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        return None
    return Identity(certificate, key) if names == [config.gate.id] and _fit(certificate, key) else None


class CertificateEnd:
    """When this gate's certificate ends, as it was read when it was last put to use; any thread may ask."""

    def __init__(self, config: Config) -> None:
        """Read it now."""
        self._config = config
        self.at: int | None = None
        self.read()

    def read(self) -> None:
        """Read it anew (Unix seconds); None if there is none that is this gate's."""
        identity = read_identity(self._config)
        self.at = None if identity is None else identity.ends

    def link_changed(self, up: bool) -> None:  # noqa: FBT001  the signature of the link's callback
        """Read it anew: a connection begins with the file as it is then."""
        if up:
            self.read()


def signer(config: Config) -> Callable[[bytes], bytes | None]:
    """Make what signs the journal's checkpoints; it says None as long as the gate has no key, and looks each time."""

    def sign(payload: bytes) -> bytes | None:
        identity = read_identity(config)
        return None if identity is None else device.sign(payload, identity.key, identity.certificate, CHECKPOINT_AAD)

    return sign


def _fit(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bool:
    """Say whether the key is the certificate's."""
    return certificate.public_key() == key.public_key()


def config_digest(config: Config) -> str:
    """Name a configuration by what it says, however it is written (hex)."""
    return hashlib.sha256(config.model_dump_json().encode()).hexdigest()
