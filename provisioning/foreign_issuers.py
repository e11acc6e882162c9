"""Issuers of others, taken into the authority's own trust list: key sets, WHO's document, certificates of signers.

Whoever signs the list vouches for them from then on, so everything that a file leaves open is said before it is signed.
What comes from others never issues a pass of our own: another office's key is entered in issuers.json, by hand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.passes import divoc, hcert, shc
from firmware.signed import strict_json
from firmware.trust import jwk, proofs, unsigned
from firmware.trust.document import MAX_NAME, to_body
from firmware.trust.keys import OWN_FORMAT, TrustedKey, TrustSet, merge
from firmware.trust.loading import Loaded, load, recognise
from firmware.trust.public import to_bytes
from provisioning import files
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from firmware.signed.signatures import PublicKey
    from firmware.trust.document import TrustList
    from firmware.trust.keys import Authority

_OURS: Final = (
    "they would issue passes of ours for every class; enter the key of another office in issuers.json, with its classes"
)
_NO_ADDRESS: Final = (
    "they sign health cards, and nothing says whose; name their issuer as its cards do, --issuer-file https://...=FILE,"
    " or take the directory of issuers that has their keys"
)
_NOT_NAMED: Final = "they sign health cards, and no directory that was given names their issuer"
_NO_ISSUER: Final = (
    "they sign certificates of the DIVOC family, and nothing says whose; name their issuer as its certificates do,"
    " --issuer-file https://...=FILE, or take its DID document"
)
_NO_NAME: Final = "the name of their issuer is none, or too long for a list"
_TWICE: Final = "they were there before, and the first of them counts"
_ENTERED: Final = "they stand in issuers.json, and count as that says"


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a desk would sign for: the issuers, what each file gave, and lines about what is left open or left out."""

    trust: TrustSet
    taken: tuple[dict[str, object], ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Sieve:
    """Keeps of file after file what a gate takes from a signed list, which has each key and each certificate once."""

    card_issuers: frozenset[str] | None
    now: int
    own: frozenset[tuple[bytes, bytes]]
    keys: dict[tuple[bytes, bytes], TrustedKey] = field(default_factory=dict)
    authorities: dict[bytes, Authority] = field(default_factory=dict)
    taken: list[dict[str, object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, trust: TrustSet) -> None:
        """Take what a file gives, and say what of it is left out."""
        left: Counter[str] = Counter()
        kept: list[TrustedKey] = []
        for key in trust.keys:
            identity = (key.key_id, to_bytes(key.public))
            why = _ENTERED if identity in self.own else _TWICE if identity in self.keys else self._unfit(key)
            if why is None:
                self.keys[identity] = key
                kept.append(key)
            else:
                left[why] += 1
        states = {one.certificate: one for one in trust.authorities if one.certificate not in self.authorities}
        self.authorities |= states
        self.notes += [f"{name}: keys left out: {number}; {why}" for why, number in left.items()]
        unbound = sum(hcert.NAME in key.formats and key.country is None for key in kept)
        if unbound:
            self.notes.append(f"{name}: keys of health certificates that name no state, and count for each: {unbound}")
        formats = Counter(one for key in kept for one in sorted(key.formats))
        self.taken.append(
            {
                "file": name,
                "keys": dict(sorted(formats.items())),
                "ended": sum(key.not_after <= self.now for key in kept),
                "authorities": len(states),
                "states": sorted(
                    {one.country for one in kept if one.country} | {one.country for one in states.values()}
                ),
            }
        )

    def _unfit(self, key: TrustedKey) -> str | None:
        """Say why a gate would refuse the list for this key, or why the desk does."""
        if OWN_FORMAT in key.formats:
            return _OURS
        if not 0 < len(key.issuer) <= MAX_NAME:
            return _NO_NAME
        if divoc.NAME in key.formats and ":" not in key.issuer:
            return _NO_ISSUER
        if shc.NAME not in key.formats:
            return None
        if not key.issuer.startswith("https://"):
            return _NO_ADDRESS
        return None if self.card_issuers is None or key.issuer in self.card_issuers else _NOT_NAMED


def read(
    named: Sequence[str], pinned: Mapping[str, PublicKey], own: TrustList, *, now: int, test_keys: bool = False
) -> Foreign:
    """Read files of keys, each `FILE` or `ISSUER=FILE`; raises OperatorError for one that cannot be used.

    What the authority's `own` list has is left to that. Keys that sign published test data are left out unless
    `test_keys` are asked for.
    """
    given = [(name, files.read(_split(name)[1], unsigned.MAX_BYTES)) for name in named]
    found = [(name, _loaded(name, data, pinned, test_keys=test_keys)) for name, data in given]
    _proven([data for _, data in given], pinned)
    entered = frozenset((key.kid, key.key) for issuer in own.issuers for key in issuer.keys)
    sieve = _Sieve(merge([one.trust for _, one in found]).card_issuers, now, entered)
    for name, loaded in found:
        sieve.notes += [f"{name}: {note}" for note in loaded.notes]
        if loaded.trust.refused_ids:
            number = len(loaded.trust.refused_ids)
            sieve.notes.append(f"{name}: keys left out: {number}; they sign published test data")
        sieve.add(name, loaded.trust)
    if sieve.card_issuers and not any(shc.NAME in key.formats for _, one in found for key in one.trust.keys):
        sieve.notes.append(
            "the directory has addresses of card issuers and no keys: name the files that have these, too"
        )
    trust = TrustSet(tuple(sieve.keys.values()), authorities=tuple(sieve.authorities.values()))
    return Foreign(trust, tuple(sieve.taken), tuple(sieve.notes))


def _proven(given: Sequence[bytes], pinned: Mapping[str, PublicKey]) -> None:
    """Demand of each pinned key that it signed one of the files; raises OperatorError.

    A list whose proof was taken away, or names another method, would else be taken for one that never had any.
    """
    lists = [found for data in given if (found := strict_json.parse(data, most=unsigned.MAX_BYTES)) is not None]
    for method, key in pinned.items():
        if not any(proofs.check(one, {method: key}) == "proven" for one in lists):
            line = f"--pin: no list here is signed by {method}; fetch it again, for somebody may have changed it"
            raise OperatorError(line)


def _split(name: str) -> tuple[str, Path]:
    """Take `ISSUER=FILE` apart; no issuer where none stands before the file."""
    issuer, _, path = name.rpartition("=") if name.startswith(("https://", "did:")) else ("", "", name)
    return issuer, Path(path)


def _loaded(name: str, data: bytes, pinned: Mapping[str, PublicKey], *, test_keys: bool) -> Loaded:
    """Load what a file holds, in the name of the issuer that stands before it."""
    issuer, path = _split(name)
    form, loaded = recognise(data), load(data, pinned=pinned, admit_test_keys=test_keys)
    if form == "envelope" or not isinstance(loaded, Loaded):
        why = "is a signed list of an authority; name lists of others" if isinstance(loaded, Loaded) else loaded.line
        line = f"{name}: {why}"
        raise OperatorError(line)
    if not issuer:
        return loaded
    if form != "jwks" or any(key.issuer not in {unsigned.NAMELESS, issuer} for key in loaded.trust.keys):
        line = f"{path}: says itself whose its keys are; name it without {issuer}="
        raise OperatorError(line)
    keys = tuple(replace(key, issuer=issuer) for key in loaded.trust.keys)
    return replace(loaded, trust=replace(loaded.trust, keys=keys))


def pin(text: str) -> tuple[str, PublicKey]:
    """Read `METHOD=FILE`: the verification method that signs a list, and its public key as a JWK."""
    method, _, name = text.partition("=")
    if not method.startswith("did:") or not name:
        line = f"--pin: {text!r} is not METHOD=FILE, with a method such as did:web:example#key-1"
        raise OperatorError(line)
    public = jwk.public(strict_json.parse(files.read(Path(name))))
    if public is None:
        line = f"--pin: {name} is no public key; write one JWK (RFC 7517)"
        raise OperatorError(line)
    return method, public


def joined(body: Mapping[str, object], foreign: TrustSet) -> dict[str, object]:
    """Add issuers of others behind those of the authority's own list."""
    theirs = to_body(foreign.keys, foreign.authorities)
    both: dict[str, object] = dict(body)
    for name, entries in theirs.items():
        own = body.get(name, [])
        both[name] = [*(own if isinstance(own, list) else []), *(entries if isinstance(entries, list) else [])]
    return both
