"""Lists of others: each form gives the keys that are in it, narrowly, and says what it leaves out."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER
from firmware.signed import strict_json
from firmware.trust import jwk, signers
from firmware.trust.keys import Authority, TrustedKey
from firmware.trust.loading import Loaded, Unusable, load
from firmware.trust.public import to_bytes
from firmware.trust.seal_chain import SEAL_SIGNER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.signed.signatures import PublicKey

BEGINS = datetime(2025, 1, 1, tzinfo=UTC)
ENDS = datetime(2027, 1, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
OLD, NEW = "1.3.6.1.4.1.0.1847.2021.1", "1.3.6.1.4.1.1847.2021.1"


def certificate(
    public: object = None,
    *,
    country: str | None = "XX",
    purposes: Sequence[str] = (),
    authority: bool = False,
    also_signs: bool = False,
) -> bytes:
    """Make a signer's or an authority's certificate, in DER."""
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, "signer")]
    if country is not None:
        parts.append(x509.NameAttribute(NameOID.COUNTRY_NAME, country))
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "maker")]),
        x509.Name(parts),
        KEY.public_key() if public is None else public,  # type: ignore[arg-type]
        7,
        BEGINS,
        ENDS,
    )
    if purposes:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in purposes]), critical=False
        )
    if authority:
        usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=also_signs,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
                **usage,
            ),
            critical=True,
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(OTHER, hashes.SHA256()).public_bytes(Encoding.DER)


def pem(der: bytes) -> bytes:
    """Write a certificate as PEM."""
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def ec_jwk(key: ec.EllipticCurvePrivateKey = KEY, **changes: object) -> dict[str, object]:
    """Write a key as a JWK."""
    numbers, size = key.public_key().public_numbers(), (key.key_size + 7) // 8
    x, y = (strict_json.to_base64url(one.to_bytes(size, "big")) for one in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": {256: "P-256", 384: "P-384"}[key.key_size], "x": x, "y": y} | changes


def loaded(data: bytes) -> Loaded:
    """Load what must be usable."""
    found = load(data)
    assert isinstance(found, Loaded), found
    assert found.root is None
    return found


def only_key(data: bytes) -> TrustedKey:
    """Load a list of one key."""
    (key,) = loaded(data).trust.keys
    return key


@pytest.mark.parametrize(
    ("purposes", "usages"),
    [
        ((), None),
        (["1.3.6.1.5.5.7.3.2"], None),
        ([SEAL_SIGNER], set()),
        ([f"{OLD}.1"], {"test"}),
        ([f"{NEW}.2"], {"vaccination"}),
        ([f"{OLD}.2", f"{NEW}.3", "1.3.6.1.5.5.7.3.2"], {"vaccination", "recovery"}),
        ([f"{NEW}.1", f"{NEW}.2", f"{NEW}.3"], {"test", "vaccination", "recovery"}),
    ],
    ids=str,
)
def test_a_certificate_gives_a_signer(purposes: Sequence[str], usages: set[str] | None) -> None:
    """Its id is its own digest; state, validity and usage are what it says, and it signs certificates for visitors."""
    der = certificate(purposes=purposes)
    for data in (der, pem(der)):
        key = only_key(data)
        assert (key.key_id, key.algorithm, key.country) == (hashlib.sha256(der).digest()[:8], "ES256", "XX")
        assert (key.not_before, key.not_after) == (int(BEGINS.timestamp()), int(ENDS.timestamp()) + 1)
        assert (key.formats, key.classes) == (frozenset({"hc1"}), frozenset({"visitor"}))
        assert key.usages == (None if usages is None else frozenset(usages))


def test_a_file_of_certificates_gives_all_that_can_be_used() -> None:
    """RSA too, authorities apart, and what gives nothing is told."""
    useless = certificate(ec.generate_private_key(ec.SECP224R1()).public_key())
    parts = [certificate(), certificate(RSA.public_key(), country=None), certificate(authority=True), useless]
    nameless = certificate(authority=True, country=None)
    found = loaded(b"# a comment\n" + b"".join(map(pem, [*parts, nameless])) + pem(b"no certificate"))
    assert [key.algorithm for key in found.trust.keys] == ["ES256", "PS256"]
    assert [key.country for key in found.trust.keys] == ["XX", None]
    assert found.trust.authorities == (Authority(parts[2], int(BEGINS.timestamp()), int(ENDS.timestamp()), "XX"),)
    assert found.notes == ("3 of its certificates give no key that can be used here",)


def test_an_authority_that_also_signs_documents_is_both() -> None:
    """Some states made them so; one that does not say it is no signer."""
    found = loaded(certificate(authority=True, also_signs=True))
    assert (len(found.trust.keys), len(found.trust.authorities)) == (1, 1)
    assert loaded(certificate(authority=True)).trust.keys == ()


def test_key_sets_say_by_kind_what_a_key_signs() -> None:
    """A thumbprint names the key of a card, eight bytes name a signer; other curves and private keys are left out."""
    thumb = jwk.thumbprint(KEY.public_key()) or b""
    signer = strict_json.to_base64url(b"12345678")
    p384 = ec_jwk(ec.generate_private_key(ec.SECP384R1()))
    entries = [ec_jwk(), ec_jwk(OTHER, kid=signer), p384, ec_jwk(OTHER, d="AA"), ec_jwk(x="AA"), {"kty": "oct"}, None]
    found = loaded(strict_json.render({"keys": entries}))
    assert found.notes == ("5 of its keys left out: private, or of a kind or size that is not taken here",)
    cards, certificates = found.trust.keys
    assert (cards.key_id, cards.formats, cards.issuer) == (thumb, frozenset({"shc"}), "jwks")
    assert (certificates.key_id, certificates.formats) == (b"12345678", frozenset({"hc1"}))
    assert (cards.not_before, cards.not_after, cards.classes) == (0, NEVER, frozenset({"visitor"}))


def test_a_directory_names_each_issuer_by_its_address() -> None:
    """Keys of an issuer speak for it alone; entries without an address or without keys are passed over."""
    issuers = [
        {"issuer": {"iss": "https://a.example"}, "keys": [ec_jwk()]},
        {"issuer": {"iss": "https://b.example"}, "keys": [ec_jwk(), ec_jwk(OTHER)]},
        {"issuer": {"name": "nobody"}, "keys": [ec_jwk()]},
        {"issuer": {"iss": "https://c.example"}},
    ]
    keys = loaded(strict_json.render({"issuerInfo": issuers})).trust.keys
    assert [key.issuer for key in keys] == ["https://a.example", "https://b.example", "https://b.example"]


def method(der: bytes | None = None, key: ec.EllipticCurvePrivateKey = KEY, **changes: object) -> dict[str, object]:
    """Write a verification method as WHO's list does."""
    identity = b"12345678" if der is None else hashlib.sha256(der).digest()[:8]
    entry = ec_jwk(key, kid=base64.b64encode(identity).decode())
    if der is not None:
        entry["x5c"] = [base64.b64encode(der).decode()]
    usual = {"domain": {"code": "#DCC"}, "keyusage": {"code": "#DSC"}, "publicKeyJwk": entry}
    return {name: value for name, value in (usual | changes).items() if value is not ...}


def did(*methods: object) -> bytes:
    """Write a DID document."""
    return strict_json.render({"id": "did:web:example", "verificationMethod": list(methods)})


def test_a_did_document_gives_signers_by_their_certificates() -> None:
    """A certificate counts where there is one; a bare key may have signed at any time; authorities stand apart."""
    der, ca = certificate(purposes=[f"{NEW}.2"]), certificate(authority=True)
    found = loaded(did(method(der), method(domain=...), method(ca, keyusage={"code": "#SCA"})))
    certified, bare = found.trust.keys
    assert (certified.usages, certified.country) == (frozenset({"vaccination"}), "XX")
    assert (bare.key_id, bare.not_after, bare.country) == (b"12345678", NEVER, None)
    assert [one.certificate for one in found.trust.authorities] == [ca]
    assert found.notes == ("its proof is not checked: its signer is not pinned, so you vouch for it",)


@pytest.mark.parametrize(
    "wrong",
    [
        method(certificate(), OTHER),
        method(publicKeyJwk=ec_jwk(kid="MTIzNDU2Nzg=", x5c=[base64.b64encode(certificate()).decode()])),
        method(publicKeyJwk=ec_jwk(kid="MTIzNDU2Nzg=", x5c=["not base64"])),
        method(publicKeyJwk=ec_jwk(kid="not base64")),
        method(publicKeyJwk=ec_jwk()),
        method(publicKeyJwk={"kty": "oct", "kid": "MTIzNDU2Nzg="}),
        method(domain={"code": "#UNKNOWN"}),
        method(keyusage={"code": "#TLS"}),
        method(certificate(authority=True)),
        method(certificate(authority=True), OTHER, keyusage={"code": "#SCA"}),
        {},
        7,
    ],
)
def test_a_method_that_contradicts_itself_is_passed_over(wrong: object) -> None:
    """Key, id and certificate must be one; what is for another use is not for a door, and no signer is an authority."""
    found = loaded(did(method(certificate()), wrong))
    assert len(found.trust.keys) == 1
    assert "1 of its entries" in found.notes[1]
    assert isinstance(load(did(wrong)), Unusable)


def test_each_entry_that_is_left_out_is_counted_under_its_reason() -> None:
    """Another use, no key and a certificate that does not fit are told apart."""
    other, none = method(keyusage={"code": "#TLS"}), method(publicKeyJwk={"kty": "oct", "kid": "MTIzNDU2Nzg="})
    found = loaded(did(method(certificate()), other, none, 7, method(certificate(), OTHER)))
    assert found.notes[1:] == (
        "1 of its entries left out: for another use than signing certificates or cards",
        "2 of its entries left out: without a key and an id that can be used here",
        "1 of its entries left out: with a certificate that cannot be used here, or that is not of this key and id",
    )


def test_coordinates_may_have_zeros_too_many_or_too_few() -> None:
    """Writers of these lists write numbers with a zero in front, or without one that belongs there."""
    key = next(key for key in iter(lambda: ec.generate_private_key(ec.SECP256R1()), None) if short(key.public_key()))
    numbers = key.public_key().public_numbers()
    longer, shorter = (strict_json.to_base64url(numbers.x.to_bytes(size, "big")) for size in (33, 31))
    for x in (longer, shorter):
        found = jwk.public(ec_jwk(key, x=x))
        assert found is not None
        assert to_bytes(found) == to_bytes(key.public_key())
    assert jwk.public(ec_jwk(key, x=strict_json.to_base64url(numbers.x.to_bytes(31, "big").lstrip(b"\0")[:-3]))) is None


def short(public: PublicKey) -> bool:
    """Say whether a key's first coordinate begins with a zero."""
    return isinstance(public, ec.EllipticCurvePublicKey) and public.public_numbers().x < 1 << 248


@given(st.binary(max_size=60), st.integers(0, 10_000), st.integers(1, 255))
def test_no_bytes_raise(data: bytes, at: int, flip: int) -> None:
    """Garbage, and a good certificate with any byte changed, come to a key, to an authority or to nothing."""
    der = SPECIMEN
    at %= len(der)
    for one in (data, der[:at] + bytes([der[at] ^ flip]) + der[at + 1 :], der[:at]):
        signers.signer(one)
        signers.authority(one)
        load(b"\x30" + one)
        load(pem(one))


SPECIMEN = certificate(purposes=[f"{NEW}.1"])
