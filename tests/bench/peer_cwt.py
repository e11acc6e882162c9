"""Times python-cwt on a token like ours, in whatever interpreter has it; prints its version and each time (ms).

It imports nothing of ours, because it runs where we are not installed.
"""

from __future__ import annotations

import importlib
import sys
import time
from importlib.metadata import version

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

AREAS, PASS_CLASS, ENTRIES = -65538, -65537, -65539


def main() -> int:
    """Sign one token and verify it over and over."""
    cwt = importlib.import_module("cwt")
    secret = Ed25519PrivateKey.generate()
    ours = cwt.COSEKey.from_pem(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), kid="bench")
    public = secret.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    theirs = cwt.COSEKey.from_pem(public, kid="bench")
    now = int(time.time())
    claims = {
        4: now + 3600,
        5: now - 60,
        6: now - 60,
        7: bytes(16),
        PASS_CLASS: "visitor",
        AREAS: ["lobby"],
        ENTRIES: 1,
    }
    token = cwt.encode(claims, ours)
    times_ms = []
    for _ in range(int(sys.argv[1])):
        began = time.perf_counter()
        cwt.decode(token, theirs)
        times_ms.append((time.perf_counter() - began) * 1000)
    sys.stdout.write(" ".join([version("cwt"), *map(str, times_ms)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
