"""In whose name a key signs health cards: the address of a list, of a certificate beside the key, or of a directory."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.events import Reason
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from firmware.trust.document import to_body
from firmware.trust.keys import TrustSet, merge
from firmware.trust.loading import Loaded, Unusable, load, load_envelope
from tests.cards import ISSUER_URL, CardIssuer, Json
from tests.unit.signed.office import BEGINS, ENDS, GATE, NOW, Office

ISSUER, OTHER = CardIssuer(), CardIssuer()
CARD = ISSUER.code()
ELSEWHERE = "https://other.example"


def certificate(*addresses: str, issuer: CardIssuer = ISSUER) -> str:
    """Make a certificate of a key for these addresses, as a key set has it."""
    name = x509.Name([])
    builder = x509.CertificateBuilder(
        name,
        name,
        issuer.key.public_key(),
        1,
        dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
    )
    if addresses:
        names = [x509.UniformResourceIdentifier(one) for one in addresses]
        builder = builder.add_extension(
            x509.SubjectAlternativeName([*names, x509.DNSName("x.example")]), critical=False
        )
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def entry(*x5c: object) -> Json:
    """Write the issuer's key as an entry of a key set."""
    numbers = ISSUER.key.public_key().public_numbers()
    x, y = (strict_json.to_base64url(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y} | ({"x5c": list(x5c)} if x5c else {})


def trust(*files: Json) -> TrustSet:
    """Load lists as a tool does."""
    found = [load(json.dumps(one).encode()) for one in files]
    sets = [one.trust for one in found if isinstance(one, Loaded)]
    assert len(sets) == len(files)
    return merge(sets)


def participants(*addresses: object) -> Json:
    """Write a directory that has addresses only."""
    return {"participating_issuers": [{"iss": one, "name": "x"} for one in addresses]}


LISTS: dict[str, tuple[tuple[Json, ...], Reason | None]] = {
    "a key set without an address": (({"keys": [entry()]},), None),
    "with a certificate of the issuer": (({"keys": [entry(certificate(ISSUER_URL))]},), None),
    "with one of somebody else": (({"keys": [entry(certificate(ELSEWHERE))]},), Reason.UNKNOWN_KEY),
    "with one of what is no address": (({"keys": [entry(certificate("City Hall"))]},), None),
    "with one of two": (({"keys": [entry(certificate(ISSUER_URL, ELSEWHERE))]},), None),
    "with one of nobody": (({"keys": [entry(certificate())]},), None),
    "with one of another key": (({"keys": [entry(certificate(ELSEWHERE, issuer=OTHER))]},), None),
    "with what is none": (({"keys": [entry("AAAA"), entry("?"), entry(7)]},), None),
    "beside a directory that names the issuer": (({"keys": [entry()]}, participants(ISSUER_URL, ELSEWHERE)), None),
    "beside a directory that does not": (({"keys": [entry()]}, participants(ELSEWHERE, 7)), Reason.UNKNOWN_KEY),
    "in a directory with keys": (({"issuerInfo": [{"issuer": {"iss": ISSUER_URL}, "keys": [entry()]}]},), None),
    "in a directory under another address": (
        ({"issuerInfo": [{"issuer": {"iss": ELSEWHERE}, "keys": [entry()]}]},),
        Reason.UNKNOWN_KEY,
    ),
    "a directory without keys": ((participants(ISSUER_URL),), Reason.NO_TRUST),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_key_speaks_for_an_address(name: str) -> None:
    """A card counts in the name of the issuer that its key has, and of those that a directory lets take part."""
    files, expected = LISTS[name]
    found = read(CARD, trust(*files))
    assert (None if isinstance(found, Pass) else found.reason) is expected


def test_an_empty_directory_is_no_list() -> None:
    """A file that lets nobody take part, and has no key, is told to whoever named it."""
    assert isinstance(load(json.dumps(participants()).encode()), Unusable)


@pytest.mark.parametrize(("issuer", "loads"), [(ISSUER_URL, True), ("clinic", False)])
def test_a_signed_list_names_issuers_of_cards_by_their_address(issuer: str, *, loads: bool) -> None:
    """A gate takes no list in which a key of cards could speak for whom it likes."""
    office = Office()
    key = ISSUER.trusted(issuer=issuer, not_before=BEGINS, not_after=ENDS)
    found = load_envelope(office.seal(Kind.TRUST, to_body([key])), root=office.root_raw, gate=GATE, now=NOW)
    assert isinstance(found, Loaded) is loads
    assert loads or "https://" in str(found)


@pytest.mark.parametrize("name", ["City Hall", "http://cards.example", "ID", "0a1b2c3d4e5f6071"])
def test_nobody_takes_another_issuers_name_by_calling_that_an_address(name: str) -> None:
    """A policy goes by the names of issuers, or by key ids in hex: a file of others must not choose one of those."""
    signer = entry(certificate(name)) | {"kid": strict_json.to_base64url(b"12345678")}
    (key,) = trust({"keys": [signer]}).keys
    assert (key.issuer, key.formats) == ("jwks", frozenset({"hc1"}))
    listed = {"issuerInfo": [{"issuer": {"iss": name}, "keys": [entry()]}]}
    assert isinstance(load(json.dumps(listed).encode()), Unusable)
