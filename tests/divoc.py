"""Throw-away issuers of certificates of the DIVOC family, and what they issue. Keys live in memory only."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import NEVER
from firmware.passes import divoc_terms
from firmware.signed import rdf, strict_json
from firmware.trust.keys import TrustedKey, TrustSet

Json = dict[str, object]

INDONESIA = "https://www.pedulilindungi.id/"
METHOD = "did:pedulilindungi:key-1"
ADDRESS: Json = {
    "streetAddress": "",
    "streetAddress2": "",
    "city": "",
    "district": "Menteng",
    "addressRegion": "Jakarta",
    "addressCountry": "ID",
    "postalCode": "10310",
}
VACCINATION: Json = {
    "id": "https://www.pedulilindungi.id/vaccine/0001",
    "feedbackUrl": "https://www.pedulilindungi.id/?0001",
    "infoUrl": "https://www.pedulilindungi.id/?0001",
    "certificateId": "0001",
    "type": ["Vaccination"],
    "batch": "B-17",
    "vaccine": "CoronaVac",
    "manufacturer": "Bio Farma",
    "icd11Code": "XM1NL1",
    "prophylaxis": "COVID-19 vaccine, inactivated virus",
    "date": "2025-07-01T02:30:00.000Z",
    "effectiveStart": "2025-07-01",
    "effectiveUntil": "2026-07-01",
    "dose": 1,
    "totalDoses": 2,
    "verifier": {"name": "Puskesmas Contoh"},
    "facility": {"name": "Puskesmas Contoh", "address": ADDRESS},
}
CERTIFICATE: Json = {
    "@context": [divoc_terms.CREDENTIALS, "https://www.pedulilindungi.id/credentials/vaccination/v2"],
    "type": ["VerifiableCredential", "ProofOfVaccinationCredential"],
    "credentialSubject": {
        "type": "Person",
        "id": "did:Passport:X0000000",
        "refId": "17",
        "name": "Siti Contoh",
        "gender": "Female",
        "age": "35",
        "dob": "1990-05-17",
        "nationality": "Indonesian",
        "address": ADDRESS,
        "uhid": None,
    },
    "issuer": INDONESIA,
    "issuanceDate": "2025-07-01T02:40:17.117Z",
    "evidence": [VACCINATION],
    "nonTransferable": "true",
}
"""A certificate before it is signed."""


def changed(*path: str | int, to: object = None, absent: bool = False, of: Json = CERTIFICATE) -> Json:
    """Copy a certificate with one value in it put or taken away."""
    whole = deepcopy(of)
    at: Any = whole  # an object and a list are both reached by a step
    for step in path[:-1]:
        at = at[step]
    if absent:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return whole


def packed(data: bytes, name: str = "certificate.json", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Put one file into an archive, as the code of a certificate holds it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as opened:
        opened.writestr(zipfile.ZipInfo(name, (2025, 7, 1, 0, 0, 0)), data, method)
    return archive.getvalue()


@dataclass
class CertificateIssuer:
    """Somebody who issues certificates, with a key of either kind."""

    key: Ed25519PrivateKey | rsa.RSAPrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    method: str = METHOD
    name: str = INDONESIA

    def trusted(self, **changes: object) -> TrustedKey:
        """Return the public half as an entry of a trust list."""
        public = self.key.public_key()
        algorithm = "EdDSA" if isinstance(self.key, Ed25519PrivateKey) else "PS256"
        said: dict[str, object] = {"issuer": self.name, "classes": frozenset({"visitor"}), "not_before": 0}
        said |= {"not_after": NEVER, "formats": frozenset({"divoc"})} | changes
        return TrustedKey(self.method.encode(), algorithm, public, **said)  # type: ignore[arg-type]

    def trust(self, **changes: object) -> TrustSet:
        """Return a trust set of this one key."""
        return TrustSet(keys=(self.trusted(**changes),), version=7, issued=0, expires=NEVER)

    def proof(self, **changes: object) -> Json:
        """Say who signs; None takes a member away."""
        kind = "Ed25519Signature2018" if isinstance(self.key, Ed25519PrivateKey) else "RsaSignature2018"
        said: Json = {
            "type": kind,
            "created": "2025-07-01T02:41:00Z",
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
        }
        return {term: one for term, one in (said | changes).items() if one is not None}

    def sign(self, document: Json = CERTIFICATE, header: Json | None = None, **changes: object) -> Json:
        """Sign a certificate; of one that stands for no graph the signature is of nothing that counts."""
        proof = self.proof(**changes)
        bare = {term: one for term, one in document.items() if term not in {"@context", "proof"}}
        found = divoc_terms.certificate(bare)
        graph = (rdf.canonical(found[1]) if found else None) or b""
        about = divoc_terms.proof(str(proof["type"]), {term: one for term, one in proof.items() if term != "type"})
        algorithm = "EdDSA" if isinstance(self.key, Ed25519PrivateKey) else "PS256"
        told = {"alg": algorithm, "b64": False, "crit": ["b64"]} if header is None else header
        front = strict_json.to_base64url(json.dumps(told).encode())
        spelled = rdf.canonical(about or ()) or b""
        signed = front.encode() + b"." + hashlib.sha256(spelled).digest() + hashlib.sha256(graph).digest()
        return document | {"proof": proof | {"jws": f"{front}..{strict_json.to_base64url(self._signature(signed))}"}}

    def code(self, document: Json = CERTIFICATE, header: Json | None = None, **changes: object) -> bytes:
        """Issue a certificate as its code."""
        return packed(json.dumps(self.sign(document, header, **changes)).encode())

    def _signature(self, data: bytes) -> bytes:
        """Sign bytes."""
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(data)
        return self.key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
