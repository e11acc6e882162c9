"""Times joserfc on a token like a health card's, in whatever interpreter has it; prints its version and each time (ms).

It imports nothing of ours, because it runs where we are not installed. What the library does not do, inflating and
reading the JSON, is done beside it, so that both come to the same.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import zlib
from importlib.metadata import version

DOSES = 3


def main() -> int:
    """Sign one token and verify it over and over."""
    jws, jwk = (importlib.import_module(f"joserfc.{name}") for name in ("jws", "jwk"))
    key = jwk.ECKey.generate_key("P-256")
    dose = {"resourceType": "Immunization", "status": "completed", "occurrenceDateTime": "2025-06-01"}
    said = {"iss": "https://cards.example/issuer", "nbf": 1, "vc": {"fhirBundle": {"entry": [dose] * DOSES}}}
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = stream.compress(json.dumps(said).encode()) + stream.flush()
    token = jws.serialize_compact({"alg": "ES256"}, packed, key, algorithms=["ES256"])
    times_ms = []
    for _ in range(int(sys.argv[1])):
        began = time.perf_counter()
        found = jws.deserialize_compact(token, key, algorithms=["ES256"])
        json.loads(zlib.decompress(found.payload, -zlib.MAX_WBITS))
        times_ms.append((time.perf_counter() - began) * 1000)
    sys.stdout.write(" ".join([version("joserfc"), *map(str, times_ms)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
