"""Lists of keys that carry no signature of ours, for tools on a desk: whoever names such a file vouches for it.

Key sets (JWKS), the directory of health card issuers, WHO's DID document, certificates as PEM or DER. What a list does
not say of its keys is assumed narrowly: visitors, and the one format that such keys sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.events import NEVER
from firmware.signed import cose, strict_json
from firmware.signed.signatures import algorithms_of
from firmware.trust import dids, graph_signers, jwk, proofs, signers
from firmware.trust.keys import OWN_FORMAT, STANDARD_CLASSES, Authority, TrustedKey, TrustSet
from firmware.trust.public import is_test_key, to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from firmware.signed.signatures import PublicKey

MAX_BYTES: Final = 16 << 20
MAX_KEYS: Final = 10_000
NAMELESS: Final = "jwks"
"""The issuer of a key set that does not say whose it is."""


class Kind(Protocol):
    """Which entry of a trust list a key of a set makes, and whether it makes one."""

    def __call__(self, entry: Mapping[str, object], public: PublicKey, issuer: str, /) -> TrustedKey | None:
        """Answer the entry; None for a key of another kind."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a list holds, before test keys are left out; `notes` are lines for whoever named it."""

    keys: Sequence[TrustedKey] = ()
    authorities: Sequence[Authority] = ()
    notes: tuple[str, ...] = ()
    card_issuers: frozenset[str] | None = None


def trust_set(found: Found, *, admit_test_keys: bool) -> TrustSet:
    """Make a set that never ends out of what was found; keys that anybody can sign with stay out unless asked for."""
    each = {(key.key_id, key.issuer, to_bytes(key.public)): key for key in found.keys}
    refused = {name for name in each if not admit_test_keys and is_test_key(name[2])}
    return TrustSet(
        keys=tuple(key for name, key in each.items() if name not in refused),
        expires=NEVER,
        refused_ids=frozenset(key_id for key_id, _, _ in refused),
        authorities=tuple(found.authorities),
        card_issuers=found.card_issuers,
        test_keys=admit_test_keys,
    )


def jwks(value: Mapping[str, object]) -> Found:
    """Read an RFC 7517 key set; keys of kinds that are not taken are left out.

    A set is one issuer's: where one of its keys comes with a certificate, the address in that is the issuer's.
    """
    entries = value.get("keys")
    keys = _entries(entries, jwk.address(entries) or NAMELESS)
    return Found(keys, notes=_left_out(entries, keys))


def directory(value: Mapping[str, object]) -> Found:
    """Read the directory of health card issuers (VCI): each with its address and its keys, or their addresses alone.

    Hundreds of issuers write their own entries into it; what they write makes them issuers of cards and nothing else.
    """
    issuers = value.get("issuerInfo")
    keys: list[TrustedKey] = []
    every: list[object] = []
    for one in issuers if isinstance(issuers, list) else []:
        match one:
            case {"issuer": {"iss": str(address)}, "keys": list(entries)} if address.startswith(jwk.ADDRESS):
                keys += _entries(entries, address, _card_key)
                every += entries
            case _:
                continue
    notes = _left_out(every, keys)
    participants = value.get("participating_issuers")
    if not isinstance(participants, list):
        return Found(keys, notes=notes)
    named = (one.get("iss") for one in participants if isinstance(one, dict))
    return Found(keys, notes=notes, card_issuers=frozenset(address for address in named if isinstance(address, str)))


def did(value: Mapping[str, object], pinned: Mapping[str, PublicKey]) -> Found | None:
    """Read WHO's list; None if a pinned signer's proof of it does not hold."""
    proof = proofs.check(value, pinned)
    if proof == "false":
        return None
    methods = dids.read(value)
    notes = [] if proof == "proven" else ["its proof is not checked: its signer is not pinned, so you vouch for it"]
    notes += [f"{number} of its entries left out: {why}" for why, number in methods.passed_over.items()]
    return Found(methods.keys, methods.authorities, tuple(notes))


def certificates(ders: Iterable[bytes]) -> Found:
    """Read certificates of signers and of authorities; those that give neither are counted."""
    every = [(signers.signer(der), signers.authority(der)) for der in ders]
    keys = [key for key, _ in every if key is not None]
    authorities = [authority for _, authority in every if authority is not None]
    odd = sum(key is None and authority is None for key, authority in every)
    return Found(keys, authorities, (f"{odd} of its certificates give no key that can be used here",) if odd else ())


def _left_out(entries: object, keys: Sequence[TrustedKey]) -> tuple[str, ...]:
    """Say how many entries of sets gave no key."""
    number = len(entries) - len(keys) if isinstance(entries, list) else 0
    return (f"{number} of its keys left out: private, or of a kind or size that is not taken here",) if number else ()


def _entries(entries: object, issuer: str, kind: Kind | None = None) -> list[TrustedKey]:
    """Read the keys of a set, all as one kind or each by its own."""
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        return []
    found = ((entry, jwk.public(entry)) for entry in entries)
    read = kind or _key
    return [key for entry, public in found if public is not None and (key := read(entry, public, issuer)) is not None]


def _key(entry: Mapping[str, object], public: PublicKey, issuer: str) -> TrustedKey | None:
    """Say what a key of a set may sign: by its id graphs or certificates, ours if it is of Ed25519, else cards."""
    kid = entry.get("kid")
    if isinstance(kid, str) and graph_signers.is_name(kid):
        return graph_signers.key(kid, public, issuer)
    if isinstance(public, Ed25519PublicKey):
        return _made(cose.key_id(to_bytes(public)), public, issuer, OWN_FORMAT, frozenset(STANDARD_CLASSES))
    signer = strict_json.from_base64url(kid) if isinstance(kid, str) else None
    if signer is not None and len(signer) == signers.KEY_ID_BYTES:
        return _made(signer, public, issuer, "hc1")
    return _card_key(entry, public, issuer)


def _card_key(_entry: Mapping[str, object], public: PublicKey, issuer: str) -> TrustedKey | None:
    """Take a key for one that signs cards, whatever its entry calls it; None for a kind that signs none."""
    name = jwk.thumbprint(public)
    return None if name is None else _made(name, public, issuer, "shc")


def _made(
    key_id: bytes, public: PublicKey, issuer: str, signs: str, classes: frozenset[str] = signers.FOREIGN_CLASSES
) -> TrustedKey:
    """Make an entry of a key that may have signed one format at any time."""
    return TrustedKey(key_id, algorithms_of(public)[0], public, issuer, classes, 0, NEVER, formats=frozenset({signs}))
