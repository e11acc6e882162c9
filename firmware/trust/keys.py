"""Whose signatures count, for which classes of pass, and until when: plain values that readers of passes consult.

A set answers by key id with every key of that id; which of them signed is found by trying. It judges no time itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STANDARD_CLASSES: Final = ("staff", "visitor", "contractor", "escort", "child")
"""The classes of the default policy, which a list without classes of its own may issue."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of one issuer. It may have signed passes of `classes` issued from `not_before` to before `not_after`."""

    key_id: bytes
    algorithm: Literal["EdDSA"]
    public: Ed25519PublicKey
    issuer: str
    classes: frozenset[str]
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class TrustSet:
    """The keys in force. `expires` 0 is the empty set's; `refused_ids` name known test keys that were left out."""

    keys: tuple[TrustedKey, ...] = ()
    version: int = 0
    issued: int = 0
    expires: int = 0
    refused_ids: frozenset[bytes] = frozenset()

    def find(self, key_id: bytes) -> tuple[TrustedKey, ...]:
        """Return every key with this id; ids are short digests, so two keys may share one."""
        return tuple(key for key in self.keys if key.key_id == key_id)


def merge(sets: Sequence[TrustSet]) -> TrustSet:
    """Join several lists into one that expires with the first of them; empty lists add nothing."""
    filled = [one for one in sets if one.keys or one.refused_ids]
    if not filled:
        return TrustSet()
    return TrustSet(
        keys=tuple(key for one in filled for key in one.keys),
        version=max(one.version for one in filled),
        issued=max(one.issued for one in filled),
        expires=min(one.expires for one in filled),
        refused_ids=frozenset().union(*(one.refused_ids for one in filled)),
    )
