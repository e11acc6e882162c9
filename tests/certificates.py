"""Health certificates of our own making: a throw-away signer of any algorithm, and what it signs."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.events import NEVER
from firmware.signed import base45
from firmware.signed.cose import to_be_signed
from firmware.signed.cose_foreign import ALGORITHMS
from firmware.trust.keys import TrustedKey, TrustSet
from tests.issuing import NOON

if TYPE_CHECKING:
    from firmware.signed.signatures import Algorithm

Private = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

DAY_S = 86_400
NUMBER = {name: number for number, name in ALGORITHMS.items()}
CURVES: dict[str, type[ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1]] = {
    "ES256": ec.SECP256R1,
    "ES384": ec.SECP384R1,
    "ES512": ec.SECP521R1,
}
HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}

VACCINATION = {
    "tg": "840539006",
    "vp": "1119349007",
    "mp": "EU/1/20/1528",
    "ma": "ORG-100030215",
    "dn": 2,
    "sd": 2,
    "dt": "2025-11-01",
    "co": "XX",
    "is": "A ministry",
    "ci": "URN:UVCI:01:XX:SPECIMEN1#A",
}
TEST = {
    "tg": "840539006",
    "tt": "LP6464-4",
    "sc": "2026-01-04T08:00:00+07:00",
    "tr": "260415000",
    "co": "XX",
    "is": "A ministry",
    "ci": "URN:UVCI:01:XX:SPECIMEN2#B",
}
RECOVERY = {
    "tg": "840539006",
    "fr": "2025-12-01",
    "df": "2025-12-12",
    "du": "2026-06-01",
    "co": "XX",
    "is": "A ministry",
    "ci": "URN:UVCI:01:XX:SPECIMEN3#C",
}
PERSON = {"ver": "1.3.0", "dob": "1990-02-03", "nam": {"fn": "Contoh", "fnt": "CONTOH", "gn": "Sari", "gnt": "SARI"}}


DATA_SET = {
    "name": "Sari Contoh",
    "birthDate": "1990-02-03",
    "identifier": "P1234567",
    "certificate": {"hcid": {"value": "HCID-1"}},
    "vaccination": {"date": "2025-11-01", "dose": 1, "totalDoses": 2, "disease": {"code": "RA01"}},
}
TEST_SET = {name: value for name, value in DATA_SET.items() if name != "vaccination"} | {
    "test": {
        "pathogen": {"code": "XN109"},
        "type": {"code": "LP6464-4"},
        "date": "2026-01-04T08:00:00+07:00",
        "result": {"code": "QA02"},
    }
}
FLAT = {
    "name": "Sari Contoh",
    "birthDate": "1990-02-03",
    "identifier": "P1234567",
    "hcid": "HCID-1",
    "vaccine": {"code": "XM68M6"},
    "date": "2025-11-01",
    "dose": 1,
    "total_doses": 2,
    "valid_from": "2025-11-01",
    "valid_until": "2026-11-01",
}
"""WHO's data sets: of a vaccination and of a test, nested, and of a vaccination as the prototypes wrote it."""


def dcc(**entries: object) -> dict[str, object]:
    """Write a European certificate with entries by kind (`v`, `t`, `r`)."""
    return PERSON | entries


def claims(certificate: object, label: int = 1, **changes: object) -> dict[object, object]:
    """Write claims around a certificate: a month old and good for a year, unless told otherwise; `...` drops one."""
    names = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6, "hcert": -260}
    usual = {"iss": "XX", "exp": NOON + 335 * DAY_S, "iat": NOON - 30 * DAY_S, "hcert": {label: certificate}}
    return {names[name]: value for name, value in (usual | changes).items() if value is not ...}


@dataclass(frozen=True)
class Signer:
    """A key pair of one algorithm, and what a gate is told of it."""

    algorithm: Algorithm = "ES256"
    key_id: bytes = b"\x07signer\x07"
    key: Private = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def of(cls, algorithm: Algorithm) -> Signer:
        """Make one with a new key for an algorithm."""
        return cls(algorithm, key=_key(algorithm))

    def trusted(self, **changes: object) -> TrustedKey:
        """Return the public half as an entry of a trust list that may sign `HC1:`."""
        usual: dict[str, object] = {
            "key_id": self.key_id,
            "algorithm": self.algorithm,
            "public": self.key.public_key(),
            "issuer": "A ministry",
            "classes": frozenset({"visitor"}),
            "not_before": 0,
            "not_after": NEVER,
            "formats": frozenset({"hc1"}),
        }
        return TrustedKey(**(usual | changes))  # type: ignore[arg-type]

    def trust(self, **changes: object) -> TrustSet:
        """Return a trust set of this one key."""
        return TrustSet(keys=(self.trusted(**changes),), version=3, issued=NOON, expires=NEVER)

    def sign(self, protected: bytes, payload: bytes) -> bytes:
        """Sign as COSE does."""
        return _signature(self.key, self.algorithm, to_be_signed(protected, payload, b""))

    def message(self, payload: bytes, protected: bytes | None = None, unprotected: object = None) -> bytes:
        """Write a tagged COSE_Sign1 of these very bytes."""
        header = cbor2.dumps({1: NUMBER[self.algorithm], 4: self.key_id}) if protected is None else protected
        parts = [header, {} if unprotected is None else unprotected, payload, self.sign(header, payload)]
        return b"\xd2" + cbor2.dumps(parts)

    def code(self, value: object) -> bytes:
        """Issue a code over a claims set."""
        return packed(self.message(cbor2.dumps(value)))


def packed(message: bytes) -> bytes:
    """Write a message as the text of a code."""
    return b"HC1:" + base45.encode(zlib.compress(message)).encode("ascii")


def _key(algorithm: str) -> Private:
    """Make a key for an algorithm."""
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm]())
    return Ed25519PrivateKey.generate() if algorithm == "EdDSA" else rsa.generate_private_key(65537, 2048)


def _signature(key: object, algorithm: str, message: bytes) -> bytes:
    """Sign by an algorithm, r and s at their full length."""
    digest = HASHES.get(algorithm[2:])
    match key:
        case ec.EllipticCurvePrivateKey():
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(cast("hashes.HashAlgorithm", digest))))
            size = (key.key_size + 7) // 8
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        case rsa.RSAPrivateKey() if digest is not None:
            return key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        case Ed25519PrivateKey():
            return key.sign(message)
        case _:
            raise AssertionError(key)
