"""Throw-away issuers of SMART Health Cards and travel seals, and what they issue. Keys live in memory only."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from dataclasses import dataclass, field, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from firmware.events import NEVER
from firmware.passes import shc, shc_codes
from firmware.signed import canonical_json, strict_json
from firmware.trust import jwk
from firmware.trust.certificates import DOCUMENT_TYPES
from firmware.trust.keys import Authority, TrustedKey, TrustSet
from firmware.trust.seal_chain import SEAL_SIGNER
from tests.issuing import NOON

Json = dict[str, object]

ISSUER_URL = "https://cards.example/issuer"
DAY_S = 86_400

PATIENT: Json = {
    "resourceType": "Patient",
    "name": [{"family": "Contoh", "given": ["Siti"]}],
    "birthDate": "1990-05-17",
}


def immunization(day: str, cvx: str = "208", status: str = "completed") -> Json:
    """Make a dose as a card has it."""
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": cvx}]}
    patient = {"reference": "resource:0"}
    return {
        "resourceType": "Immunization",
        "status": status,
        "vaccineCode": code,
        "patient": patient,
        "occurrenceDateTime": day,
    }


def observation(day: str, loinc: str = "94500-6", result: str = "260415000", status: str = "final") -> Json:
    """Make a test as a card has it: by default a PCR that found nothing."""
    return {
        "resourceType": "Observation",
        "status": status,
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "resource:0"},
        "effectiveDateTime": day,
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": result}]},
    }


def bundle(*resources: Json) -> Json:
    """Put resources into a bundle."""
    entries = [{"fullUrl": f"resource:{number}", "resource": one} for number, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


VACCINATED = bundle(PATIENT, immunization("2025-06-01"), immunization("2025-07-01"))


def payload(fhir: object = None, **changes: object) -> Json:
    """Make what a card says; a change to None takes the claim away."""
    subject = {"fhirVersion": "4.0.1", "fhirBundle": VACCINATED if fhir is None else fhir}
    said: Json = {
        "iss": ISSUER_URL,
        "nbf": NOON - DAY_S,
        "vc": {"type": [shc.CARD_TYPE], "credentialSubject": subject, "rid": "abc-123"},
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def deflated(data: bytes) -> bytes:
    """Deflate without a header, as cards are (RFC 1951)."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def raw_signature(key: ec.EllipticCurvePrivateKey, message: bytes, digest: hashes.HashAlgorithm) -> bytes:
    """Sign as r and s in a row, the same each time."""
    size = (key.key_size + 7) // 8
    made = key.sign(message, ec.ECDSA(digest, deterministic_signing=True))
    return b"".join(one.to_bytes(size, "big") for one in decode_dss_signature(made))


@dataclass(frozen=True)
class CardIssuer:
    """Somebody who issues SMART Health Cards."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    url: str = ISSUER_URL

    @property
    def key_id(self) -> bytes:
        """The thumbprint of the key."""
        return jwk.thumbprint(self.key.public_key()) or b""

    def trusted(self, **changes: object) -> TrustedKey:
        """Return the public half as an entry of a trust list."""
        public = self.key.public_key()
        found = TrustedKey(
            self.key_id, "ES256", public, self.url, frozenset({"visitor"}), 0, NEVER, frozenset({shc.NAME})
        )
        return replace(found, **changes)  # type: ignore[arg-type]

    def trust(self) -> TrustSet:
        """Return a trust set of this one key."""
        return TrustSet(keys=(self.trusted(),), version=7, issued=0, expires=NEVER)

    def sign(self, packed: bytes, header: Json | None = None) -> str:
        """Sign a payload that is deflated already, under any header."""
        said = (
            {"zip": "DEF", "alg": "ES256", "kid": strict_json.to_base64url(self.key_id)} if header is None else header
        )
        front = strict_json.to_base64url(json.dumps(said).encode()) + "." + strict_json.to_base64url(packed)
        return front + "." + strict_json.to_base64url(raw_signature(self.key, front.encode(), hashes.SHA256()))

    def token(self, said: Json | None = None) -> str:
        """Issue a card as its token."""
        return self.sign(deflated(json.dumps(payload() if said is None else said, separators=(",", ":")).encode()))

    def code(self, said: Json | None = None) -> bytes:
        """Issue a card as one code."""
        return shc_codes.codes_of(self.token(said))[0]


VACCINATION: Json = {
    "uvci": "ID0001",
    "pid": {"n": "CONTOH  SITI", "dob": "1990-05-17", "i": "X0000000", "sex": "F"},
    "ve": [
        {
            "des": "XM8NQ0",
            "dis": "RA01.0",
            "nam": "Comirnaty",
            "vd": [
                {"adm": "Puskesmas", "ctr": "IDN", "dvc": "2025-06-01", "lot": "1", "seq": 1},
                {"adm": "Puskesmas", "ctr": "IDN", "dvc": "2025-07-01", "lot": "2", "seq": 2},
            ],
        }
    ],
}
TESTED: Json = {
    "utci": "ID0002",
    "pid": {"n": "CONTOH  SITI", "dob": "1990-05-17", "dt": "P", "dn": "X0000000"},
    "sp": {"spn": "Puskesmas", "ctr": "IDN", "cd": {"p": "+6200000000", "e": "a@b.example", "a": "Jl. Contoh"}},
    "dat": {"sc": "2026-01-04T12:00:00+07:00", "ri": "2026-01-04T14:00:00+07:00"},
    "tr": {"tc": "molecular(PCR)", "r": "negative", "m": "nasopharyngeal"},
}
CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "ES256": (ec.SECP256R1(), hashes.SHA256()),
    "ES384": (ec.SECP384R1(), hashes.SHA384()),
    "ES512": (ec.SECP521R1(), hashes.SHA512()),
}


def _name(country: str, common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, country), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _moment(unix: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(unix, dt.UTC)


def _uses(*names: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})


@dataclass(frozen=True)
class State:
    """A state with an authority (CSCA) and a signer under it; every member can be made wrong."""

    country: str = "ID"
    algorithm: str = "ES256"
    authority_begins: int = NOON - 400 * DAY_S
    authority_ends: int = NOON + 4000 * DAY_S
    begins: int = NOON - 200 * DAY_S
    ends: int = NOON + 2000 * DAY_S
    authority_uses: tuple[str, ...] = ("key_cert_sign", "crl_sign")
    is_authority: bool = True
    uses: tuple[str, ...] | None = ("digital_signature",)
    purpose: str | None = SEAL_SIGNER
    documents: tuple[str, ...] | None = ("NV", "NT")
    signer_country: str | None = None
    names_authority: str = "CSCA"
    critical: str | None = None
    root: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    signer: ec.EllipticCurvePrivateKey | None = None

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The signer's key: the same one each time."""
        return self.signer or ec.derive_private_key(self.root.private_numbers().private_value >> 160, self._curve)

    @property
    def _curve(self) -> ec.EllipticCurve:
        return CURVES[self.algorithm][0]

    def authority(self) -> Authority:
        """Return the authority as a trust list has it."""
        public = self.root.public_key()
        name = _name(self.country, "CSCA")
        made = (
            x509.CertificateBuilder(name, name, public, 1, _moment(self.authority_begins), _moment(self.authority_ends))
            .add_extension(x509.BasicConstraints(ca=self.is_authority, path_length=None), critical=True)
            .add_extension(_uses(*self.authority_uses), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.root, hashes.SHA384())
        )
        der = made.public_bytes(serialization.Encoding.DER)
        return Authority(der, self.authority_begins, self.authority_ends, self.country)

    def certificate(self, public: ec.EllipticCurvePublicKey | None = None) -> bytes:
        """Make the signer's certificate (DER), for its own key unless told otherwise."""
        builder = x509.CertificateBuilder(
            _name(self.country, self.names_authority),
            _name(self.signer_country or self.country, "Signer"),
            public or self.key.public_key(),
            2,
            _moment(self.begins),
            _moment(self.ends),
        ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.public_key()), critical=False)
        if self.uses is not None:
            builder = builder.add_extension(_uses(*self.uses), critical=True)
        if self.purpose is not None:
            purposes = x509.ExtendedKeyUsage([x509.ObjectIdentifier(self.purpose)])
            builder = builder.add_extension(purposes, critical=True)
        if self.documents is not None:
            types = b"".join(b"\x13" + bytes([len(one)]) + one.encode() for one in self.documents)
            value = b"\x02\x01\x00\x31" + bytes([len(types)]) + types
            value = b"\x30" + bytes([len(value)]) + value
            extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(DOCUMENT_TYPES), value)
            builder = builder.add_extension(extension, critical=False)
        if self.critical is not None:
            unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(self.critical), b"\x05\x00")
            builder = builder.add_extension(unknown, critical=True)
        return builder.sign(self.root, hashes.SHA384()).public_bytes(serialization.Encoding.DER)

    def trust(self) -> TrustSet:
        """Return a trust set of this one authority."""
        return TrustSet(version=7, issued=0, expires=NEVER, authorities=(self.authority(),))

    def seal(self, message: Json = VACCINATION, header: Json | None = None, **changes: object) -> bytes:
        """Issue a seal; `changes` replace what stands beside the signature."""
        kind = "icao.test" if "utci" in message else "icao.vacc"
        data: Json = {"hdr": {"is": "IDN", "t": kind, "v": 1} if header is None else header, "msg": message}
        signed = canonical_json.render(data) or json.dumps(data).encode()
        sealed: Json = {
            "alg": self.algorithm,
            "cer": strict_json.to_base64url(self.certificate()),
            "sigvl": strict_json.to_base64url(raw_signature(self.key, signed, CURVES[self.algorithm][1])),
        }
        return json.dumps({"data": data, "sig": sealed | changes}, separators=(",", ":"), ensure_ascii=False).encode()
