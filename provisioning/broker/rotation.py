"""Another device CA beside the old one: both are believed until the last certificate of the old one is gone.

`device-ca.crt` names every CA that is believed, the one that issues first; one rename of that file is what changes. The
new CA's key is there before, under a name of its own. Whom a CA certifies is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning import files
from provisioning.broker import at_rest
from provisioning.broker.certificates import DeviceCa
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BUNDLE: Final = "device-ca.crt"
BROKER: Final = "broker.crt"
CRL: Final = "crl"
_BEGIN: Final = b"-----BEGIN X509 CRL-----"
_MOST_BYTES: Final = 64 << 20
_PEM: Final = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Standing:
    """How one CA stands: its number, its end (Unix s), whether it issues, and which of the given names hang on it."""

    serial: str
    name: str
    ends: int
    issues: bool
    holders: tuple[str, ...]


def rotate(folder: Path, passphrase: bytes | None, *, now: datetime | None = None) -> DeviceCa:
    """Make a CA that issues from now on, and keep the one before beside it; raises OperatorError.

    A kill at any point leaves the old state or the new one; what an interrupted rotation made is cleared away.
    """
    with files.alone(folder):
        before = believed(folder)
        if len(before) > 1:
            line = f"{folder / BUNDLE} holds two CAs already; gapura-ops authority ca retire the older one first"
            raise OperatorError(line)
        cas = _opened(folder, passphrase)
        _clear(folder, before)
        made = DeviceCa.create(_next_name(before[0]), now=now)
        (certificate,) = x509.load_pem_x509_certificates(made.certificate_pem)
        secret = at_rest.secret(folder, passphrase)
        made.write_key(folder / f"device-ca-{certificate.serial_number:x}.key", secret)
        _list_revoked(folder, (made, *cas))  # before: a CA without a list of its own would be believed by nobody
        files.write(folder / BUNDLE, made.certificate_pem + before[0].public_bytes(_PEM))
    return made


def retire(folder: Path, issued: Sequence[x509.Certificate], *, now: datetime | None = None) -> str:
    """Believe the older CA no more, and answer its name; raises OperatorError while something still hangs on it."""
    with files.alone(folder):
        both = believed(folder)
        if len(both) == 1:
            line = f"{folder / BUNDLE} holds one CA; there is none to retire"
            raise OperatorError(line)
        left = _holders(both[1], issued, datetime.now(UTC) if now is None else now)
        if left:
            line = f"{len(left)} certificates of the older CA still run ({', '.join(left[:5])}); let them be renewed"
            raise OperatorError(line)
        files.write(folder / BUNDLE, both[0].public_bytes(_PEM))
        _clear(folder, both[:1])
    return _name(both[1])


def renew_broker(folder: Path, passphrase: bytes | None, *, days: int, now: datetime | None = None) -> x509.Certificate:
    """Certify the broker's own key again, for the same addresses, by the CA that issues; raises OperatorError."""
    path = folder / BROKER
    ca = _opened(folder, passphrase)[0]
    before = _broker_of(files.read(path))
    if before is None or not isinstance(key := before.public_key(), ec.EllipticCurvePublicKey):
        line = f"{path} is not the certificate of a broker; name the device CA's folder"
        raise OperatorError(line)
    made = ca.certify_again(before, key, valid=timedelta(days=days), now=now)
    files.write(path, made.public_bytes(_PEM))
    return made


def _broker_of(data: bytes) -> x509.Certificate | None:
    """Read a broker's certificate; None if it is none."""
    try:
        found = x509.load_pem_x509_certificate(data)
        usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound):
        return None
    return found if ExtendedKeyUsageOID.SERVER_AUTH in usage else None


def status(folder: Path, issued: Sequence[x509.Certificate], *, now: datetime | None = None) -> list[Standing]:
    """Say of each CA how it stands, and who of those whose certificates are given hangs on it."""
    at = datetime.now(UTC) if now is None else now
    return [
        Standing(
            f"{one.serial_number:x}",
            _name(one),
            int(one.not_valid_after_utc.timestamp()),
            place == 0,
            _holders(one, issued, at),
        )
        for place, one in enumerate(believed(folder))
    ]


def believed(folder: Path) -> list[x509.Certificate]:
    """Read the CAs that are believed, the one that issues first; raises OperatorError."""
    try:
        return x509.load_pem_x509_certificates(files.read(folder / BUNDLE))
    except ValueError as error:
        line = f"{folder / BUNDLE} holds no certificate; name the device CA's folder"
        raise OperatorError(line) from error


def _holders(ca: x509.Certificate, issued: Sequence[x509.Certificate], now: datetime) -> tuple[str, ...]:
    """Name those whose certificates this CA has signed and that have not ended."""
    running = (one for one in issued if one.not_valid_after_utc > now)
    return tuple(sorted(_name(one) for one in running if _signed(one, ca)))


def _signed(one: x509.Certificate, ca: x509.Certificate) -> bool:
    """Say whether a CA has signed a certificate."""
    try:
        one.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(one: x509.Certificate) -> str:
    """The common name of a certificate."""
    return str(one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _next_name(before: x509.Certificate) -> str:
    """Call the new CA otherwise than the one before, so that programs which choose by name cannot mistake them."""
    name, _, number = _name(before).rpartition(" ")
    return f"{name} {int(number) + 1}" if name and number.isdecimal() else f"{_name(before)} 2"


def _list_revoked(folder: Path, cas: Sequence[DeviceCa]) -> None:
    """Let each CA sign what is revoked, where the broker's list of that lies beside them.

    OpenSSL asks for a list of each issuer. Every one names every number: numbers of two CAs never meet.
    """
    path = folder / CRL
    if not path.exists():
        return
    parts = files.read(path, _MOST_BYTES).split(_BEGIN)[1:]
    listed = {
        one.serial_number: int(one.revocation_date_utc.timestamp())
        for part in parts
        for one in x509.load_pem_x509_crl(_BEGIN + part)
    }
    files.write(path, b"".join(ca.revocation_list(sorted(listed.items())) for ca in cas), path.stat().st_mode & 0o777)


def _opened(folder: Path, passphrase: bytes | None) -> tuple[DeviceCa, ...]:
    """Open the CA before with this passphrase, so that both open with one."""
    try:
        return DeviceCa.load_all(folder, passphrase)
    except (OSError, ValueError, TypeError) as error:
        line = f"the device CA in {folder} does not open: {error}; check --passphrase-file"
        raise OperatorError(line) from error


def _clear(folder: Path, kept: Sequence[x509.Certificate]) -> None:
    """Remove keys that are no believed CA's."""
    ours = {at_rest.key_path(folder, one) for one in kept}
    for path in sorted({folder / at_rest.KEY, *folder.glob("device-ca-*.key")} - ours):
        path.unlink(missing_ok=True)
    files.sync_directory(folder)
