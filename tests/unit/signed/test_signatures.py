"""A signature holds for one algorithm, one kind of key and one spelling; anything else does not, and nothing raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from firmware.signed import strict_json
from firmware.signed.fields import RawKey
from firmware.signed.signatures import SMALL_ORDER, Algorithm, algorithms_of, holds
from firmware.trust import jwk
from firmware.trust import public as public_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.signed.signatures import PublicKey

MESSAGE = b"what was signed"
CURVES: dict[Algorithm, tuple[ec.EllipticCurve, int, hashes.HashAlgorithm]] = {
    "ES256": (ec.SECP256R1(), 32, hashes.SHA256()),
    "ES384": (ec.SECP384R1(), 48, hashes.SHA384()),
    "ES512": (ec.SECP521R1(), 66, hashes.SHA512()),
}
DIGESTS: dict[Algorithm, hashes.HashAlgorithm] = {
    "PS256": hashes.SHA256(),
    "PS384": hashes.SHA384(),
    "PS512": hashes.SHA512(),
}
ED, RSA = Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
EC = {name: ec.generate_private_key(curve) for name, (curve, _, _) in CURVES.items()}


def signed(name: Algorithm) -> tuple[PublicKey, bytes]:
    """Sign the message by an algorithm, and say by which key."""
    if name in CURVES:
        _, size, digest = CURVES[name]
        r, s = decode_dss_signature(EC[name].sign(MESSAGE, ec.ECDSA(digest)))
        return EC[name].public_key(), r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if name in DIGESTS:
        salted = padding.PSS(padding.MGF1(DIGESTS[name]), DIGESTS[name].digest_size)
        return RSA.public_key(), RSA.sign(MESSAGE, salted, DIGESTS[name])
    return ED.public_key(), ED.sign(MESSAGE)


GOOD: dict[Algorithm, tuple[PublicKey, bytes]] = {name: signed(name) for name in get_args(Algorithm)}


@pytest.mark.parametrize("claimed", GOOD)
@pytest.mark.parametrize("made", GOOD)
def test_a_signature_holds_for_its_own_algorithm_alone(made: Algorithm, claimed: Algorithm) -> None:
    """Each algorithm is pinned to one kind of key and one hash."""
    public, signature = GOOD[made]
    assert holds(claimed, public, signature, MESSAGE) is (made == claimed)
    assert not holds(claimed, public, signature, MESSAGE + b"!")


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "one byte short": lambda signature: signature[:-1],
    "one byte long": lambda signature: signature + b"\0",
    "all zero": lambda signature: bytes(len(signature)),
    "all ones": lambda signature: b"\xff" * len(signature),
    "first bit": lambda signature: bytes([signature[0] ^ 0x80]) + signature[1:],
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_signature_does_not_hold(name: Algorithm, spoilt: str) -> None:
    """Wrong lengths, numbers out of range and a flipped bit are refused without an exception."""
    public, signature = GOOD[name]
    assert not holds(name, public, SPOILT[spoilt](signature), MESSAGE)


@pytest.mark.parametrize("name", CURVES)
def test_der_is_no_signature(name: Algorithm) -> None:
    """What X.509 writes in DER is another spelling of the same signature, and refused."""
    key, (_, _, digest) = EC[name], CURVES[name]
    assert not holds(name, key.public_key(), key.sign(MESSAGE, ec.ECDSA(digest)), MESSAGE)


def test_weak_keys_of_others_are_not_taken() -> None:
    """RSA below 2048 bits, a curve outside the list and another kind of thing have no algorithm."""
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  weak is the case
    foreign = ec.generate_private_key(ec.SECP256K1())
    assert [algorithms_of(one) for one in (weak.public_key(), foreign.public_key(), object())] == [(), (), ()]
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    assert not holds("PS256", weak.public_key(), weak.sign(MESSAGE, salted, hashes.SHA256()), MESSAGE)


@given(st.sampled_from(list(GOOD)), st.binary(max_size=300))
def test_no_bytes_raise(name: Algorithm, signature: bytes) -> None:
    """Whatever stands in the place of a signature is answered with no."""
    assert not holds(name, GOOD[name][0], signature, MESSAGE)


@pytest.mark.parametrize("point", sorted(SMALL_ORDER))
@pytest.mark.parametrize("sign", [0, 0x80])
def test_a_point_of_small_order_is_no_key(point: bytes, sign: int) -> None:
    """Each would take some signature of nothing but such points for a message of anybody, as the library shows."""
    assert len(SMALL_ORDER) == 7  # y of order 1, 2 and 4, both of order 8, and 0 and 1 spelled beyond p
    raw = point[:-1] + bytes([point[-1] | sign])
    public = Ed25519PublicKey.from_public_bytes(raw)
    forged = [(one + bytes(32), b"message %d" % number) for one in SMALL_ORDER for number in range(64)]
    assert any(_taken_by_the_library(public, signature, message) for signature, message in forged)
    assert not any(holds("EdDSA", public, signature, message) for signature, message in forged)
    assert algorithms_of(public) == ()
    assert public_keys.from_bytes("EdDSA", raw) is None
    assert jwk.public({"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(raw)}) is None
    with pytest.raises(ValidationError):
        TypeAdapter(RawKey).validate_python(strict_json.to_base64url(raw))


def _taken_by_the_library(public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True
