"""The certificates of the DIVOC family, India's and Indonesia's among them: a zip archive of a verifiable credential.

The signature is of the graph that the credential stands for and not of its bytes, so the graph is made first, within
bounds; no claim counts before the signature holds. Sources: DIVOC (divoc.digit.org), Linked Data Proofs with
Ed25519Signature2018 and RsaSignature2018 (W3C CCG), RFC 7797.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes import divoc_certificate, divoc_terms, foreign
from firmware.passes.outcome import Reading, Unreadable, Untrusted
from firmware.signed import rdf, signatures, single_zip, strict_json
from firmware.signed.times import LATEST

if TYPE_CHECKING:
    from firmware.passes.divoc_certificate import Claims
    from firmware.trust.keys import TrustedKey, TrustSet

NAME: Final = "divoc"
PREFIX: Final = single_zip.MAGIC
FILE: Final = b"certificate.json"
MAX_BYTES: Final = 16_384
"""Of the JSON, several times as much as certificates have: what is not signed yet must not cost a gate its time."""

_ALGORITHMS: Final[dict[object, signatures.Algorithm]] = {"Ed25519Signature2018": "EdDSA", "RsaSignature2018": "PS256"}


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof beside a certificate, taken apart; `statements` are what it says of itself, which is signed too."""

    key_id: bytes
    algorithm: signatures.Algorithm
    header: bytes
    signature: bytes
    statements: tuple[rdf.Statement, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate taken apart; nothing in it is believed yet. `unique` is the digest of its graph."""

    proof: Proof
    root: divoc_terms.Node = field(repr=False)
    unique: bytes
    signed: bytes = field(repr=False)


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code that begins with the prefix; refusals are values, nothing is raised for any bytes."""
    found = parse(code)
    if isinstance(found, Reason):
        return Untrusted(found, NAME) if found is Reason.BAD_CLAIMS else Unreadable(found)
    key = foreign.signer(trust, found.proof.key_id, NAME, lambda one: _signed_by(one, found))
    if isinstance(key, Reason):
        return Untrusted(key, NAME)
    claims = divoc_certificate.read(found.root)
    return Untrusted(Reason.BAD_CLAIMS, NAME) if claims is None else _admit(claims, found.unique, key, trust)


def parse(code: bytes) -> Credential | Reason:
    """Take a certificate apart and spell the graph that it stands for, or say what is wrong with it.

    `BAD_ENCODING`: not one strict JSON object in an archive. `BAD_COMPRESSION`: the archive is broken. `BAD_HEADER`: a
    context or a proof that is not taken. `BAD_CLAIMS`: a term, type or shape that the contexts do not define or that is
    not read here, or a graph that is too large.
    """
    packed = single_zip.read(code, FILE, most=MAX_BYTES)
    document = packed if isinstance(packed, Reason) else strict_json.parse(packed) or Reason.BAD_ENCODING
    if isinstance(document, Reason):
        return document
    context, proof = document.pop("@context", None), parse_proof(document.pop("proof", None))
    if proof is None or not _known(context):
        return Reason.BAD_HEADER
    found = divoc_terms.certificate(document)
    spelled = None if found is None else rdf.canonical(found[1])
    about = rdf.canonical(proof.statements)
    if found is None or spelled is None or about is None:
        return Reason.BAD_CLAIMS
    unique = hashlib.sha256(spelled).digest()
    return Credential(proof, found[0], unique, proof.header + b"." + hashlib.sha256(about).digest() + unique)


def _known(context: object) -> bool:
    """Say whether the terms mean what the tables here say; nothing else is ever looked up."""
    match context:
        case [divoc_terms.CREDENTIALS, str(second)]:
            return second in divoc_terms.VACCINATION
        case _:
            return False


def parse_proof(value: object) -> Proof | None:
    """Read a proof; None unless it is of a kind that is taken and its signature is detached as RFC 7797 has it."""
    match value:
        case {"type": str(kind), "verificationMethod": str(method), "jws": str(token), **rest} if kind in _ALGORITHMS:
            said = {str(term): one for term, one in rest.items()} | {"verificationMethod": method}
        case _:
            return None
    parts = token.split(".")
    statements = divoc_terms.proof(kind, said)
    header, signature = (strict_json.from_base64url(part) for part in (parts[0], parts[-1]))
    if statements is None or header is None or signature is None or len(parts) != 3 or parts[1]:  # noqa: PLR2004
        return None
    told = strict_json.parse(header)
    if told != {"alg": _ALGORITHMS[kind], "b64": False, "crit": ["b64"]} or told["b64"] is not False:
        return None
    return Proof(method.encode(), _ALGORITHMS[kind], parts[0].encode(), signature, statements)


def _signed_by(key: TrustedKey, found: Credential) -> bool:
    """Say whether a key, by the one algorithm that it is pinned to, made the signature."""
    same = key.algorithm == found.proof.algorithm
    return same and signatures.holds(key.algorithm, key.public, found.proof.signature, found.signed)


def _admit(claims: Claims, unique: bytes, key: TrustedKey, trust: TrustSet) -> Reading:
    """Hold what the certificate says against what its key may say."""
    if key.issuer != claims.issuer and ":" in key.issuer:
        return Untrusted(Reason.UNKNOWN_KEY, NAME)
    reason = foreign.overreach(key, issued=claims.issued, usage="vaccination")
    pass_class = foreign.class_of(key)
    if reason is not None or pass_class is None:
        return Untrusted(reason or Reason.WRONG_USAGE, NAME)
    return foreign.passed(
        NAME,
        key.key_id,
        key.issuer,
        unique,
        trust,
        pass_class=pass_class,
        issued=claims.issued,
        not_before=foreign.begins(claims.issued, None),
        expires=LATEST if claims.expires is None else claims.expires,
        facts=claims.facts,
        holder=claims.holder,
    )
