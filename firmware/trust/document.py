"""The body of a trust list: issuers, their keys, what each key may issue and when it could have.

It turns the body of a verified document into a set of keys and back. Keys whose private half is public, because
test vectors are signed with them, never become part of a set unless a tool asks for them by name.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.signed import strict_json, times
from firmware.signed.envelope import Document, read_body
from firmware.signed.fields import KeyId, Moment, Name, RawKey, Strict
from firmware.signed.ruling import SILENT, Rulings
from firmware.trust.keys import TrustedKey, TrustSet

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ISSUERS: Final = 1024
MAX_KEYS: Final = 64
MAX_CLASSES: Final = 64

TEST_KEY_DIGESTS: Final = frozenset(
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
"""SHA-256 of raw public keys whose private halves are published: four of RFC 8032 section 7.1 (the first is also that
of the COSE examples and RFC 8037), RFC 8410 section 10.3, RFC 9421 appendix B.1.4, and the key of the all-zero seed."""


def _all_different(names: list[str]) -> list[str]:
    """Refuse a list that says something twice."""
    if len(set(names)) != len(names):
        msg = "a name is there twice"
        raise ValueError(msg)
    return names


class Key(Strict):
    """One key of an issuer: passes of these classes, issued from `not_before` to before `not_after`."""

    kid: KeyId
    alg: Literal["EdDSA"]
    key: RawKey
    classes: Annotated[list[Name], Field(min_length=1, max_length=MAX_CLASSES), AfterValidator(_all_different)]
    not_before: Moment
    not_after: Moment

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse an empty validity."""
        if self.not_before >= self.not_after:
            msg = "'not_after' is not after 'not_before'"
            raise ValueError(msg)
        return self


class Issuer(Strict):
    """Somebody who issues passes."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    keys: Annotated[list[Key], Field(min_length=1, max_length=MAX_KEYS)]


class TrustList(Strict):
    """The body of a `trust` document."""

    issuers: Annotated[list[Issuer], Field(min_length=1, max_length=MAX_ISSUERS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Refuse the same key twice: which entry counts would be a guess."""
        raw = [key.key for issuer in self.issuers for key in issuer.keys]
        if len(set(raw)) != len(raw):
            msg = "a key is there twice"
            raise ValueError(msg)
        return self


def is_test_key(raw: bytes) -> bool:
    """Say whether anybody can sign with this key, because its private half is published."""
    return hashlib.sha256(raw).hexdigest() in TEST_KEY_DIGESTS


def to_trust_set(
    document: Document, *, admit_test_keys: bool = False, rulings: Rulings = SILENT
) -> TrustSet | tuple[str, ...]:
    """Read the body of a verified trust document; answer the set or every mistake in it.

    A key that a root has taken back is in no set, whoever lists it.
    """
    body = read_body(document, TrustList)
    if not isinstance(body, TrustList):
        return body
    every = [(issuer.name, key) for issuer in body.issuers for key in issuer.keys]
    refused = [key for _, key in every if not admit_test_keys and is_test_key(key.key)]
    return TrustSet(
        keys=tuple(
            trusted_key(name, key) for name, key in every if key not in refused and not rulings.key_revoked(key.key)
        ),
        version=document.version,
        issued=document.issued,
        expires=document.expires,
        refused_ids=frozenset(key.kid for key in refused),
    )


def trusted_key(issuer: str, key: Key) -> TrustedKey:
    """Turn one entry into the value that readers of passes, and the desk that issues them, consult."""
    return TrustedKey(
        key_id=key.kid,
        algorithm=key.alg,
        public=Ed25519PublicKey.from_public_bytes(key.key),
        issuer=issuer,
        classes=frozenset(key.classes),
        not_before=key.not_before,
        not_after=key.not_after,
    )


def to_body(keys: Sequence[TrustedKey]) -> dict[str, object]:
    """Write keys as the body of a trust document, issuers in the order of their first key."""
    issuers: dict[str, list[dict[str, object]]] = {}
    for key in keys:
        issuers.setdefault(key.issuer, []).append(
            {
                "kid": strict_json.to_base64url(key.key_id),
                "alg": key.algorithm,
                "key": strict_json.to_base64url(key.public.public_bytes_raw()),
                "classes": sorted(key.classes),
                "not_before": times.render(key.not_before),
                "not_after": times.render(key.not_after),
            }
        )
    return {"issuers": [{"name": name, "keys": entries} for name, entries in issuers.items()]}
