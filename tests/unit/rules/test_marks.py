"""Marks of policies, their parts and trust lists, word for word: one in an old record still means the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.rules.policy import Policy
from firmware.rules.replay.marks import Marks, mark, trust_mark
from firmware.trust.keys import Authority, TrustedKey, TrustSet
from tests.unit.rules.situations import COLOURS, policy

BLOCKED: Final = "b" * 32
OPENING: Final = {"days": ["mon"], "from": "08:00", "until": "16:00"}
KEY: Final = ec.derive_private_key(7, ec.SECP256R1())
SPKI: Final = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
NOBODY: Final = x509.Name([])


def of_text(text: str) -> str:
    """Mark this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass
class Derived:
    """Something with a part that follows from the rest."""

    b: int
    a: str
    _index: int = field(default=5)


def certificate() -> x509.Certificate:
    """Sign a certificate of nobody."""
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    unsigned = x509.CertificateBuilder(NOBODY, NOBODY, KEY.public_key(), 5, begins, ends)
    return unsigned.sign(KEY, hashes.SHA256())


CERTIFICATE: Final = certificate()

POLICY: Final = Policy.model_validate({"profile": "p", "classes": {"a": {"hours": [OPENING]}}, "timezone": "UTC"})
POLICY_TEXT: Final = (
    '{"classes":{"a":{"hours":[{"days":["mon"],"from":"08:00","until":"16:00"}]}},"profile":"p","timezone":"UTC"}'
)

WRITTEN: list[tuple[object, str]] = [
    (None, "null"),
    (True, "true"),
    (1, "1"),
    (-1.5, "-1.5"),
    ("1", '"1"'),
    ("é\n", '"\\u00e9\\n"'),
    (b"\x00\xff", "x00ff"),
    ({}, "{}"),
    ({"b": 1, "a": None}, '{"a":null,"b":1}'),
    ({1: {2: 3}}, "{1:{2:3}}"),
    ({"b", "a"}, '<"a","b">'),
    (frozenset({2, 1}), "<1,2>"),
    (set(), "<>"),
    ([2, 1], "[2,1]"),
    ((2, (1,)), "[2,[1]]"),
    ((), "[]"),
    (Derived(1, "x"), '{"a":"x","b":1}'),
    (Derived, '"' + str(Derived) + '"'),
    (date(2026, 1, 5), '"2026-01-05"'),
    (KEY.public_key(), "x" + SPKI.hex()),
    (CERTIFICATE, "x" + CERTIFICATE.public_bytes(Encoding.DER).hex()),
    (POLICY, POLICY_TEXT),
    ([POLICY], f"[{POLICY_TEXT}]"),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=[text[:30] for _, text in WRITTEN])
def test_each_kind_of_value_is_written_in_one_way(value: object, text: str) -> None:
    """Parts of a table and of a set in the order of their text, those of a list as they stand."""
    assert mark(value) == of_text(text)


def test_a_trust_list_is_marked_by_all_that_it_says() -> None:
    """Each field of it and of its keys, and no index that it makes for itself."""
    key = TrustedKey(b"\x01", "ES256", KEY.public_key(), "Ministry", frozenset({"staff"}), 1, 2, country="XX")
    told = TrustSet((key,), 3, 4, 5, frozenset({b"\x09"}), (Authority(b"\x0a", 6, 7, "YY"),), frozenset({"z"}))
    text = (
        '{"authorities":[{"certificate":x0a,"country":"YY","not_after":7,"not_before":6}],"card_issuers":<"z">,'
        '"expires":5,"issued":4,"keys":[{"algorithm":"ES256","classes":<"staff">,"country":"XX","formats":<"gp1">,'
        f'"issuer":"Ministry","key_id":x01,"not_after":2,"not_before":1,"public":x{SPKI.hex()},"usages":null}}],'
        '"refused_ids":<x09>,"test_keys":false,"version":3}'
    )
    assert trust_mark(told) == of_text(text)


def test_a_policy_that_asks_nothing_has_one_mark() -> None:
    """Of all of it, and defaults are no part of that, said or not."""
    silent = Policy.model_validate({"profile": "p", "classes": {"a": {}}})
    said = Policy.model_validate({"profile": "p", "classes": {"a": {}}, "mode": "enforce", "blocked": []})
    expected = Marks(of_text('{"classes":{"a":{}},"profile":"p"}'), None, None, {}, {})
    assert Marks.of(silent) == expected
    assert Marks.of(said) == expected
    assert Marks.of(POLICY).policy == of_text(POLICY_TEXT)


PARTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "blocked": ({"blocked": [BLOCKED]}, {"blocklist": of_text(f'<"{BLOCKED}">')}),
    "soft": ({"passback": {}}, {"passback": of_text('["00:00",null,"UTC"]')}),
    "reset": ({"passback": {"mode": "hard", "reset": "03:00"}}, {"passback": of_text('["03:00",null,"UTC"]')}),
    "timed": ({"passback": {"mode": "timed", "minutes": 60}}, {"passback": of_text('["00:00",60,"UTC"]')}),
    "whom it exempts is asked anew": (
        {"passback": {"exempt": ["a"]}},
        {"passback": of_text('["00:00",null,"UTC"]')},
    ),
    "health": (
        {"classes": {"a": {"health": "required"}, "b": {}, "c": {"health": "required"}}},
        {"health": dict.fromkeys("ac", of_text('"required"'))},
    ),
    "colour": ({"classes": {"a": {"health": "colour"}}}, {"health": {"a": mark(["colour", COLOURS, "UTC"])}}),
    "rules without any": (
        {"classes": {"a": {"health": "rules"}}},
        {"health": {"a": of_text('["rules",null,"UTC"]')}},
    ),
    "issuers": (
        {"classes": {"a": {"issuers": ["B", "A"]}, "b": {}, "c": {"issuers": ["A"]}}},
        {"issuers": {"a": of_text('<"A","B">'), "c": of_text('<"A">')}},
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_marked_by_what_its_answer_rests_on(name: str) -> None:
    """And no other part is."""
    body, parts = PARTS[name]
    found = Marks.of(policy({"classes": {"a": {}}, "timezone": "UTC", **body}))
    nothing: dict[str, Any] = {"blocklist": None, "passback": None, "health": {}, "issuers": {}}
    assert found == Marks(found.policy, **(nothing | parts))
