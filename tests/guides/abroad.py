"""What other issuers publish, made up: keys in files of each kind, and a certificate. Keys live in memory only."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import segno
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.signed import strict_json
from tests.cards import CardIssuer, State
from tests.certificates import DAY_S, VACCINATION, Signer, claims, dcc
from tests.divoc import INDONESIA, METHOD
from tests.unit.trust.test_unsigned import ec_jwk


def lay(folder: Path = Path()) -> None:
    """Lay a DID document like WHO's, a key set of cards, an authority of seals, a DID document and a certificate."""
    key, now = ec.generate_private_key(ec.SECP256R1()), int(time.time())
    signer = Signer(key=key)
    listed = {"publicKeyJwk": ec_jwk(key, kid=base64.b64encode(signer.key_id).decode())}
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    graphs = {
        "id": METHOD,
        "type": "Ed25519VerificationKey2018",
        "controller": INDONESIA,
        "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(raw)},
    }
    (folder / "who.json").write_bytes(strict_json.render({"id": "did:web:who.example", "verificationMethod": [listed]}))
    (folder / "jwks.json").write_bytes(strict_json.render({"keys": [ec_jwk(CardIssuer().key)]}))
    (folder / "csca.der").write_bytes(State().authority().certificate)
    (folder / "divoc.json").write_bytes(strict_json.render({"id": INDONESIA, "verificationMethod": [graphs]}))
    code = signer.code(claims(dcc(v=[VACCINATION]), iat=now - DAY_S, exp=now + DAY_S))
    segno.make_qr(code.decode(), error="m").save(str(folder / "certificate.png"), scale=6)
