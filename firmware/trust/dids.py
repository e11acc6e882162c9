"""WHO's list of document signers (GDHCN): a DID document whose verification methods carry JWKs and certificates.

Where a method has a certificate, that counts, and its key must be the method's; validity, state and usage are in
nothing else. Methods for other uses than signing documents are passed over. Whether the list itself is genuine is
`proofs`' question.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import NEVER
from firmware.signed.signatures import algorithms_of
from firmware.trust import certificates, graph_signers, jwk, signers
from firmware.trust.keys import Authority, TrustedKey
from firmware.trust.public import taken, to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_METHODS: Final = 10_000
OTHER_USE: Final = "for another use than signing certificates or cards"
NO_KEY: Final = "without a key and an id that can be used here"
NO_FIT: Final = "with a certificate that cannot be used here, or that is not of this key and id"
"""Why an entry gives nothing."""
MAX_KEY_ID_BYTES: Final = 64

_DOMAINS: Final[dict[str, frozenset[str]]] = {
    "#DCC": frozenset({"hc1"}),
    "#DDCC": frozenset({"hc1"}),
    "#SHC": frozenset({"shc"}),
}
"""What is signed in each trust domain; a method without one is of the first, which was alone for years."""


_SIGNS, _CERTIFIES = "#DSC", "#SCA"
"""Usages: a signer of documents, and a state's authority over such signers. A signer's certificate makes no authority,
or whoever may name signers could make those of any state."""


@dataclass(frozen=True, slots=True)
class Methods:
    """What a document holds: keys, authorities, and how many methods gave neither, by why."""

    keys: tuple[TrustedKey, ...]
    authorities: tuple[Authority, ...]
    passed_over: Mapping[str, int]


def read(document: Mapping[str, object]) -> Methods:
    """Read every verification method; one that cannot be used is counted under its reason."""
    methods = document.get("verificationMethod")
    every = methods if isinstance(methods, list) and len(methods) <= MAX_METHODS else []
    found = [_method(one) for one in every]
    keys = tuple(one for one in found if isinstance(one, TrustedKey))
    authorities = tuple(one for one in found if isinstance(one, Authority))
    return Methods(keys, authorities, Counter(one for one in found if isinstance(one, str)))


def _method(method: object) -> TrustedKey | Authority | str:
    """Read one method, or say why it gives nothing."""
    graph_signer = graph_signers.method(method)
    if graph_signer is not None:
        return graph_signer
    match method:
        case {"publicKeyJwk": {"kid": str(name), **entry}, **about}:
            key_id = _key_id(name)
        case _:
            return NO_KEY
    formats = _DOMAINS.get(_code(about.get("domain")) or "#DCC")
    usage = _code(about.get("keyusage"))
    if formats is None or usage not in {None, _SIGNS, _CERTIFIES}:
        return OTHER_USE
    if key_id is None:
        return NO_KEY
    match entry.get("x5c"):
        case [str(first), *_]:
            found = _certified(entry, first, key_id, formats)
            return NO_FIT if found is None or (isinstance(found, Authority) and usage == _SIGNS) else found
        case _:
            return _bare(entry, key_id, formats) or NO_KEY


def _certified(
    entry: Mapping[object, object], first: str, key_id: bytes, formats: frozenset[str]
) -> TrustedKey | Authority | None:
    """Read a method by its certificate, which has to fit to what the method says."""
    der, said = _base64(first), jwk.public(entry)
    found = None if der is None else signers.signer(der, formats)
    if der is None or found is None:
        authority = None if der is None else signers.authority(der)
        certified = None if der is None else certificates.parse(der)
        same = said is None or (certified is not None and taken(certified.public) == said)
        return authority if same else None
    fits = said is not None and to_bytes(said) == to_bytes(found.public) and key_id == found.key_id
    return found if fits else None


def _bare(entry: Mapping[object, object], key_id: bytes, formats: frozenset[str]) -> TrustedKey | None:
    """Read a method that is only a key: it may have signed at any time, for any state."""
    public = jwk.public(entry)
    if public is None:
        return None
    return TrustedKey(
        key_id, algorithms_of(public)[0], public, "unnamed", signers.FOREIGN_CLASSES, 0, NEVER, formats=formats
    )


def _code(value: object) -> str | None:
    """Read the code of a domain or usage."""
    return value.get("code") if isinstance(value, dict) and isinstance(value.get("code"), str) else None


def _key_id(name: str) -> bytes | None:
    """Read a key id, which these lists write in base64."""
    found = _base64(name)
    return found if found is not None and 1 <= len(found) <= MAX_KEY_ID_BYTES else None


def _base64(text: str) -> bytes | None:
    """Read base64 (RFC 4648 section 4)."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
