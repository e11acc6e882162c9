"""Times another library over a code of ours, in whatever interpreter has that library; `peers.py` starts and asks it.

It imports nothing of ours, because it runs where we are not installed. What a library does not do is done beside it
with the plainest that there is (base45, zlib, json), so that both go the whole way from the text to verified claims.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
import time
import zlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Verify = Callable[[], Any]
    """From the text to the claims; raises unless the signature holds."""

SIGN1_TAG: Final = b"\xd2"
SHC_BASE: Final = 45
"""Two digits of a health card are a letter, counted from this one (SMART Health Cards 1.4)."""


def own_pass(code: str, pem: str, key_id: bytes, aad: bytes) -> Verify:
    """Read a pass of Gapura's own; python-cwt wants the tag in front that such a message goes without."""
    base45, cbor2, cwt = (importlib.import_module(name) for name in ("base45", "cbor2", "cwt"))
    cose, key = cwt.COSE.new(), cwt.COSEKey.from_pem(pem, kid=key_id)

    def verify() -> object:
        message = SIGN1_TAG + base45.b45decode(code.removeprefix("GP1:"))
        return cbor2.loads(cose.decode(message, key, external_aad=aad))

    return verify


def health_certificate(code: str, pem: str, key_id: bytes, _aad: bytes) -> Verify:
    """Read an electronic health certificate, as python-cwt's own guide does."""
    base45, cwt = (importlib.import_module(name) for name in ("base45", "cwt"))
    key = cwt.COSEKey.from_pem(pem, kid=key_id)

    def verify() -> object:
        return cwt.decode(zlib.decompress(base45.b45decode(code.removeprefix("HC1:"))), key)

    return verify


def health_card(code: str, pem: str, key_id: bytes, _aad: bytes) -> Verify:
    """Read a SMART Health Card; joserfc is told of the header `zip` and leaves the inflating to others."""
    jws, jwk, registry = (importlib.import_module(f"joserfc.{name}") for name in ("jws", "jwk", "registry"))
    kid = base64.urlsafe_b64encode(key_id).decode().rstrip("=")
    keys = jwk.KeySet([jwk.ECKey.import_key(pem, {"kid": kid})])
    known = jws.JWSRegistry({"zip": registry.HeaderParameter("compression", "str")}, algorithms=["ES256"])

    def verify() -> object:
        digits = code.removeprefix("shc:/")
        token = "".join(chr(int(digits[at : at + 2]) + SHC_BASE) for at in range(0, len(digits), 2))
        found = jws.deserialize_compact(token, keys, registry=known)
        return json.loads(zlib.decompress(found.payload, -zlib.MAX_WBITS))

    return verify


READERS: Final[Mapping[str, tuple[Callable[[str, str, bytes, bytes], Verify], tuple[str, ...], str]]] = {
    "gp1": (own_pass, ("cwt", "base45"), "cwt.VerifyError"),
    "hc1": (health_certificate, ("cwt", "base45"), "cwt.VerifyError"),
    "shc": (health_card, ("joserfc",), "joserfc.errors.BadSignatureError"),
}
"""By format: who reads it, of which packages, and what they raise for a signature of another key."""


def main() -> int:
    """Answer one question, both in JSON. The first time of the process is the first of the times."""
    asked = json.load(sys.stdin)
    reader, packages, refusal = READERS[asked["format"]]
    key_id, aad = bytes.fromhex(asked["key_id"]), bytes.fromhex(asked["aad"])
    verify = reader(asked["code"], asked["public"], key_id, aad)
    claims: Any = None
    times_ms = []
    for _ in range(asked["times"]):
        began = time.perf_counter()
        claims = verify()
        times_ms.append((time.perf_counter() - began) * 1000)
    for step in asked["path"]:
        claims = claims[step]
    answer = {
        "library": ", ".join(f"{name} {version(name)}" for name in packages),
        "times_ms": times_ms,
        "says": claims.hex() if isinstance(claims, bytes) else claims,
        "refuses": refuses(reader(asked["code"], asked["stranger"], key_id, aad), refusal),
    }
    sys.stdout.write(json.dumps(answer))
    return 0


def refuses(verify: Verify, refusal: str) -> bool:
    """Say whether the library finds that a stranger's key did not sign the code: a peer that does not look is none."""
    module, _, name = refusal.rpartition(".")
    try:
        verify()
    except getattr(importlib.import_module(module), name):
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
