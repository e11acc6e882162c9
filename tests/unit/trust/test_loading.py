"""A trust file is recognised by its content; what a desk may use is used, and the rest is named in one line."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER
from firmware.signed import cose, strict_json
from firmware.trust.keys import STANDARD_CLASSES
from firmware.trust.loading import Loaded, Unusable, load, recognise
from tests.unit.signed.office import raw
from tests.unit.trust.test_trust import ALL_ZERO_SEED, OFFICE, listed, trusted

JWK = {"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(OFFICE.root_raw), "kid": "a"}


def test_a_jwks_gives_keys_without_a_root() -> None:
    """An unsigned key set counts for the standard classes at any time, its other keys are left out."""
    others: list[object] = [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {**JWK, "x": "AAAA"}, 7, JWK]
    found = load(strict_json.render({"keys": [JWK, *others]}))
    assert isinstance(found, Loaded)
    assert found.root is None
    (key,) = found.trust.keys
    assert (key.key_id, key.classes) == (cose.key_id(OFFICE.root_raw), frozenset(STANDARD_CLASSES))
    assert found.trust.expires == NEVER


def test_a_jwks_of_test_keys_is_empty_unless_asked_for() -> None:
    """Published keys stay out of the unsigned form too."""
    data = strict_json.render({"keys": [{**JWK, "x": strict_json.to_base64url(raw(ALL_ZERO_SEED))}]})
    found, admitted = load(data), load(data, admit_test_keys=True)
    assert isinstance(found, Loaded)
    assert isinstance(admitted, Loaded)
    assert (len(found.trust.keys), len(admitted.trust.keys)) == (0, 1)


FORMS: dict[str, tuple[bytes, str]] = {
    "ours": (listed(trusted(Ed25519PrivateKey.generate())), "envelope"),
    "a key set": (b'\n {"keys": []}', "jwks"),
    "a DID": (b'{"@context": "x", "id": "did:web:example"}', "did"),
    "DID methods": (b'{"verificationMethod": []}', "did"),
    "PEM": (b"\n-----BEGIN CERTIFICATE-----\n", "pem"),
    "DER": (b"\x30\x82\x01\x00", "der"),
    "other JSON": (b'{"a": 1}', "unknown"),
    "broken JSON": (b'{"keys": [', "unknown"),
    "text": (b"hello", "unknown"),
    "nothing": (b"", "unknown"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_recognised_by_its_content(name: str) -> None:
    """What a file is called does not matter; what is in it does."""
    data, form = FORMS[name]
    assert recognise(data) == form


@pytest.mark.parametrize("name", [name for name in FORMS if not name.startswith("ours")])
def test_a_form_without_keys_is_one_clear_line(name: str) -> None:
    """What cannot be used is refused in one line that names it."""
    found = load(FORMS[name][0])
    assert isinstance(found, Unusable)
    assert found.line
    assert "\n" not in found.line


def test_a_tool_loads_what_a_gate_loads() -> None:
    """A signed list is recognised by its first byte and loaded with the root that it names."""
    found = load(listed(trusted(Ed25519PrivateKey.generate())))
    assert isinstance(found, Loaded)
    assert len(found.trust.keys) == 1
    assert found.root is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_quietly(data: bytes) -> None:
    """No file content raises."""
    assert isinstance(load(data), Unusable)
