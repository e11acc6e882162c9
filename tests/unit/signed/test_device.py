"""A gate's own word: who may sign it, and that no byte of it can be changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import cbor, device
from firmware.signed.device import DeviceRefusal, Said, open_said
from provisioning.broker.certificates import DeviceCa, Holder

if TYPE_CHECKING:
    from collections.abc import Callable

AAD = b"gapura:test:1"
SAID = b'{"say":"hello"}'
CA = DeviceCa.create()
OTHER = DeviceCa.create()
CAS = [x509.load_pem_x509_certificate(CA.certificate_pem)]
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def key_of(holder: Holder, name: str, ca: DeviceCa = CA) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Issue a certificate and read it as a gate would."""
    addresses = ("localhost",) if holder is Holder.BROKER else ()
    issued = ca.issue(holder, name, addresses=addresses, valid=timedelta(days=1))
    key = load_pem_private_key(issued.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key, x509.load_pem_x509_certificate(issued.certificate)


KEY, CERTIFICATE = key_of(Holder.GATE, "gate-1")
GOOD = device.sign(SAID, KEY, CERTIFICATE, AAD)


def rebuilt(change: Callable[[list[object]], None]) -> bytes:
    """Take a good message apart, change it and put it together deterministically."""
    parts = cbor.decode(GOOD)
    assert isinstance(parts, list)
    change(parts)
    return cbor.encode(parts)


def _other_payload(parts: list[object]) -> None:
    parts[2] = b'{"say":"hullo"}'


def _unprotected(parts: list[object]) -> None:
    parts[1] = {1: -7}


def _other_algorithm(parts: list[object]) -> None:
    parts[0] = cbor.encode({1: -8, 33: CERTIFICATE.public_bytes(Encoding.DER)})


def _more_header(parts: list[object]) -> None:
    parts[0] = cbor.encode({1: -7, 4: b"kid", 33: CERTIFICATE.public_bytes(Encoding.DER)})


def _no_certificate(parts: list[object]) -> None:
    parts[0] = cbor.encode({1: -7, 33: b"nothing"})


def _other_holder(parts: list[object]) -> None:
    parts[0] = cbor.encode({1: -7, 33: key_of(Holder.GATE, "gate-2")[1].public_bytes(Encoding.DER)})


def _other_spelling(parts: list[object]) -> None:
    signature = parts[3]
    assert isinstance(signature, bytes)
    parts[3] = signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def _short_signature(parts: list[object]) -> None:
    parts[3] = b"\x01" * 63


def _zero_signature(parts: list[object]) -> None:
    parts[3] = bytes(64)


def _a_part_more(parts: list[object]) -> None:
    parts.append(b"")


TAMPERED = [
    (_other_payload, DeviceRefusal.BAD_SIGNATURE),
    (_unprotected, DeviceRefusal.MALFORMED),
    (_other_algorithm, DeviceRefusal.MALFORMED),
    (_more_header, DeviceRefusal.MALFORMED),
    (_no_certificate, DeviceRefusal.MALFORMED),
    (_other_holder, DeviceRefusal.BAD_SIGNATURE),
    (_other_spelling, DeviceRefusal.BAD_SIGNATURE),
    (_short_signature, DeviceRefusal.MALFORMED),
    (_zero_signature, DeviceRefusal.BAD_SIGNATURE),
    (_a_part_more, DeviceRefusal.MALFORMED),
]


def test_what_a_gate_says_is_believed_under_its_ca() -> None:
    """The payload comes back with the gate's name and the bounds of its certificate."""
    said = open_said(GOOD, CAS, AAD)
    assert isinstance(said, Said)
    assert (said.gate, said.payload) == ("gate-1", SAID)
    assert said.ends - said.begins == 86_400 + 3_600


@pytest.mark.parametrize(("change", "refusal"), TAMPERED)
def test_every_change_is_refused(change: Callable[[list[object]], None], refusal: DeviceRefusal) -> None:
    """Each part changed by hand has its refusal; the second spelling of a good signature is one too."""
    assert open_said(rebuilt(change), CAS, AAD) is refusal


def test_the_purpose_is_signed() -> None:
    """A word for one purpose is none for another."""
    assert open_said(GOOD, CAS, b"gapura:test:2") is DeviceRefusal.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("holder", "name", "ca", "refusal"),
    [
        (Holder.GATE, "gate-1", OTHER, DeviceRefusal.UNKNOWN_CA),
        (Holder.OPERATOR, "gate-1", CA, DeviceRefusal.WRONG_HOLDER),
        (Holder.BROKER, "broker", CA, DeviceRefusal.WRONG_HOLDER),
    ],
)
def test_only_a_gate_speaks_as_a_gate(holder: Holder, name: str, ca: DeviceCa, refusal: DeviceRefusal) -> None:
    """A foreign CA of the same name, an operator and a broker are refused, though each signs well."""
    assert open_said(device.sign(SAID, *key_of(holder, name, ca), AAD), CAS, AAD) is refusal


def test_a_certificate_that_says_no_use_is_no_gates() -> None:
    """One that our CA signed without saying what it is for, as no tool of ours does, speaks for nobody."""
    builder = x509.CertificateBuilder().subject_name(CERTIFICATE.subject).issuer_name(CERTIFICATE.issuer)
    builder = builder.public_key(KEY.public_key()).serial_number(7)
    builder = builder.not_valid_before(CERTIFICATE.not_valid_before_utc)
    bare = builder.not_valid_after(CERTIFICATE.not_valid_after_utc).sign(CA._key, hashes.SHA256())
    assert open_said(device.sign(SAID, KEY, bare, AAD), CAS, AAD) is DeviceRefusal.WRONG_HOLDER


def test_a_key_signs_only_beside_its_own_certificate() -> None:
    """A certificate of somebody else is a mistake of the caller, and so is another curve."""
    with pytest.raises(ValueError, match="own certificate"):
        device.sign(SAID, KEY, key_of(Holder.GATE, "gate-2")[1], AAD)
    with pytest.raises(ValueError, match="P-256"):
        device.sign(SAID, ec.generate_private_key(ec.SECP384R1()), CERTIFICATE, AAD)


def test_no_bit_can_be_turned() -> None:
    """Whatever single bit of a message is turned, it is refused, and nothing is raised over it."""
    believed = []
    for bit in range(len(GOOD) * 8):
        data = bytearray(GOOD)
        data[bit // 8] ^= 1 << bit % 8
        if not isinstance(open_said(bytes(data), CAS, AAD), DeviceRefusal):
            believed.append(bit)
    assert believed == []


@given(st.binary(max_size=300) | st.integers(0, len(GOOD) - 1).map(lambda end: GOOD[:end]))
def test_anything_else_is_refused(data: bytes) -> None:
    """Any bytes, and every beginning of a good message, are refused without an error."""
    assert isinstance(open_said(data, CAS, AAD), DeviceRefusal)
    assert open_said(GOOD + b"\0" * (1 << 16), CAS, AAD) is DeviceRefusal.MALFORMED
