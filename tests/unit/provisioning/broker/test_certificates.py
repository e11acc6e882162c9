"""What a certificate of the device authority says, and what it can never say.

Certificates are read back with the same library that a client would use.
"""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.broker.certificates import DeviceCa, Holder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AUTHORITY = DeviceCa.create()
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("holder", "addresses", "user", "usage"),
    [
        (Holder.GATE, (), "lobby-1", ExtendedKeyUsageOID.CLIENT_AUTH),
        (Holder.OPERATOR, (), "operator:lobby-1", ExtendedKeyUsageOID.CLIENT_AUTH),
        (Holder.BROKER, ("127.0.0.1", "broker.example"), "lobby-1", ExtendedKeyUsageOID.SERVER_AUTH),
    ],
)
def test_a_certificate_names_its_holder_and_serves_one_purpose(
    holder: Holder, addresses: Sequence[str], user: str, usage: x509.ObjectIdentifier
) -> None:
    """CN is the broker's user name; the key usage is exactly one; it is signed by the authority and no authority."""
    issued = AUTHORITY.issue(holder, "lobby-1", addresses=addresses, now=NOW)
    certificate = x509.load_pem_x509_certificate(issued.certificate)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [name.value for name in names] == [user] == [issued.user]
    assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [usage]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(AUTHORITY.certificate_pem))
    assert certificate.not_valid_after_utc - NOW == timedelta(days=398)
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"


def test_the_brokers_certificate_names_the_addresses_it_is_called_by() -> None:
    """Numbers become IP addresses and words become DNS names."""
    issued = AUTHORITY.issue(Holder.BROKER, "broker", addresses=("10.1.2.3", "broker.example"))
    names = x509.load_pem_x509_certificate(issued.certificate).extensions
    found = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each) for each in found.get_values_for_type(x509.IPAddress)] == ["10.1.2.3"]
    assert found.get_values_for_type(x509.DNSName) == ["broker.example"]


@pytest.mark.parametrize("name", ["", "Gate", "a/b", "a+b", "#", "a:b", "gate_1", "x" * 65, "a\n"])
@pytest.mark.parametrize("holder", [Holder.GATE, Holder.OPERATOR])
def test_no_certificate_is_made_for_what_could_change_a_topic(holder: Holder, name: str) -> None:
    """A wildcard or a level in a name would be a hole in the access list."""
    with pytest.raises(ValueError, match="is named with"):
        AUTHORITY.issue(holder, name)


@pytest.mark.parametrize(("holder", "addresses"), [(Holder.BROKER, ()), (Holder.GATE, ("10.0.0.1",))])
def test_only_the_broker_has_addresses(holder: Holder, addresses: Sequence[str]) -> None:
    """A gate's certificate cannot stand in for the broker's."""
    with pytest.raises(ValueError, match="addresses"):
        AUTHORITY.issue(holder, "x", addresses=addresses)


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_an_authority_written_and_read_again_is_the_same(tmp_path: Path, passphrase: bytes | None) -> None:
    """Keys are readable by their owner only, and encrypted when there is a passphrase."""
    path = AUTHORITY.write(tmp_path, passphrase)
    assert path.read_bytes() == AUTHORITY.certificate_pem
    assert stat.S_IMODE((tmp_path / "device-ca.key").stat().st_mode) == 0o600
    assert (b"ENCRYPTED" in (tmp_path / "device-ca.key").read_bytes()) == (passphrase is not None)
    again = DeviceCa.load(tmp_path, passphrase)
    _, key = again.issue(Holder.GATE, "gate-9").write(tmp_path)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    certificate = x509.load_pem_x509_certificate((tmp_path / "gate-9.crt").read_bytes())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(AUTHORITY.certificate_pem))
