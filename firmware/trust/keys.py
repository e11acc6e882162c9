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
    """The keys in force. `expires` 0 is the empty set's; `refused_ids` name known test keys that were left out."""

    keys: tuple[TrustedKey, ...] = ()
    version: int = 0
    issued: int = 0
    expires: int = 0
    refused_ids: frozenset[bytes] = frozenset()
    authorities: tuple[Authority, ...] = ()
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
    filled = [one for one in sets if one.keys or one.refused_ids or one.authorities]
    if not filled:
        return TrustSet()
    return TrustSet(
        keys=tuple(key for one in filled for key in one.keys),
        version=max(one.version for one in filled),
        issued=max(one.issued for one in filled),
        expires=min(one.expires for one in filled),
        refused_ids=frozenset().union(*(one.refused_ids for one in filled)),
        authorities=tuple(authority for one in filled for authority in one.authorities),
    )
