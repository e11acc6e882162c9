"""A trust list becomes keys exactly as it says, test keys stay out, and other forms are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.signed import cose, strict_json
from firmware.signed.envelope import Document, Kind
from firmware.signed.warrant import Role
from firmware.trust.document import MAX_KEYS, TrustList, to_body, to_trust_set
from firmware.trust.keys import TrustedKey, TrustSet, merge
from firmware.trust.loading import Loaded, Unusable, load_envelope
from firmware.trust.public import is_test_key, to_bytes
from tests.unit.signed.office import BEGINS, ENDS, EXPIRES, GATE, ISSUED, NOW, Office, raw

if TYPE_CHECKING:
    from collections.abc import Callable

OFFICE = Office()
ALL_ZERO_SEED = Ed25519PrivateKey.from_private_bytes(bytes(32))


def trusted(key: Ed25519PrivateKey, issuer: str = "city", key_id: bytes | None = None) -> TrustedKey:
    """Describe a key as an entry of a list."""
    name = cose.key_id(raw(key)) if key_id is None else key_id
    return TrustedKey(name, "EdDSA", key.public_key(), issuer, frozenset({"staff", "visitor"}), BEGINS, ENDS)


def listed(*keys: TrustedKey) -> bytes:
    """Seal a trust list of these keys."""
    return OFFICE.seal(Kind.TRUST, to_body(keys))


def loaded(data: bytes, **changes: object) -> Loaded | Unusable:
    """Load as the gate that pins the office's root does."""
    return load_envelope(data, **({"root": OFFICE.root_raw, "gate": GATE, "now": NOW} | changes))  # type: ignore[arg-type]


def test_an_issuer_of_very_many_keys_is_written_in_parts() -> None:
    """A set of others may have more than an issuer of ours, and must not keep the rest of a list from being signed."""
    key = Ed25519PrivateKey.generate()
    keys = [trusted(key, "XX", number.to_bytes(8)) for number in range(MAX_KEYS + 1)]
    body = TrustList.model_validate_json(strict_json.render(to_body(keys)))
    assert [(issuer.name, len(issuer.keys)) for issuer in body.issuers] == [("XX", MAX_KEYS), ("XX", 1)]


def test_a_list_becomes_the_keys_it_says() -> None:
    """Every member of every entry survives being signed and loaded, and the set knows its limits and its root."""
    keys = [trusted(Ed25519PrivateKey.generate(), issuer) for issuer in ("city", "city", "clinic")]
    found = loaded(listed(*keys))
    assert isinstance(found, Loaded)
    assert found.root == OFFICE.root_raw
    assert [(key.key_id, key.issuer, key.classes, key.not_before, key.not_after) for key in found.trust.keys] == [
        (key.key_id, key.issuer, key.classes, key.not_before, key.not_after) for key in keys
    ]
    assert [to_bytes(key.public) for key in found.trust.keys] == [to_bytes(key.public) for key in keys]
    assert (found.trust.version, found.trust.issued, found.trust.expires) == (5, ISSUED, EXPIRES)


def test_all_keys_of_one_id_are_found() -> None:
    """Two issuers whose key ids collide are both tried; an unknown id finds nothing."""
    one, other = (trusted(Ed25519PrivateKey.generate(), name, b"same-id-") for name in ("a", "b"))
    trust = TrustSet(keys=(one, other))
    assert trust.find(b"same-id-") == (one, other)
    assert trust.find(b"other-id") == ()


def test_test_keys_stay_out_unless_asked_for() -> None:
    """A key that anybody can sign with is left out and named; a tool that asks for it gets it."""
    data = listed(trusted(ALL_ZERO_SEED), trusted(Ed25519PrivateKey.generate()))
    found, admitted = loaded(data), loaded(data, admit_test_keys=True)
    assert isinstance(found, Loaded)
    assert isinstance(admitted, Loaded)
    assert len(found.trust.keys) == 1
    assert found.trust.refused_ids == {cose.key_id(raw(ALL_ZERO_SEED))}
    assert len(admitted.trust.keys) == 2
    assert not admitted.trust.refused_ids


@pytest.mark.parametrize(
    "public",
    [
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
        "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb",
        raw(ALL_ZERO_SEED).hex(),
    ],
)
def test_published_keys_are_known(public: str) -> None:
    """The keys of the standards' own examples are recognised."""
    assert is_test_key(bytes.fromhex(public))


def entry(**changes: object) -> dict[str, object]:
    """Write a sound entry with some members changed; `...` leaves one out."""
    key = OFFICE.root_raw
    members: dict[str, object] = {
        "kid": strict_json.to_base64url(cose.key_id(key)),
        "alg": "EdDSA",
        "key": strict_json.to_base64url(key),
        "classes": ["staff"],
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2027-01-01T00:00:00Z",
    }
    return {name: value for name, value in (members | changes).items() if value is not ...}


@pytest.mark.parametrize(
    "change",
    [
        {"kid": ""},
        {"kid": 7},
        {"kid": strict_json.to_base64url(bytes(65))},
        {"alg": "ES256"},
        {"alg": "none"},
        {"key": "AAAA"},
        {"key": ...},
        {"classes": []},
        {"classes": ["Staff"]},
        {"classes": ["staff", "staff"]},
        {"classes": "staff"},
        {"not_before": "2027-01-01T00:00:00Z"},
        {"not_after": None},
        {"comment": "mine"},
    ],
    ids=str,
)
def test_a_list_wrong_in_one_member_is_refused_whole(change: dict[str, object]) -> None:
    """No part of a list that breaks its rules is used, and the line says where it breaks them."""
    body: dict[str, object] = {"issuers": [{"name": "city", "keys": [entry(**change)]}]}
    found = loaded(OFFICE.seal(Kind.TRUST, body))
    assert isinstance(found, Unusable)
    assert "issuers.0.keys.0" in found.line


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"issuers": []},
        {"issuers": [{"name": "", "keys": [entry()]}]},
        {"issuers": [{"name": "city", "keys": []}]},
        {"issuers": [{"name": "city", "keys": [entry(), entry()]}]},
        {"issuers": [{"name": "city", "keys": [entry()]}, {"name": "clinic", "keys": [entry()]}]},
    ],
    ids=lambda body: repr(body)[:60],
)
def test_an_empty_or_doubtful_list_is_refused(body: dict[str, object]) -> None:
    """A list without keys, and one in which a key stands twice, are refused."""
    assert isinstance(loaded(OFFICE.seal(Kind.TRUST, body)), Unusable)


def test_a_refused_envelope_says_why_in_one_line() -> None:
    """The refusal's word is in the line."""
    found = loaded(listed(trusted(Ed25519PrivateKey.generate())), root=bytes(32))
    assert isinstance(found, Unusable)
    assert "unknown_root" in found.line
    assert "\n" not in found.line


def test_merged_sets_expire_with_the_first() -> None:
    """Several lists become one that ends with the first of them, and empty lists add nothing."""
    one, two = trusted(Ed25519PrivateKey.generate()), trusted(Ed25519PrivateKey.generate())
    left = TrustSet((one,), version=3, issued=10, expires=200, refused_ids=frozenset({b"x"}))
    right = TrustSet((two,), version=4, issued=20, expires=100)
    assert merge([left, TrustSet(), right]) == TrustSet((one, two), 4, 20, 100, frozenset({b"x"}))


@pytest.mark.parametrize("sets", [[], [TrustSet()], [TrustSet(), TrustSet()]], ids=len)
def test_nothing_merged_is_nothing(sets: list[TrustSet]) -> None:
    """Without keys nobody is trusted, ever."""
    assert merge(sets) == TrustSet()
    assert merge(sets).expires == 0


WRONG_BODIES: list[Callable[[], dict[str, object]]] = [dict, lambda: {"issuers": 7}, lambda: {"issuers": [], "x": 1}]


@pytest.mark.parametrize("make", WRONG_BODIES)
def test_a_wrong_body_lists_its_mistakes(make: Callable[[], dict[str, object]]) -> None:
    """The reader of a document's body answers mistakes as text, never an exception."""
    document = Document(Kind.TRUST, 1, ("*",), ISSUED, EXPIRES, "", b"", OFFICE.granted(Role.TRUST), make())
    found = to_trust_set(document)
    assert isinstance(found, tuple)
    assert all(isinstance(line, str) for line in found)
