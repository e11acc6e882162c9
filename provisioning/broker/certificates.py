"""The device CA: certificates that name who connects to the broker, and nothing more.

It decides what a certificate may be used for. No key here opens a door or signs a pass; a stolen one speaks MQTT in its
own name until it expires.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.records.wire import valid_id
from provisioning import files
from provisioning.broker import at_rest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PEM: Final = serialization.Encoding.PEM
_BACKDATED = timedelta(hours=1)
_CA_DAYS = 3650


class Holder(StrEnum):
    """Who a certificate is for; an operator's or a service's name can never be mistaken for a gate's."""

    BROKER = "broker"
    GATE = "gate"
    OPERATOR = "operator"
    SERVICE = "service"

    def user(self, name: str) -> str:
        """The name that the broker takes from the certificate and looks up in its access list."""
        return f"{self}:{name}" if self in {Holder.OPERATOR, Holder.SERVICE} else name


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, both PEM; the key is not encrypted."""

    user: str
    certificate: bytes
    key: bytes
    ends: datetime

    @property
    def stem(self) -> str:
        """How its files are called unless they are called otherwise."""
        return self.user.replace(":", "-")

    def write(self, directory: Path, stem: str | None = None) -> tuple[Path, Path]:
        """Write `<stem>.crt` and `<stem>.key` (mode 0600) and return where; neither is ever half written."""
        stem = self.stem if stem is None else stem
        certificate, key = directory / f"{stem}.crt", directory / f"{stem}.key"
        files.write(key, self.key, files.PRIVATE)
        files.write(certificate, self.certificate)
        return certificate, key


class DeviceCa:
    """A CA for the broker, its gates and its operators."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        """Take an existing CA; `create` and `load` make one."""
        self._certificate = certificate
        self._key = key

    @classmethod
    def create(cls, name: str = "Gapura device CA", *, now: datetime | None = None) -> DeviceCa:
        """Make a new CA that may sign end certificates only."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key.public_key(), _now(now), timedelta(days=_CA_DAYS))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def load(cls, directory: Path, passphrase: bytes | None = None) -> DeviceCa:
        """Read the CA that issues: the first of `device-ca.crt`; raises OSError, ValueError or TypeError."""
        return cls.load_all(directory, passphrase)[0]

    @classmethod
    def load_all(cls, directory: Path, passphrase: bytes | None = None) -> tuple[DeviceCa, ...]:
        """Read every CA of `device-ca.crt`: the one that issues, and behind it the one that it follows, if any."""
        found, secret = [], at_rest.secret(directory, passphrase)
        for certificate in x509.load_pem_x509_certificates((directory / "device-ca.crt").read_bytes()):
            path = at_rest.key_path(directory, certificate)
            key = serialization.load_pem_private_key(path.read_bytes(), secret)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
                message = f"{path} is not the ECDSA key of its certificate in device-ca.crt"
                raise TypeError(message)
            found.append(cls(certificate, key))
        return tuple(found)

    def write(self, directory: Path, passphrase: bytes | None = None) -> Path:
        """Write `device-ca.crt` and `device-ca.key` (mode 0600) and return the certificate's path."""
        self.write_key(directory / at_rest.KEY, at_rest.secret(directory, passphrase, begins=True))
        path = directory / "device-ca.crt"
        files.write(path, self.certificate_pem)
        return path

    def write_key(self, path: Path, secret: bytes | None = None) -> None:
        """Write its key alone (mode 0600), encrypted by what `at_rest.secret` makes of the passphrase."""
        files.write(path, _pem(self._key, secret), files.PRIVATE)

    @property
    def certificate(self) -> x509.Certificate:
        """The CA's own certificate."""
        return self._certificate

    @property
    def certificate_pem(self) -> bytes:
        """What everybody who connects has to trust."""
        return self._certificate.public_bytes(_PEM)

    def issue(
        self,
        holder: Holder,
        name: str,
        *,
        addresses: Sequence[str] = (),
        valid: timedelta = timedelta(days=398),
        now: datetime | None = None,
    ) -> Issued:
        """Make a key and a certificate for one end; the broker's `addresses` are what gates may call it by."""
        if not valid_id(name):
            message = f"a {holder} is named with [a-z0-9-]{{1,64}}, not {name!r}"
            raise ValueError(message)
        if (holder is Holder.BROKER) != bool(addresses):
            message = "the broker needs the addresses it is called by, and nobody else has any"
            raise ValueError(message)
        user = holder.user(name)
        key = ec.generate_private_key(ec.SECP256R1())
        names = [_general_name(each) for each in addresses]
        certificate = self._sign(user, key.public_key(), names, _now(now), valid)
        return Issued(user, certificate.public_bytes(_PEM), _pem(key, None), certificate.not_valid_after_utc)

    def certify(
        self, user: str, key: ec.EllipticCurvePublicKey, *, valid: timedelta, now: datetime | None = None
    ) -> x509.Certificate:
        """Certify a client's key that its holder has; whether it may be called `user` is the caller's matter."""
        return self._sign(user, key, [], _now(now), valid)

    def certify_again(
        self, before: x509.Certificate, key: ec.EllipticCurvePublicKey, *, valid: timedelta, now: datetime | None = None
    ) -> x509.Certificate:
        """Certify a broker's key by the name and the addresses that it was certified by before."""
        names = before.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        user = str(before.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        return self._sign(user, key, list(names), _now(now), valid)

    def _sign(
        self,
        user: str,
        key: ec.EllipticCurvePublicKey,
        addresses: Sequence[x509.GeneralName],
        now: datetime,
        valid: timedelta,
    ) -> x509.Certificate:
        """Sign the certificate of one end: the broker's, which has addresses, or a client's."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
        builder = _builder(subject, self._certificate.subject, key, now, valid)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        usage = ExtendedKeyUsageOID.SERVER_AUTH if addresses else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        names = addresses or [x509.UniformResourceIdentifier(f"gapura:{user}")]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        return builder.sign(self._key, hashes.SHA256())

    def revocation_list(self, revoked: Sequence[tuple[int, int]] = (), *, now: datetime | None = None) -> bytes:
        """Sign the list of serial numbers with their times (Unix seconds), as PEM (RFC 5280, section 5).

        It holds as long as the CA: a list that has ended shuts every client out, and it is written anew at each change.
        """
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._certificate.subject)
        builder = builder.last_update(_now(now) - _BACKDATED).next_update(self._certificate.not_valid_after_utc)
        for serial, at in revoked:
            one = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(one.revocation_date(datetime.fromtimestamp(at, UTC)).build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(_PEM)


def _now(now: datetime | None) -> datetime:
    return datetime.now(UTC) if now is None else now


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes | None) -> bytes:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, encryption)
