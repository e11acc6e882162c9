"""Where hostile certificates of the DIVOC family come from: mutated, re-packed, rearranged and re-signed, from a seed.

More than half are packed again, so that the archive holds and proof, terms or claims are reached; a tenth carry a
trusted key's signature over claims of which exactly one is wrong. None may ever be admitted.
"""

from __future__ import annotations

import io
import json
import zipfile
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.passes import divoc
from tests.divoc import CERTIFICATE, INDONESIA, METHOD, VACCINATION, CertificateIssuer, Json, changed, packed
from tests.hostile.attacking import Attacking
from tests.hostile.mutating import mangled, mutated

if TYPE_CHECKING:
    from random import Random

    from firmware.trust.keys import TrustSet
    from tests.hostile.attacking import Families

_NO_TIME: Final[tuple[object, ...]] = (
    17,
    True,
    [],
    {},
    "",
    "2026-13-01T00:00:00Z",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00Zz",
)
_NO_COUNT: Final[tuple[object, ...]] = (0, -1, 100, 1.5, True, "", "0", "01", "two", [1], {"@value": 2}, 1 << 60)
_NO_NAME: Final[tuple[object, ...]] = (7, "", [], {}, "S" * 513, "Siti\tContoh", ["Siti Contoh", "Budi Contoh"])
_NO_IRI: Final[tuple[object, ...]] = (
    "",
    "0001",
    7,
    [],
    {},
    "_:b0",
    "schema:id",
    "did:x y",
    "javascript:0",
    "https://a.example/<",
    "vac:x",
)

WRONG: Final[tuple[tuple[tuple[str | int, ...], tuple[object, ...]], ...]] = (
    (("issuer",), (*_NO_IRI, None, "https://cowin.gov.in/", INDONESIA + "x")),
    (("issuanceDate",), (*_NO_TIME, None, "2026-01-05T03:06:00Z", "9999-12-31T23:59:59-14:00")),
    (("expirationDate",), (*_NO_TIME, "2026-01-05T03:00:00Z", "2025-07-01T00:00:00Z", "0001-01-01T00:00:00+14:00")),
    (("type",), ([], "VerifiableCredential", ["VerifiableCredential"], ["VerifiableCredential", "Person"], 7, None)),
    (("credentialSubject",), (None, [], "did:x:1", {}, {"type": "Person"}, [CERTIFICATE["credentialSubject"]] * 2)),
    (("credentialSubject", "type"), (None, [], "person", ["Person", "Person"], "Vaccination")),
    (("credentialSubject", "name"), (*_NO_NAME, None)),
    (("credentialSubject", "id"), _NO_IRI),
    (("credentialSubject", "address"), ("Jakarta", [], 7, {"type": "Person"}, {"id": "did:x:1"}, {"street": "x"})),
    (("evidence",), (None, [], 7, "x", {}, [None], [VACCINATION] * 2, [{"type": "Vaccination"}] * 30)),
    (("evidence", 0, "type"), (None, [], "Test", ["Vaccination", "Person"])),
    (("evidence", 0, "id"), (*_NO_IRI, "did:Passport:X0000000")),
    (("evidence", 0, "dose"), _NO_COUNT),
    (("evidence", 0, "totalDoses"), (*_NO_COUNT,)),
    (("evidence", 0, "date"), ("", "2025-02-30", "01-07-2025", 20250701, [], {})),
    (("evidence", 0, "verifier"), ([], "x", {"id": {}}, {"type": "Person"}, {"verifier": {}})),
    (("admin",), (True, 1, "x", {}, [])),
    (("@graph",), ([], {})),
)
"""Where a claim stands and the values that make a certificate bad at noon; None takes the claim away."""

HEADERS: Final[tuple[Json, ...]] = (
    {},
    {"alg": "none", "b64": False, "crit": ["b64"]},
    {"alg": "HS256", "b64": False, "crit": ["b64"]},
    {"alg": "PS256", "b64": False, "crit": ["b64"]},
    {"alg": "EdDSA", "b64": 0, "crit": ["b64"]},
    {"alg": "EdDSA", "b64": False, "crit": []},
    {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": METHOD},
    {"alg": ["EdDSA"], "b64": False, "crit": ["b64"]},
)
_PROOFS: Final[tuple[dict[str, Any], ...]] = (
    {"created": None},
    {"proofPurpose": "authentication"},
    {"verificationMethod": "did:x:1"},
    {"verificationMethod": {"id": METHOD}},
    {"nonce": "1"},
    {"type": "RsaSignature2018"},
)


class DivocAttacker(Attacking):
    """Knows valid certificates and, for some families, holds a trusted key."""

    def __init__(self, random: Random) -> None:
        """Begin from a few valid certificates."""
        self._issuer, self._stranger = (
            CertificateIssuer(Ed25519PrivateKey.from_private_bytes(random.randbytes(32))) for _ in range(2)
        )
        second = VACCINATION | {"id": "https://www.pedulilindungi.id/vaccine/0002", "dose": 2}
        self._signed = [
            self._issuer.sign(),
            self._issuer.sign(CERTIFICATE | {"evidence": [VACCINATION, second]}),
            self._issuer.sign(CERTIFICATE | {"expirationDate": "2026-07-01T00:00:00Z"}),
        ]
        self._texts = [json.dumps(one).encode() for one in self._signed]
        genuine = [packed(one) for one in self._texts]
        families: Families = (
            (0.08, "random", self._random_bytes),
            (0.20, "text", self._mutated_archive),
            (0.22, "message-bytes", self._mutated_json),
            (0.15, "payload-bytes", self._mutated_values),
            (0.15, "structure", self._restructured),
            (0.08, "repacked", self._repacked),
            (0.12, "resigned", self._resigned),
        )
        super().__init__(random, genuine, families)

    def trust(self) -> TrustSet:
        """Return the list of a gate that trusts the issuer."""
        return self._issuer.trust()

    def _valid(self, code: bytes) -> bool:
        """Say whether another reader of archives and JSON finds a valid certificate in a code."""
        try:
            with zipfile.ZipFile(io.BytesIO(code)) as opened:
                return json.loads(opened.read(divoc.FILE.decode())) in self._signed
        except Exception:  # noqa: BLE001  whatever it stumbles over is no valid certificate
            return False

    def _random_bytes(self) -> bytes:
        """Draw bytes, with or without the head of an archive."""
        head = self._random.choice((b"PK\x03\x04", b"PK\x03\x04", b"PK\x05\x06", self.genuine[0][:46], b"PK"))
        return head + self._random.randbytes(self._random.randrange(600))

    def _mutated_archive(self) -> bytes:
        """Change bytes of a valid archive, cut it, double it, or put one archive behind another."""
        code = self._random.choice(self.genuine)
        if self._random.random() < 0.2:
            return code + self._random.choice(self.genuine)
        return mangled(code, self._random)

    def _mutated_json(self) -> bytes:
        """Change letters of the JSON and pack it again."""
        return packed(bytes(mutated(bytearray(self._random.choice(self._texts)), self._random)))

    def _mutated_values(self) -> bytes:
        """Put other values under the old signature."""
        (*way, last), values = self._random.choice(WRONG)
        value = self._random.choice((*values, "another", 3, {"x": 1}))
        if last == "expirationDate" and value is None:
            value = "x"
        return _code(changed(*way, last, to=value, of=self._random.choice(self._signed)))

    def _restructured(self) -> bytes:
        """Take the proof of another certificate, of a stranger, or with another header or member."""
        match self._random.randrange(4):
            case 0:
                first, second = self._random.sample(self._signed, 2)
                return _code(first | {"proof": second["proof"]})
            case 1:
                return _code(self._stranger.sign())
            case 2:
                return _code(self._issuer.sign(header=self._random.choice(HEADERS)))
            case _:
                return _code(self._issuer.sign(**self._random.choice(_PROOFS)))

    def _repacked(self) -> bytes:
        """Pack what is no certificate, under other names, or far too much."""
        text = self._random.choice(self._texts)
        match self._random.randrange(4):
            case 0:
                return packed(text, self._random.choice(("certificate.txt", "../certificate.json", "CERTIFICATE.JSON")))
            case 1:
                return packed(text[: self._random.randrange(len(text))])
            case 2:
                return packed(self._random.choice((b" " * 70_000, b"[]", b"null", b'{"a":1,"a":2}', b"\xff", b"")))
            case _:
                return packed(text, method=self._random.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))

    def _resigned(self) -> bytes:
        """Sign with a trusted key a certificate of which one claim is wrong."""
        (*way, last), values = self._random.choice(WRONG)
        value = self._random.choice(values)
        whole = deepcopy(CERTIFICATE) if value is None else changed(*way, last, to=value)
        return _code(self._issuer.sign(changed(*way, last, absent=True, of=whole) if value is None else whole))


def _code(document: Json) -> bytes:
    """Write a certificate as its code."""
    return packed(json.dumps(document).encode())
