"""Keys that anybody can sign with, because their private halves are published or sign published test vectors.

Digests only: SHA-256 of a public key as `public.to_bytes` writes it. No key of this list is ever part of a trust set
unless a tool asks for it by name.
"""

from __future__ import annotations

from typing import Final

DIGESTS: Final = frozenset(
    {
        "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9",
        "39f713d0a644253f04529421b9f51b9b08979d08295959c4f3990ee617f5139f",
        "dac073e0123bdea59dd9b3bda9cf6037f63aca82627d7abcd5c4ac29dd74003e",
        "91384c411e5af29648f17f922b402655b11ecaec1b33fc45796241963f95f202",
        "e744c0791320c3285460eddb523f14c88d857ada46b97a5690d88cf978b9191f",
        "b16c2d1bead1262639764fdb0ee4d3774599336bd493404cda4b1136c59f2062",
        "139e3940e64b5491722088d9a0d741628fc826e09475d341a780acde3c4b8070",
    }
)
"""Ed25519: four of RFC 8032 section 7.1 (the first is also that of the COSE examples and RFC 8037), RFC 8410 section
10.3, RFC 9421 appendix B.1.4, and the key of the all-zero seed."""
