"""Under which key passes of a class leave a contact reference, and what is no such key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from firmware.rules.policy import ClassRule, Policy
from firmware.signed import sealing

KEY = sealing.write_public(ec.derive_private_key(7, ec.SECP256R1()).public_key())


def test_a_class_that_leaves_a_reference_leaves_it_to_the_health_office() -> None:
    """Nobody else does, and nobody where there is no office."""
    asks = ClassRule.model_validate({"contact": "sealed"})
    policy = Policy(profile="test", classes={"visitor": asks, "staff": ClassRule()}, health_office=KEY)
    key = policy.contact_key("visitor")
    assert key is not None
    assert sealing.write_public(key) == KEY
    assert policy.contact_key("staff") is None
    assert policy.contact_key("unknown") is None
    assert policy.model_copy(update={"health_office": None}).contact_key("visitor") is None


def test_an_office_without_a_key_is_refused() -> None:
    """In words that say where one comes from."""
    with pytest.raises(ValidationError) as caught:
        Policy(profile="test", classes={"visitor": ClassRule()}, health_office="x")
    assert [one["msg"] for one in caught.value.errors()] == [
        "Value error, no public key of P-256 as gapura-ops contact key prints it"
    ]
