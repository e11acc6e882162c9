"""The signatures of a code and nothing else, verified by `cryptography`: what is left of a format that no peer reads.

A travel seal has two, its own and the one under its signer's certificate; a certificate of the DIVOC family has one, of
its graph.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmware.events import Reason
from firmware.passes import divoc
from firmware.signed import canonical_json, strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.samples import Sample


def of(name: str, sample: Sample) -> tuple[str, Callable[[], None]] | None:
    """Return what the signatures are called and a call that verifies them; None for a format that a peer reads."""
    match name:
        case "vdsnc":
            return "ECDSA of P-256 and of P-384", _seal(sample)
        case "divoc":
            return "Ed25519", _graph(sample)
        case "divoc-rsa":
            return "RSA-PSS of 2048 bits", _graph(sample)
        case _:
            return None


def _seal(sample: Sample) -> Callable[[], None]:
    """Verify the seal by its signer, and its signer's certificate by the authority."""
    document = json.loads(sample.code)
    sealed, data = document["sig"], canonical_json.render(document["data"])
    der, raw = strict_json.from_base64url(sealed["cer"]), strict_json.from_base64url(sealed["sigvl"])
    if data is None or der is None or raw is None:
        raise TypeError(document)
    half = len(raw) // 2
    signature = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    signer = x509.load_der_x509_certificate(der)
    authority = x509.load_der_x509_certificate(sample.trust.authorities[0].certificate)
    key, above = signer.public_key(), authority.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(above, ec.EllipticCurvePublicKey):
        raise TypeError(key)
    below, under = signer.tbs_certificate_bytes, signer.signature

    def verify() -> None:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        above.verify(under, below, ec.ECDSA(hashes.SHA384()))

    return verify


def _graph(sample: Sample) -> Callable[[], None]:
    """Verify the signature of the graph, which is spelled beforehand."""
    found, key = divoc.parse(sample.code), sample.trust.keys[0].public
    if isinstance(found, Reason):
        raise TypeError(found)
    signature, signed = found.proof.signature, found.signed
    match key:
        case Ed25519PublicKey():
            return lambda: key.verify(signature, signed)
        case RSAPublicKey():
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
            return lambda: key.verify(signature, signed, salted, hashes.SHA256())
        case _:
            raise TypeError(key)
