"""Whose signatures count, for which classes of pass, and until when: plain values that readers of passes consult.

A set answers by key id with every key of that id; which of them signed is found by trying. It judges no time itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from firmware.signed.signatures import Algorithm, PublicKey

STANDARD_CLASSES: Final = ("staff", "visitor", "contractor", "escort", "child")
"""The classes that a list without classes of its own may issue."""

OWN_FORMAT: Final = "gp1"
FOREIGN_FORMATS: Final = ("hc1", "shc", "vdsnc", "divoc")
"""Formats of passes that others issue; what a key may sign of these is said key by key."""

USAGES: Final = ("vaccination", "test", "recovery")
"""What a certificate can prove, for keys that may prove only some of it."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of one issuer. It may have signed passes of `classes` issued from `not_before` to before `not_after`.

    `formats` are those it may sign; `usages` what its certificates may prove and `country` (ISO 3166-1 alpha-2) for
    which state, where None means any.
    """

    key_id: bytes
    algorithm: Algorithm
    public: PublicKey
    issuer: str
    classes: frozenset[str]
    not_before: int
    not_after: int
    formats: frozenset[str] = frozenset({OWN_FORMAT})
    usages: frozenset[str] | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of a state (CSCA), for codes that carry their signer's certificate. Times are Unix s."""

    certificate: bytes
    not_before: int
    not_after: int
    country: str


@dataclass(frozen=True, slots=True)
class TrustSet:
    """The keys in force. `expires` 0 is the empty set's; `refused_ids` name known test keys that were left out.

    `card_issuers` are the addresses whose health cards count at all, None for any that a key speaks for. `test_keys`
    says that keys that anybody can sign with are admitted, also those that a code itself brings.
    """

    keys: tuple[TrustedKey, ...] = ()
    version: int = 0
    issued: int = 0
    expires: int = 0
    refused_ids: frozenset[bytes] = frozenset()
    authorities: tuple[Authority, ...] = ()
    card_issuers: frozenset[str] | None = None
    test_keys: bool = False
    _by_id: Mapping[bytes, tuple[TrustedKey, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the keys once, because a list of states has hundreds and a code names one."""
        object.__setattr__(self, "_by_id", _indexed(self.keys))

    def find(self, key_id: bytes, code_format: str = OWN_FORMAT) -> tuple[TrustedKey, ...]:
        """Return every key with this id that may sign the format; ids are short digests, so two keys may share one."""
        return tuple(key for key in self._by_id.get(key_id, ()) if code_format in key.formats)


def _indexed(keys: Iterable[TrustedKey]) -> dict[bytes, tuple[TrustedKey, ...]]:
    """Gather the keys by their ids, in their order."""
    found: dict[bytes, tuple[TrustedKey, ...]] = {}
    for key in keys:
        found[key.key_id] = (*found.get(key.key_id, ()), key)
    return found


def merge(sets: Sequence[TrustSet]) -> TrustSet:
    """Join several lists into one that expires with the first of them; empty lists add nothing."""
    filled = [one for one in sets if one != TrustSet(expires=one.expires, test_keys=one.test_keys)]
    named = [one.card_issuers for one in filled if one.card_issuers is not None]
    if not filled:
        return TrustSet()
    return TrustSet(
        keys=tuple(key for one in filled for key in one.keys),
        version=max(one.version for one in filled),
        issued=max(one.issued for one in filled),
        expires=min(one.expires for one in filled),
        refused_ids=frozenset().union(*(one.refused_ids for one in filled)),
        authorities=tuple(authority for one in filled for authority in one.authorities),
        card_issuers=frozenset().union(*named) if named else None,
        test_keys=any(one.test_keys for one in filled),
    )
