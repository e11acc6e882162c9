"""Whether a document that carries its own proof was signed by somebody who is pinned (W3C Data Integrity).

Two suites are checked, both over the canonical JSON of RFC 8785: `eddsa-jcs-2022` and `ecdsa-jcs-2019` with P-256. A
proof over a graph (`JsonWebSignature2020`), which WHO's list has, needs contexts that nobody pins here: it stays
unproven, and whoever uses such a list vouches for it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal

from firmware.signed import canonical_json
from firmware.signed.signatures import holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.signed.signatures import Algorithm, PublicKey

Proof = Literal["proven", "unproven", "false"]

SUITES: Final[dict[str, Algorithm]] = {"eddsa-jcs-2022": "EdDSA", "ecdsa-jcs-2019": "ES256"}
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_TEXT: Final = 128


def check(document: Mapping[str, object], pinned: Mapping[str, PublicKey]) -> Proof:
    """Hold a document's proof against the pinned keys, by the verification method that it names.

    `unproven`: there is none, or its signer is not pinned or its suite not known. `false`: a pinned signer did not
    sign this.
    """
    proof = document.get("proof")
    match proof:
        case {"type": "DataIntegrityProof", "cryptosuite": str(suite), "verificationMethod": str(method)}:
            public, algorithm = pinned.get(method), SUITES.get(suite)
        case _:
            return "unproven"
    if public is None or algorithm is None:
        return "unproven"
    match proof:
        case {"proofPurpose": "assertionMethod", "proofValue": str(value)}:
            signature, signed = _multibase(value), to_be_signed(document)
        case _:
            return "false"
    held = signature is not None and signed is not None and holds(algorithm, public, signature, signed)
    return "proven" if held else "false"


def to_be_signed(document: Mapping[str, object]) -> bytes | None:
    """Write what a proof of these suites is made over; None where the document has no canonical form here.

    Digests of the proof's options and of the document without its proof (vc-di-eddsa, section 3.3.4).
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        return None
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if "@context" in document:
        options["@context"] = document["@context"]
    parts = [canonical_json.render(part) for part in (options, {k: v for k, v in document.items() if k != "proof"})]
    if any(part is None for part in parts):
        return None
    return b"".join(hashlib.sha256(part).digest() for part in parts if part is not None)


def _multibase(value: str) -> bytes | None:
    """Read base58btc as multibase writes it: `z` and the digits."""
    if not value.startswith("z") or len(value) > _MAX_TEXT:
        return None
    digits = value[1:]
    number = 0
    for digit in digits:
        at = _ALPHABET.find(digit)
        if at < 0:
            return None
        number = number * len(_ALPHABET) + at
    zeros = len(digits) - len(digits.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
