"""Certificates that other people's programs spell and sign: each verifies here, each graph has the same spelling.

The specimens in `divoc/` were made with `jsonld-signatures` 5.2.0, which DIVOC signs with; the others are made now, by
`jsonld` and node. No published certificate is here, because each has a real person in it.
"""

from __future__ import annotations

import json
import random
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from firmware.events import NEVER
from firmware.passes import divoc_terms
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.signed import rdf, strict_json
from firmware.trust.keys import TrustedKey, TrustSet
from firmware.trust.public import from_bytes
from hw.reader.decoders import build
from hw.reader.images import load
from tests.contract import node
from tests.divoc import ADDRESS, CERTIFICATE, VACCINATION, CertificateIssuer, Json, changed, packed

if TYPE_CHECKING:
    from firmware.signed.signatures import Algorithm

SPECIMENS: Final = Path(__file__).parent / "divoc"


def variants(chance: random.Random, count: int) -> list[Json]:
    """Draw certificates: with and without names of nodes, terms and addresses, with odd letters and twins."""
    found: list[Json] = []
    for _ in range(count):
        evidence: list[object] = []
        for number in range(chance.randrange(1, 4)):
            one: Json = {term: VACCINATION[term] for term in VACCINATION if chance.random() < 0.8 or term == "type"}
            if chance.random() < 0.5:
                one.pop("id", None)
            elif "id" in one:
                one["id"] = f"https://www.pedulilindungi.id/vaccine/{number}"
            if chance.random() < 0.3:
                one |= {"dose": str(number), "batch": 'a "b" \\ \n\r é \u2028 ' * number, "verifier": {}}
            evidence += [one] * (1 if "id" in one else chance.randrange(1, 3))
        person = dict(CERTIFICATE["credentialSubject"])  # type: ignore[call-overload]
        if chance.random() < 0.5:
            del person["id"]
        person["address"] = chance.choice([ADDRESS, {}, {"city": "Jakarta", "district": None}, None])
        whole = CERTIFICATE | {"credentialSubject": person, "evidence": evidence}
        if chance.random() < 0.4:
            whole = whole | {"id": "urn:uuid:0001", "expirationDate": "2027-01-01T00:00:00+07:00"}
        found.append(whole)
    return found


def asked_of_node(folder: Path, issuer: CertificateIssuer, documents: list[Json]) -> list[dict[str, str]]:
    """Have node spell and sign certificates."""
    key = issuer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    paper = folder / "asked.json"
    paper.write_text(
        json.dumps({"key": key, "documents": documents, "proofs": [issuer.proof()] * len(documents)}), "utf-8"
    )
    answers: list[dict[str, str]] = json.loads(node.run("divoc.mjs", paper))
    return answers


@pytest.mark.parametrize("name", ["india", "indonesia"])
def test_what_the_family_s_own_program_signed_is_believed(name: str) -> None:
    """A specimen of each kind of signature verifies, and one letter changed in its name makes it nobody's."""
    specimen = json.loads((SPECIMENS / f"{name}.json").read_text("utf-8"))
    said = specimen["certificate"]
    algorithm: Algorithm = "PS256" if said["proof"]["type"] == "RsaSignature2018" else "EdDSA"
    public = from_bytes(algorithm, strict_json.from_base64url(specimen["key"]) or b"")
    assert public is not None
    method = said["proof"]["verificationMethod"].encode()
    key = TrustedKey(method, algorithm, public, said["issuer"], frozenset({"visitor"}), 0, NEVER, frozenset({"divoc"}))
    trust = TrustSet(keys=(key,), version=7, expires=NEVER)
    found = read(packed(json.dumps(said).encode()), trust)
    assert isinstance(found, Pass), found
    assert found.health is not None
    assert [(one.number, one.course) for one in found.health.doses] == [(1, 2)]
    forged = changed("credentialSubject", "name", to="Budi", of=said)
    assert not isinstance(read(packed(json.dumps(forged).encode()), trust), Pass)


@pytest.mark.parametrize("kind", ["EdDSA", "PS256"])
def test_others_sign_and_spell_what_is_read_here(kind: str, tmp_path: Path) -> None:
    """Graphs, proofs and signatures of the public JSON-LD library are the same as ours, or hold here."""
    key = Ed25519PrivateKey.generate() if kind == "EdDSA" else rsa.generate_private_key(65537, 2048)
    issuer = CertificateIssuer(key)
    documents = [CERTIFICATE, *variants(random.Random(f"divoc/{kind}"), 30)]  # noqa: S311  the same each time
    for document, answer in zip(documents, asked_of_node(tmp_path, issuer, documents), strict=True):
        found = divoc_terms.certificate({term: one for term, one in document.items() if term != "@context"})
        assert found is not None
        assert (rdf.canonical(found[1]) or b"").decode() == answer["graph"]
        proof = divoc_terms.proof(str(issuer.proof()["type"]), issuer.proof(type=None))
        assert (rdf.canonical(proof or ()) or b"").decode() == answer["proof"]
    signed = CERTIFICATE | {"proof": issuer.proof(jws=answer["jws"])}
    assert not isinstance(read(packed(json.dumps(signed).encode()), issuer.trust()), Pass)
    first = asked_of_node(tmp_path, issuer, [CERTIFICATE])[0]
    signed = CERTIFICATE | {"proof": issuer.proof(jws=first["jws"])}
    assert isinstance(read(packed(json.dumps(signed).encode()), issuer.trust()), Pass)


@pytest.mark.parametrize("name", ["auto", "pyzbar"])
def test_an_archive_in_a_picture_is_read_as_it_is(name: Literal["auto", "pyzbar"]) -> None:
    """Either decoder gives the bytes of a binary code, so that its archive holds."""
    issuer, picture = CertificateIssuer(), BytesIO()
    segno.make_qr(issuer.code(), mode="byte", error="m").save(picture, kind="png", scale=4)
    decoder = build(name, thorough=True)
    try:
        found = decoder.decode(load(picture.getvalue()))
    finally:
        decoder.close()
    assert [isinstance(read(one.data, issuer.trust()), Pass) for one in found] == [True]
