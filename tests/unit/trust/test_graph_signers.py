"""Keys of certificates whose graph is signed: from a DID document and a JWKS, by the name that proofs have for them."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.signed import strict_json
from firmware.trust.document import Issuer, to_body
from firmware.trust.loading import Loaded, Unusable, load
from tests.divoc import INDONESIA, METHOD, CertificateIssuer, Json

ED, RSA = Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)


def pem(key: Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Write the public half of a key."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def method(kind: str, **key: object) -> Json:
    """Write a verification method."""
    return {"id": METHOD, "type": kind, "controller": INDONESIA, **key}


def raw(key: Ed25519PrivateKey) -> str:
    """Write the raw public half of a key."""
    return strict_json.to_base64url(key.public_key().public_bytes_raw())


def loaded(value: Json) -> Loaded | Unusable:
    """Load a list that a tool's operator vouches for."""
    return load(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (RSA, {"verificationMethod": [method("RsaVerificationKey2018", publicKeyPem=pem(RSA))]}),
        (ED, {"verificationMethod": [method("Ed25519VerificationKey2018", publicKeyPem=pem(ED))]}),
        (
            ED,
            {
                "verificationMethod": [
                    method("Ed25519VerificationKey2018", publicKeyJwk={"kty": "OKP", "crv": "Ed25519", "x": raw(ED)})
                ]
            },
        ),
        (ED, {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": raw(ED), "kid": METHOD}]}),
    ],
    ids=["rsa", "ed25519", "jwk", "jwks"],
)
def test_a_published_key_lets_its_certificates_in(key: Ed25519PrivateKey | rsa.RSAPrivateKey, said: Json) -> None:
    """A list in either form verifies what the key signs, and only in that format."""
    found = loaded(said)
    assert isinstance(found, Loaded), found
    assert isinstance(read(CertificateIssuer(key).code(), found.trust), Pass)
    assert [one.formats for one in found.trust.keys] == [{"divoc"}]


@pytest.mark.parametrize(
    "said",
    [
        method("RsaVerificationKey2018", publicKeyPem=pem(ED)),
        method("Ed25519VerificationKey2018", publicKeyPem=pem(ec.generate_private_key(ec.SECP256R1()))),
        method("RsaVerificationKey2018", publicKeyPem="-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        method("RsaVerificationKey2018", publicKeyPem=pem(RSA)) | {"id": "key-1"},
        method("RsaVerificationKey2018", publicKeyPem=pem(RSA)) | {"controller": "somebody"},
        method("RsaVerificationKey2018", publicKeyPem=pem(RSA)) | {"id": "did:x:" + "a" * 64},
        method("RsaVerificationKey2018"),
    ],
)
def test_what_is_no_such_key_gives_none(said: Json) -> None:
    """A key of another kind, a broken one, and a name or controller that is no IRI give no key."""
    assert isinstance(loaded({"verificationMethod": [said]}), Unusable)


def test_a_signed_list_names_the_issuer_of_such_keys() -> None:
    """The entry of such a key is written and read again; under a name that no certificate can have it is refused."""
    entry = to_body([CertificateIssuer(ED).trusted()])["issuers"][0]  # type: ignore[index]
    assert Issuer.model_validate_json(json.dumps(entry)).name == INDONESIA
    with pytest.raises(ValueError, match="whoever signs 'divoc' is named by"):
        Issuer.model_validate_json(json.dumps(entry | {"name": "Kemenkes"}))
