"""Certificates of the DIVOC family that must not open: each fault of archive, proof, term or claim, with its reason."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from firmware.events import Reason
from firmware.signed import strict_json
from tests.divoc import ADDRESS, CERTIFICATE, METHOD, VACCINATION, CertificateIssuer, Json, changed, packed
from tests.hostile.attack import Attack

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER, STRANGER = CertificateIssuer(), CertificateIssuer()
TRUST = ISSUER.trust()
SIGNED = ISSUER.sign()
PROOF = ISSUER.proof(jws=SIGNED["proof"]["jws"])  # type: ignore[index]
BYTES = json.dumps(SIGNED).encode()
CODE = packed(BYTES)


def _dose(**changes: object) -> Json:
    said = {term: one for term, one in (VACCINATION | changes).items() if one is not None}
    return changed("evidence", 0, to=said)


def _proof(**changes: object) -> Json:
    return SIGNED | {"proof": PROOF | changes}


def _header(**changes: object) -> Json:
    return {"alg": "EdDSA", "b64": False, "crit": ["b64"]} | changes


def _at(at: int, data: bytes) -> bytes:
    return CODE[:at] + data + CODE[at + len(data) :]


_ATTACHED = ".".join(strict_json.to_base64url(part) for part in (b"{}", b"{}", b"x"))
_DIRECTORY = CODE.index(b"PK\x01\x02")

ARCHIVES: dict[str, tuple[bytes, Reason]] = {
    "nothing but its first letters": (CODE[:4], Reason.BAD_ENCODING),
    "half of it": (CODE[: len(CODE) // 2], Reason.BAD_ENCODING),
    "something after it": (CODE + b"\0", Reason.BAD_ENCODING),
    "something between file and directory": (CODE[:_DIRECTORY] + b"\0" + CODE[_DIRECTORY:], Reason.BAD_ENCODING),
    "another name": (packed(BYTES, "certificate.txt"), Reason.BAD_ENCODING),
    "a name that is a path": (packed(BYTES, "../../certificate.json"), Reason.BAD_ENCODING),
    "two names": (CODE.replace(b"certificate.json", b"certificate.jsom", 1), Reason.BAD_ENCODING),
    "locked": (_at(6, b"\x01"), Reason.BAD_ENCODING),
    "packed in another way": (packed(BYTES, method=zipfile.ZIP_BZIP2), Reason.BAD_ENCODING),
    "another length in front": (_at(22, b"\0\0\0\1"), Reason.BAD_ENCODING),
    "another checksum in both places": (
        _at(14, b"abcd")[: _DIRECTORY + 16] + b"abcd" + CODE[_DIRECTORY + 20 :],
        Reason.BAD_COMPRESSION,
    ),
    "a stream that is broken": (_at(60, b"\xff" * 8), Reason.BAD_COMPRESSION),
    "far too much in it": (packed(b" " * 16_385), Reason.BAD_COMPRESSION),
    "far too much in it, as it stands": (packed(b" " * 65_537, method=zipfile.ZIP_STORED), Reason.TOO_LONG),
    "far too many statements, though they fit": (
        packed(
            json.dumps(SIGNED | {"evidence": [{"type": "Vaccination", "id": f"did:{n}"} for n in range(256)]}).encode()
        ),
        Reason.BAD_CLAIMS,
    ),
    "no JSON": (packed(b"certificate"), Reason.BAD_ENCODING),
    "a list": (packed(b"[]"), Reason.BAD_ENCODING),
    "a term twice": (packed(b'{"type":"x",' + BYTES[1:]), Reason.BAD_ENCODING),
    "a number that is none": (packed(BYTES.replace(b'"dose": 1', b'"dose": NaN')), Reason.BAD_ENCODING),
    "far too deep": (packed(b'{"a":' * 40 + b"1" + b"}" * 40), Reason.BAD_ENCODING),
}
HEADERS: dict[str, Json] = {
    "no proof": CERTIFICATE,
    "two proofs": SIGNED | {"proof": [PROOF, PROOF]},
    "a proof of another kind": _proof(type="Ed25519Signature2020"),
    "a proof with more in it": _proof(domain="gate-1"),
    "a proof for something else": _proof(proofPurpose="authentication"),
    "a proof of no time": _proof(created=17),
    "a key that is no name": _proof(verificationMethod="key 1"),
    "a key that is an object": _proof(verificationMethod={"id": METHOD}),
    "a key without a name": _proof(verificationMethod="_:b0"),
    "a signature that is not detached": _proof(jws=_ATTACHED),
    "a signature in two parts": _proof(jws="e30.AAAA"),
    "a signature that is no text": _proof(jws="e30..!!"),
    "no algorithm": ISSUER.sign(header={"b64": False, "crit": ["b64"]}),
    "an algorithm of no signature": ISSUER.sign(header=_header(alg="none")),
    "the other kind's algorithm": ISSUER.sign(header=_header(alg="PS256")),
    "the key as a secret": ISSUER.sign(header=_header(alg="HS256")),
    "a payload that is encoded": ISSUER.sign(header=_header(b64=True)),
    "a payload that is encoded, as a number": ISSUER.sign(header=_header(b64=0)),
    "an extension that must be understood": ISSUER.sign(header=_header(crit=["b64", "exp"])),
    "no extension": ISSUER.sign(header={"alg": "EdDSA"}),
    "no context": {term: one for term, one in SIGNED.items() if term != "@context"},
    "a context of its own": SIGNED | {"@context": [*CERTIFICATE["@context"], {"dose": "x:y"}]},  # type: ignore[misc]
    "a context from elsewhere": SIGNED | {"@context": ["https://www.w3.org/2018/credentials/v1", "https://a.example"]},
    "a context in another order": SIGNED | {"@context": CERTIFICATE["@context"][::-1]},  # type: ignore[index]
    "a context that is an object": SIGNED | {"@context": {"@vocab": "https://a.example/"}},
}
TERMS: dict[str, Json] = {
    "a term that nobody defines": CERTIFICATE | {"admin": True},
    "a dose that nobody defines": _dose(doses=2),
    "a term of JSON-LD": CERTIFICATE | {"@graph": []},
    "a name as JSON-LD writes it": changed("credentialSubject", "@id", to="did:x:1"),
    "a value as JSON-LD writes it": _dose(dose={"@value": 2}),
    "a term by its whole name": _dose(**{"https://schema.org/doseValue": 2}),
    "a context further down": changed("credentialSubject", "@context", to={"name": "https://a.example/name"}),
    "a node whose name is dropped": _dose(id="0001"),
    "a node with spaces in its name": changed("credentialSubject", "id", to="did:Aadhaar Card:1"),
    "a node by a number of the spelling": _dose(id="_:c14n0"),
    "a node by a term's name": _dose(id="schema:Person"),
    "two nodes of one name": CERTIFICATE | {"evidence": [VACCINATION, VACCINATION]},
    "evidence that is the person": _dose(id="did:Passport:X0000000"),
    "a type that nobody defines": changed("evidence", 0, "type", to=["Vaccination", "Booster"]),
    "a type twice": changed("evidence", 0, "type", to=["Vaccination", "Vaccination"]),
    "no type": changed("evidence", 0, "type", absent=True),
    "a test": changed("type", to=["VerifiableCredential", "ProofOfTestCredential"]),
    "a list for a value": _dose(dose=[1, 2]),
    "a list of names": changed("credentialSubject", "name", to=["Siti Contoh", "Budi Contoh"]),
    "a fraction": _dose(dose=1.5),
    "a whole number with a point": _dose(dose=2.0),
    "a number too large": _dose(dose=1 << 53),
    "true": _dose(dose=True),
    "nothing in a list": CERTIFICATE | {"evidence": [None]},
    "an issuer that is an object": CERTIFICATE | {"issuer": {"id": CERTIFICATE["issuer"]}},
    "a tabulator, which programs spell differently": changed("credentialSubject", "name", to="Siti\tContoh"),
    "an address with a type": changed("credentialSubject", "address", to=ADDRESS | {"type": "Person"}),
    "poison: many that look the same": CERTIFICATE | {"evidence": [{"type": "Vaccination"}] * 40},
    "poison: far too many": CERTIFICATE | {"evidence": [{"type": "Vaccination", "dose": one} for one in range(70)]},
}
CLAIMS: dict[str, Json] = {
    "no person": changed("credentialSubject", absent=True),
    "two people": CERTIFICATE
    | {"credentialSubject": [{"type": "Person", "name": one} for one in ("Siti Contoh", "Budi Contoh")]},
    "no name": changed("credentialSubject", "name", absent=True),
    "an empty name": changed("credentialSubject", "name", to=""),
    "a name far too long": changed("credentialSubject", "name", to="S" * 513),
    "a name that is a number": changed("credentialSubject", "name", to=17),
    "no evidence": CERTIFICATE | {"evidence": []},
    "far too much evidence": CERTIFICATE
    | {"evidence": [VACCINATION | {"id": f"https://a.example/{one}"} for one in range(17)]},
    "no issuer": changed("issuer", absent=True),
    "no time of issue": changed("issuanceDate", absent=True),
    "a time of issue without a zone": CERTIFICATE | {"issuanceDate": "2025-07-01T02:40:17"},
    "a day of issue": CERTIFICATE | {"issuanceDate": "2025-07-01"},
    "an end before the beginning": CERTIFICATE | {"expirationDate": "2025-01-01T00:00:00Z"},
    "an end in words": CERTIFICATE | {"expirationDate": "never"},
    "no dose": _dose(dose=None, totalDoses=None),
    "dose nought": _dose(dose=0),
    "a dose in words": _dose(dose="second"),
    "a dose too many": _dose(dose=100),
    "a dose below nought": _dose(dose=-1),
    "no day": _dose(date=None, effectiveStart=None, effectiveUntil=None),
    "a day that is none": _dose(date="2025-02-30"),
    "a day in another order": _dose(date="01-07-2025"),
}
SIGNATURES: dict[str, tuple[Json, Reason]] = {
    "another name under the signature": (
        changed("credentialSubject", "name", to="Budi", of=SIGNED),
        Reason.BAD_SIGNATURE,
    ),
    "another dose under the signature": (changed("evidence", 0, "dose", to=2, of=SIGNED), Reason.BAD_SIGNATURE),
    "another time under the signature": (_proof(created="2025-07-01T02:42:00Z"), Reason.BAD_SIGNATURE),
    "no end under the signature": (
        changed(
            "expirationDate", absent=True, of=ISSUER.sign(CERTIFICATE | {"expirationDate": "2025-07-02T00:00:00Z"})
        ),
        Reason.BAD_SIGNATURE,
    ),
    "an empty signature": (_proof(jws=str(PROOF["jws"]).rpartition(".")[0] + "."), Reason.BAD_SIGNATURE),
    "a stranger's in the issuer's name": (STRANGER.sign(), Reason.BAD_SIGNATURE),
    "a stranger's": (ISSUER.sign(verificationMethod="did:x:1"), Reason.UNKNOWN_KEY),
    "another issuer's by this key": (ISSUER.sign(CERTIFICATE | {"issuer": "https://a.example/"}), Reason.UNKNOWN_KEY),
}


def attacks() -> Iterator[Attack]:
    """Yield every fault."""
    for name, (code, reason) in ARCHIVES.items():
        yield Attack(f"divoc archive: {name}", [code], TRUST, reason)
    for name, signed in HEADERS.items():
        yield Attack(f"divoc proof: {name}", [packed(json.dumps(signed).encode())], TRUST, Reason.BAD_HEADER)
    for name, document in (TERMS | CLAIMS).items():
        yield Attack(f"divoc certificate: {name}", [ISSUER.code(document)], TRUST, Reason.BAD_CLAIMS)
    for name, (signed, reason) in SIGNATURES.items():
        yield Attack(f"divoc signature: {name}", [packed(json.dumps(signed).encode())], TRUST, reason)
