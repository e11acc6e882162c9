"""Issuers of others, taken into the authority's own trust list: key sets, WHO's document, certificates of signers.

Whoever signs the list vouches for them from then on, so everything that a file leaves open is said before it is signed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.passes import divoc, hcert, shc
from firmware.signed import strict_json
from firmware.trust import jwk, proofs, unsigned
from firmware.trust.document import MAX_NAME, to_body
from firmware.trust.keys import OWN_FORMAT, TrustSet, merge
from firmware.trust.loading import Loaded, load, recognise
from firmware.trust.public import to_bytes
from provisioning import files
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from firmware.signed.signatures import PublicKey
    from firmware.trust.keys import TrustedKey


def read(
    paths: Sequence[Path], pinned: Mapping[str, PublicKey], *, test_keys: bool = False
) -> tuple[TrustSet, tuple[str, ...]]:
    """Read files of keys, and lines about what to know of them; raises OperatorError for one that cannot be used.

    Keys that sign published test data are left out unless `test_keys` are asked for.
    """
    found: list[TrustSet] = []
    notes: list[str] = []
    unproven = dict(pinned)
    for path in paths:
        data = files.read(path, unsigned.MAX_BYTES)
        unproven = {method: key for method, key in unproven.items() if not _proves(data, method, key)}
        loaded = load(data, pinned=pinned, admit_test_keys=test_keys)
        if recognise(data) == "envelope" or not isinstance(loaded, Loaded):
            why = (
                "is a signed list of an authority; name lists of others" if isinstance(loaded, Loaded) else loaded.line
            )
            line = f"{path}: {why}"
            raise OperatorError(line)
        found.append(loaded.trust)
        notes += [f"{path}: {note}" for note in loaded.notes]
        if loaded.trust.refused_ids:
            notes.append(f"{path}: {len(loaded.trust.refused_ids)} keys sign published test data and are left out")
    if unproven:
        line = (
            f"--pin: no list here is signed by {', '.join(unproven)}; fetch it again, for somebody may have changed it"
        )
        raise OperatorError(line)
    trust, told = _theirs(merge(found))
    trust, odd = _listable(trust)
    trust, unnamed = _addressed(trust)
    return trust, (*notes, *told, *odd, *unnamed, *_unbound(trust))


def _proves(data: bytes, method: str, key: PublicKey) -> bool:
    """Say whether a file is a list that this key signed: one without its proof would else be taken for unsigned."""
    value = strict_json.parse(data, most=unsigned.MAX_BYTES)
    return value is not None and proofs.check(value, {method: key}) == "proven"


def _theirs(trust: TrustSet) -> tuple[TrustSet, tuple[str, ...]]:
    """Leave out keys that would sign passes of our own: whoever writes a file of others must not make staff by it.

    Another office that may issue passes is named, with what it may, in the authority's own `issuers.json`.
    """
    kept = tuple(key for key in trust.keys if OWN_FORMAT not in key.formats)
    left = len(trust.keys) - len(kept)
    line = (
        f"{left} keys of Ed25519 are left out: they would sign passes of our own, for staff too; where another office"
        " may do that, name its key and its classes in issuers.json"
    )
    return replace(trust, keys=kept), (line,) if left else ()


def _unbound(trust: TrustSet) -> tuple[str, ...]:
    """Say how many keys come without a certificate that would bind them to a state."""
    unbound = sum(hcert.NAME in key.formats and key.country is None for key in trust.keys)
    return (f"{unbound} keys of health certificates name no state: they count for every one",) if unbound else ()


def _listable(trust: TrustSet) -> tuple[TrustSet, tuple[str, ...]]:
    """Leave out keys for which the whole list would be refused: one odd entry of others must not keep the rest out."""
    kept: dict[tuple[bytes, bytes], TrustedKey] = {}
    for key in trust.keys:
        named = ":" in key.issuer or divoc.NAME not in key.formats
        if named and 0 < len(key.issuer) <= MAX_NAME:
            kept.setdefault((key.key_id, to_bytes(key.public)), key)
    left = len(trust.keys) - len(kept)
    line = f"{left} keys are left out: they stand twice, or their issuer has no name that a list may have"
    return replace(trust, keys=tuple(kept.values())), (line,) if left else ()


def _addressed(trust: TrustSet) -> tuple[TrustSet, tuple[str, ...]]:
    """Leave out keys of health cards that a gate could not tell whose they are, or that a directory does not name.

    A gate refuses the whole of a list that has them.
    """
    named = trust.card_issuers
    kept = tuple(
        key
        for key in trust.keys
        if shc.NAME not in key.formats or (key.issuer.startswith("https://") and (named is None or key.issuer in named))
    )
    left = len(trust.keys) - len(kept)
    line = (
        f"{left} keys of health cards are left out: no certificate beside them and no directory names the address of"
        " their issuer; take them from the directory of issuers that has their keys"
    )
    return replace(trust, keys=kept), (line,) if left else ()


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
    """Add issuers of others behind those of the authority's own list; what that says of a key itself stands alone."""
    issuers = body.get("issuers")
    own_keys = {pair for issuer in issuers for pair in _keys_of(issuer)} if isinstance(issuers, list) else set()
    spelled = (
        (strict_json.to_base64url(key.key_id), strict_json.to_base64url(to_bytes(key.public))) for key in foreign.keys
    )
    new = [key for key, pair in zip(foreign.keys, spelled, strict=True) if pair not in own_keys]
    theirs = to_body(new, foreign.authorities)
    both: dict[str, object] = dict(body)
    for name, entries in theirs.items():
        own = body.get(name, [])
        both[name] = [*(own if isinstance(own, list) else []), *(entries if isinstance(entries, list) else [])]
    return both


def _keys_of(issuer: object) -> list[tuple[object, object]]:
    """List id and key of each entry of an issuer, as the list spells them."""
    keys = issuer.get("keys") if isinstance(issuer, dict) else None
    return [(one.get("kid"), one.get("key")) for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []
