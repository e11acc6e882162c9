"""The body of a trust list: issuers, their keys, what each key may issue and when it could have.

It turns the body of a verified document into a set of keys and back. Keys whose private half is public, because
test vectors are signed with them, never become part of a set unless a tool asks for them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from firmware.signed import strict_json, times
from firmware.signed.envelope import Document, read_body
from firmware.signed.fields import Blob, KeyId, Moment, Name, Strict, encoded
from firmware.signed.ruling import SILENT, Rulings
from firmware.signed.signatures import Algorithm
from firmware.trust.keys import OWN_FORMAT, Authority, TrustedKey, TrustSet
from firmware.trust.public import MAX_BYTES, from_bytes, is_test_key, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ISSUERS: Final = 1024
MAX_NAME: Final = 128
MAX_KEYS: Final = 256
MAX_CLASSES: Final = 64
MAX_AUTHORITIES: Final = 512


def _all_different(names: list[str]) -> list[str]:
    """Refuse a list that says something twice."""
    if len(set(names)) != len(names):
        msg = "a name is there twice"
        raise ValueError(msg)
    return names


def _key_bytes(value: object) -> bytes:
    """Read the bytes of a public key; which kind it is, its algorithm says."""
    return encoded(value, 1, MAX_BYTES, "not a public key (base64url without padding)")


Format = Literal["gp1", "hc1", "shc", "vdsnc", "divoc"]
Usage = Literal["vaccination", "test", "recovery"]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _own() -> list[Format]:
    """The format of a key whose entry names none."""
    return [OWN_FORMAT]


class Key(Strict):
    """One key of an issuer: passes of these classes, issued from `not_before` to before `not_after`.

    Without `formats` it signs our own; `usages` and `country` left out mean any.
    """

    kid: KeyId
    alg: Algorithm
    key: Annotated[bytes, BeforeValidator(_key_bytes)]
    classes: Annotated[list[Name], Field(min_length=1, max_length=MAX_CLASSES), AfterValidator(_all_different)]
    not_before: Moment
    not_after: Moment
    formats: Annotated[list[Format], Field(min_length=1), AfterValidator(_all_different)] = Field(default_factory=_own)
    usages: list[Usage] | None = None
    country: Country | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        """Refuse an empty validity, a key of another kind than its algorithm's, and one of ours that is not Ed25519."""
        if self.not_before >= self.not_after:
            msg = "'not_after' is not after 'not_before'"
            raise ValueError(msg)
        if from_bytes(self.alg, self.key) is None:
            msg = f"'key' is no public key for {self.alg}; Ed25519 is 32 raw bytes, others a SubjectPublicKeyInfo"
            raise ValueError(msg)
        if OWN_FORMAT in self.formats and self.alg != "EdDSA":
            msg = f"passes of ours are signed with EdDSA; leave {OWN_FORMAT} out of 'formats'"
            raise ValueError(msg)
        return self


class Issuer(Strict):
    """Somebody who issues passes."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
    keys: Annotated[list[Key], Field(min_length=1, max_length=MAX_KEYS)]

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        """Demand the address of whoever issues cards and certificates that name it: no other key may speak for it."""
        if any("shc" in key.formats for key in self.keys) and not self.name.startswith("https://"):
            msg = "whoever signs 'shc' is named by the address that its cards have as their issuer (https://...)"
            raise ValueError(msg)
        if any("divoc" in key.formats for key in self.keys) and ":" not in self.name:
            msg = (
                "whoever signs 'divoc' is named by what its certificates have as their issuer (https://... or did:...)"
            )
            raise ValueError(msg)
        return self


class SignerAuthority(Strict):
    """A certificate authority of a state, by which codes are believed that carry their signer's certificate."""

    certificate: Blob
    country: Country
    not_before: Moment
    not_after: Moment


class TrustList(Strict):
    """The body of a `trust` document."""

    issuers: Annotated[list[Issuer], Field(min_length=1, max_length=MAX_ISSUERS)]
    authorities: Annotated[list[SignerAuthority], Field(max_length=MAX_AUTHORITIES)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Refuse the same key twice under one id: which entry counts would be a guess."""
        raw = [(key.kid, key.key) for issuer in self.issuers for key in issuer.keys]
        if len(set(raw)) != len(raw):
            msg = "a key is there twice"
            raise ValueError(msg)
        return self


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
        test_keys=admit_test_keys,
        authorities=tuple(
            Authority(one.certificate, one.not_before, one.not_after, one.country) for one in body.authorities
        ),
    )


def trusted_key(issuer: str, key: Key) -> TrustedKey:
    """Turn one entry into the value that readers of passes, and the desk that issues them, consult."""
    public = from_bytes(key.alg, key.key)
    if public is None:
        msg = "the model has read this key already"
        raise AssertionError(msg)
    return TrustedKey(
        key_id=key.kid,
        algorithm=key.alg,
        public=public,
        issuer=issuer,
        classes=frozenset(key.classes),
        not_before=key.not_before,
        not_after=key.not_after,
        formats=frozenset(key.formats),
        usages=None if key.usages is None else frozenset(key.usages),
        country=key.country,
    )


def to_body(keys: Sequence[TrustedKey], authorities: Sequence[Authority] = ()) -> dict[str, object]:
    """Write keys as the body of a trust document, issuers in the order of their first key.

    What is usual is left out, so that a list of our own keys is written as it always was. A key that never ends is
    written with the last second that a date can write. Whoever has more keys than an issuer may have stands there
    several times.
    """
    issuers: dict[str, list[dict[str, object]]] = {}
    for key in keys:
        issuers.setdefault(key.issuer, []).append(_entry(key))
    parts = (
        (name, entries[at : at + MAX_KEYS])
        for name, entries in issuers.items()
        for at in range(0, len(entries), MAX_KEYS)
    )
    body: dict[str, object] = {"issuers": [{"name": name, "keys": part} for name, part in parts]}
    if authorities:
        body["authorities"] = [
            {
                "certificate": strict_json.to_base64url(one.certificate),
                "country": one.country,
                "not_before": times.render(one.not_before),
                "not_after": times.render(min(one.not_after, times.LATEST)),
            }
            for one in authorities
        ]
    return body


def _entry(key: TrustedKey) -> dict[str, object]:
    """Write one key."""
    entry: dict[str, object] = {
        "kid": strict_json.to_base64url(key.key_id),
        "alg": key.algorithm,
        "key": strict_json.to_base64url(to_bytes(key.public)),
        "classes": sorted(key.classes),
        "not_before": times.render(key.not_before),
        "not_after": times.render(min(key.not_after, times.LATEST)),
    }
    if key.formats != {OWN_FORMAT}:
        entry["formats"] = sorted(key.formats)
    if key.usages is not None:
        entry["usages"] = sorted(key.usages)
    if key.country is not None:
        entry["country"] = key.country
    return entry
