"""WHO's published list of document signers: every key loads, and what it cannot prove is said."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from firmware.signed import strict_json
from firmware.trust.document import TrustList, to_body
from firmware.trust.loading import Loaded, load
from tests.conformance import vectors

if TYPE_CHECKING:
    from pathlib import Path

LISTS = vectors.folder("trust")
NAME = "gdhcn-dsc-did.json"

ALSO_TEST_KEYS = {"b4233ced69da6901"}
"""A key of Spain that is on WHO's list and has signed published test data, which makes it known to be refused."""


@pytest.fixture(scope="module")
def published() -> bytes:
    """The list as it was published."""
    if LISTS is None or not (LISTS / NAME).is_file():
        pytest.skip(f"1 published list of signers is not there: no trust/{NAME} in GAPURA_VECTORS or ../shared/vectors")
    path: Path = LISTS / NAME
    return path.read_bytes()


def test_every_key_of_the_list_loads(published: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """All methods give a key that is their certificate's; one is known from test data and left out unless asked for."""
    document = strict_json.parse(published, most=16 << 20)
    assert document is not None
    methods = document["verificationMethod"]
    assert isinstance(methods, list)
    every, usual = load(published, admit_test_keys=True), load(published)
    assert isinstance(every, Loaded)
    assert isinstance(usual, Loaded)
    keys = every.trust.keys
    assert len(keys) == len(methods)
    assert {key.hex() for key in usual.trust.refused_ids} == ALSO_TEST_KEYS
    assert len(usual.trust.keys) == len(keys) - len(ALSO_TEST_KEYS)
    assert all(key.country is not None and key.not_before < key.not_after for key in keys)
    kinds = Counter(key.algorithm for key in keys)
    bound = sum(key.usages is not None for key in keys)
    states = len({key.country for key in keys})
    vectors.say(
        capsys,
        f"GDHCN: {len(keys)} of {len(methods)} keys, {dict(kinds)}, {states} states, {bound} bound to a usage",
    )


def test_its_proof_is_reported_as_not_checked(published: bytes) -> None:
    """Its signer's key is published nowhere beside it, so nothing is claimed about it."""
    found = load(published)
    assert isinstance(found, Loaded)
    assert found.notes == ("its proof is not checked: its signer is not pinned, so you vouch for it",)


def test_a_desk_can_sign_what_the_list_says(published: bytes) -> None:
    """As the body of a list of our own it breaks no rule and fits into one document."""
    found = load(published)
    assert isinstance(found, Loaded)
    body = to_body(found.trust.keys, found.trust.authorities)
    assert isinstance(strict_json.read_as(body, TrustList), TrustList)
    assert len(strict_json.render(body)) < strict_json.MAX_BYTES // 2
