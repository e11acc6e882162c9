"""A document's own proof holds if a pinned signer made it over exactly this document, and is nothing otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.signed import strict_json
from firmware.trust.loading import Loaded, Unusable, load
from firmware.trust.proofs import check, to_be_signed
from tests.unit.trust.test_unsigned import certificate, method

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.signed.signatures import PublicKey

ED = Ed25519PrivateKey.generate()
EC = ec.generate_private_key(ec.SECP256R1())
OURS = "did:web:example#key-1"
PINNED: dict[str, PublicKey] = {OURS: ED.public_key(), "did:web:example#key-2": EC.public_key()}
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

Document = dict[str, object]


def multibase(data: bytes) -> str:
    """Write bytes as base58btc."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def unproven(suite: str = "eddsa-jcs-2022", signer: str = OURS, **proof: object) -> Document:
    """Write a list with a proof that has no value yet."""
    options: Document = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "verificationMethod": signer,
        "proofPurpose": "assertionMethod",
        "created": "2026-01-01T00:00:00Z",
    }
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": "did:web:example",
        "verificationMethod": [method(certificate())],
        "proof": options | proof,
    }


def proven(document: Document, sign: Callable[[bytes], bytes] = ED.sign) -> Document:
    """Give a list its proof."""
    signed = to_be_signed(document)
    assert signed is not None
    proof = document["proof"]
    assert isinstance(proof, dict)
    return document | {"proof": proof | {"proofValue": multibase(sign(signed))}}


def ecdsa(message: bytes) -> bytes:
    """Sign with r and s in a row."""
    r, s = decode_dss_signature(EC.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


GOOD = proven(unproven())


def test_a_proof_of_a_pinned_signer_holds() -> None:
    """With either suite; the list is then loaded without a word about it."""
    other = proven(unproven("ecdsa-jcs-2019", "did:web:example#key-2"), ecdsa)
    assert [check(one, PINNED) for one in (GOOD, other)] == ["proven", "proven"]
    found = load(strict_json.render(GOOD), pinned=PINNED)
    assert isinstance(found, Loaded)
    assert found.notes == ()


WRONG: dict[str, Document] = {
    "another list": GOOD | {"verificationMethod": []},
    "a member more": GOOD | {"x": 1},
    "another context": GOOD | {"@context": []},
    "another time": GOOD | {"proof": {**GOOD["proof"], "created": "2026-01-02T00:00:00Z"}},  # type: ignore[dict-item]
    "another signer": proven(unproven(), Ed25519PrivateKey.generate().sign),
    "another suite": proven(unproven("ecdsa-jcs-2019")),
    "another purpose": proven(unproven(proofPurpose="authentication")),
    "no value": unproven(),
    "a value that is none": unproven(proofValue="z0OIl"),
    "a value in another base": unproven(proofValue="mAAAA"),
    "a list that has no canonical form": GOOD | {"x": 0.5},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_proof_that_does_not_hold_refuses_the_list(name: str) -> None:
    """A pinned signer's name on a list that they did not sign is worse than no proof."""
    assert check(WRONG[name], PINNED) == "false"
    assert isinstance(load(strict_json.render(WRONG[name]), pinned=PINNED), Unusable)


UNPROVEN: dict[str, Document] = {
    "no proof": {"id": "did:web:example"},
    "nobody pinned": proven(unproven(signer="did:web:example#unknown")),
    "an unknown suite": unproven("eddsa-rdfc-2022"),
    "a graph's proof": unproven(type="JsonWebSignature2020", jws="a..b"),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_what_cannot_be_checked_is_unproven(name: str) -> None:
    """It is said, and the list is its user's to vouch for."""
    assert check(UNPROVEN[name], PINNED) == "unproven"
