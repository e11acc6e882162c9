"""What is sealed to one key opens with that key, for that purpose and context, and with nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import sealing

KEY = ec.derive_private_key(7, ec.SECP256R1())
OTHER = ec.derive_private_key(8, ec.SECP256R1())
PLAIN = b"thirty-five days of keys"
SEALED = sealing.seal(PLAIN, KEY.public_key(), "test", "gate-1")
KEM_ID, SUITE_ID = b"KEM\x00\x10", b"HPKE\x00\x10\x00\x01\x00\x02"


def test_it_opens_with_its_own_key() -> None:
    """Whoever it was sealed to reads it, and it never looks the same twice."""
    assert sealing.unseal(SEALED, KEY, "test", "gate-1") == PLAIN
    assert sealing.seal(PLAIN, KEY.public_key(), "test", "gate-1") != SEALED
    assert len(SEALED) == len(PLAIN) + sealing.OVERHEAD_BYTES


@pytest.mark.parametrize(
    ("key", "purpose", "context"),
    [
        pytest.param(OTHER, "test", ("gate-1",), id="another-key"),
        pytest.param(KEY, "tests", ("gate-1",), id="another-purpose"),
        pytest.param(KEY, "test", ("gate-2",), id="another-place"),
        pytest.param(KEY, "test", ("gate-1", ""), id="more-context"),
        pytest.param(KEY, "test", (), id="no-context"),
        pytest.param(ec.derive_private_key(7, ec.SECP384R1()), "test", ("gate-1",), id="a-key-of-another-curve"),
    ],
)
def test_it_opens_for_nothing_else(key: ec.EllipticCurvePrivateKey, purpose: str, context: tuple[str, ...]) -> None:
    """Key, purpose and context must all be those it was sealed for."""
    assert sealing.unseal(SEALED, key, purpose, *context) is None


@given(at=st.integers(0, len(SEALED) - 1), flip=st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(at: int, flip: int) -> None:
    """Any other byte anywhere makes it nothing."""
    changed = bytearray(SEALED)
    changed[at] ^= flip
    assert sealing.unseal(bytes(changed), KEY, "test", "gate-1") is None


@given(st.binary(max_size=200))
def test_rubbish_opens_to_nothing(data: bytes) -> None:
    """Nothing is raised for any bytes."""
    assert sealing.unseal(data, KEY, "test", "gate-1") is None


def test_it_is_the_construction_of_the_standard() -> None:
    """A reader written from the words of RFC 9180 (sections 4 and 5), and not from the library, opens it too."""
    point, cipher = SEALED[:65], SEALED[65:]
    shared = KEY.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    own = b"\x04" + KEY.public_key().public_numbers().x.to_bytes(32, "big")
    own += KEY.public_key().public_numbers().y.to_bytes(32, "big")
    prk = extract(b"", KEM_ID, b"eae_prk", shared)
    secret = expand(prk, KEM_ID, b"shared_secret", point + own, 32)
    info = b'["gapura:sealed:1","test","gate-1"]'
    context = b"\0" + extract(b"", SUITE_ID, b"psk_id_hash", b"") + extract(b"", SUITE_ID, b"info_hash", info)
    scheduled = extract(secret, SUITE_ID, b"secret", b"")
    key, nonce = (
        expand(scheduled, SUITE_ID, what, context, long) for what, long in ((b"key", 32), (b"base_nonce", 12))
    )
    assert AESGCM(key).decrypt(nonce, cipher, b"") == PLAIN


def extract(salt: bytes, suite: bytes, label: bytes, material: bytes) -> bytes:
    """LabeledExtract of RFC 9180, section 4, over HMAC-SHA256."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def expand(prk: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of RFC 9180, section 4, for at most one block of HKDF."""
    words = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01"
    return hmac.digest(prk, words, hashlib.sha256)[:length]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("A" * 44, id="no-point"),
        pytest.param(sealing.write_public(KEY.public_key())[:-2], id="half-a-point"),
        pytest.param(sealing.write_public(KEY.public_key()) + "=", id="with-padding"),
    ],
)
def test_what_is_no_public_key_is_none(text: str) -> None:
    """A key has one spelling, and what is not on the curve is no key."""
    assert sealing.read_public(text) is None


def test_a_public_key_survives_being_written() -> None:
    """What was written is read as the same key."""
    found = sealing.read_public(sealing.write_public(KEY.public_key()))
    assert found is not None
    assert found.public_numbers() == KEY.public_key().public_numbers()
