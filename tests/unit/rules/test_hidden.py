"""The part of the facts for the health office, byte for byte: what is sealed, what opens, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.passes.outcome import Pass
from firmware.rules.replay.hidden import Hidden, open_hidden, seal_hidden
from firmware.signed import cbor, sealing, strict_json

KEY: Final = ec.derive_private_key(7, ec.SECP256R1())
FIRST, SECOND = TestKind
DAY: Final = date(2026, 1, 5)
AT: Final = DAY.toordinal()
ID: Final = bytes(range(16))
HEALTH: Final = HealthFacts(
    (Dose(DAY, 2, 3),),
    (Test(DAY, FIRST, positive=True), Test(DAY, SECOND, positive=False)),
    (date(2025, 1, 1),),
    (date(2025, 2, 2),),
    date(1980, 1, 1),
)
WRITTEN: Final = [
    [[AT, 2, 3]],
    [[AT, 0, True], [AT, 1, False]],
    [date(2025, 1, 1).toordinal()],
    [date(2025, 2, 2).toordinal()],
    date(1980, 1, 1).toordinal(),
]
PASS: Final = Pass("hc1", ID.hex(), "visitor", None, (), 1, 2, 3, 4)
ILL: Final = replace(PASS, health_ok_until=99, health=HEALTH, certificate={"nam": {"fn": "x"}, "v": [b"\0", 0]})


def plain(credential: Pass, *, certificate: bool) -> bytes:
    """Read what is sealed, as it is."""
    sealed = strict_json.from_base64url(seal_hidden(credential, KEY.public_key(), "gate-1", certificate=certificate))
    assert sealed is not None
    opened = sealing.unseal(sealed, KEY, "facts", "gate-1")
    assert opened is not None
    return opened


def opened(value: object) -> Hidden | None:
    """Seal a value as a gate would, and open it."""
    data = (cbor.encode(value) + b"\x80").ljust(640, b"\0")
    sealed = sealing.seal(data, KEY.public_key(), "facts", "gate-1")
    return open_hidden(strict_json.to_base64url(sealed), KEY, "gate-1")


SEALED: dict[str, tuple[Pass, bool, list[object]]] = {
    "nothing": (PASS, False, [ID, False, None, None, None]),
    "nothing, with its certificate": (PASS, True, [ID, True, None, None, None]),
    "all but its certificate": (ILL, False, [ID, False, 99, WRITTEN, None]),
    "all": (ILL, True, [ID, True, 99, WRITTEN, {"v": [b"\0", 0]}]),
    "facts that are none": (
        replace(PASS, health=HealthFacts()),
        False,
        [ID, False, None, [[], [], [], [], None], None],
    ),
}


@pytest.mark.parametrize("name", SEALED)
def test_what_is_sealed_is_this_and_fills_its_room(name: str) -> None:
    """The number of the pass, whether it is whole, until when, facts and certificate; then an end, then noughts."""
    credential, certificate, value = SEALED[name]
    length = 640 if certificate else 160
    assert plain(credential, certificate=certificate) == (cbor.encode(value) + b"\x80").ljust(length, b"\0")


@pytest.mark.parametrize("name", SEALED)
def test_what_is_sealed_opens_again(name: str) -> None:
    """To the same, but for the name."""
    credential, certificate, _ = SEALED[name]
    payload = {"v": [b"\0", 0]} if certificate and credential.certificate else None
    expected = Hidden(ID.hex(), certificate, credential.health_ok_until, credential.health, payload)
    sealed = seal_hidden(credential, KEY.public_key(), "gate-1", certificate=certificate)
    assert open_hidden(sealed, KEY, "gate-1") == expected


@pytest.mark.parametrize(("certificate", "length"), [(False, 160), (True, 640)])
def test_what_fills_the_room_to_its_end_is_sealed_and_one_byte_more_is_not(*, certificate: bool, length: int) -> None:
    """Then only the end stands there; each of these days takes one byte."""
    values = ([ID, certificate, None, [[], [], [1] * days, [], None], None] for days in range(length))
    days = next(days for days, value in enumerate(values) if len(cbor.encode(value)) + 1 == length)
    full = replace(PASS, health=HealthFacts(recoveries=(date(1, 1, 1),) * days))
    more = replace(PASS, health=HealthFacts(recoveries=(date(1, 1, 1),) * (days + 1)))
    assert plain(full, certificate=certificate).endswith(b"\x01\x80\xf6\xf6\x80")
    assert plain(more, certificate=certificate) == b"\x80".ljust(length, b"\0")


@pytest.mark.parametrize("value", ["\ud800", {"deep": "\ud800"}, {"deep": [object()]}])
def test_what_has_no_encoding_leaves_only_the_end(value: object) -> None:
    """And nobody is told that it was so."""
    assert plain(replace(PASS, certificate={"v": value}), certificate=True) == b"\x80".ljust(640, b"\0")


FACTS: Final[list[Any]] = [[], [], [], [], None]

NONE_OF_OURS: dict[str, object] = {
    "no list": {"a": 1},
    "too short": [ID, True, None, None],
    "too long": [ID, True, None, None, None, None],
    "a pass of text": ["a" * 32, True, None, None, None],
    "whole is a number": [ID, 1, None, None, None],
    "until is text": [ID, True, "9", None, None],
    "a certificate that is a list": [ID, True, None, None, []],
    "facts are text": [ID, True, None, "facts", None],
    "facts are too few": [ID, True, None, FACTS[:4], None],
    "facts are too many": [ID, True, None, [*FACTS, None], None],
    "doses are text": [ID, True, None, ["", [], [], [], None], None],
    "a dose of two numbers": [ID, True, None, [[[AT, 1]], [], [], [], None], None],
    "a dose of text": [ID, True, None, [[[AT, "1", 1]], [], [], [], None], None],
    "a dose that is a number": [ID, True, None, [[5], [], [], [], None], None],
    "tests are text": [ID, True, None, [[], "", [], [], None], None],
    "a test of four": [ID, True, None, [[], [[AT, 0, True, 1]], [], [], None], None],
    "a recovery of text": [ID, True, None, [[], [], ["5"], [], None], None],
    "recoveries are none": [ID, True, None, [[], [], None, [], None], None],
    "a contact of text": [ID, True, None, [[], [], [], ["5"], None], None],
    "a day before all days": [ID, True, None, [[], [], [0], [], None], None],
    "a day after all days": [ID, True, None, [[], [], [2**60], [], None], None],
    "a birthday of text": [ID, True, None, [[], [], [], [], "5"], None],
}


@pytest.mark.parametrize("name", NONE_OF_OURS)
def test_what_no_gate_writes_opens_to_nothing(name: str) -> None:
    """Even under a seal that is right."""
    assert opened(NONE_OF_OURS[name]) is None


def test_what_a_gate_writes_opens() -> None:
    """So the table above fails for the reasons that it names."""
    assert opened([ID, True, None, None, None]) == Hidden(ID.hex(), whole=True)
    assert opened([ID, False, 9, FACTS, {"v": []}]) == Hidden(
        ID.hex(), health_ok_until=9, health=HealthFacts(), certificate={"v": []}
    )
    tests = opened([ID, False, 9, [[], [[AT, 2, 1], [AT, 3, 0]], [], [], 1], None])
    assert tests is not None
    assert tests.health == replace(HealthFacts(tests=HEALTH.tests), born=date(1, 1, 1))


def test_a_stand_in_becomes_this_pass_and_says_of_health_what_is_asked() -> None:
    """Nothing else of it changes."""
    stand_in = replace(PASS, reference="f" * 32, health_ok_until=1)
    hidden = Hidden("e" * 32, whole=True, health_ok_until=99, health=HEALTH, certificate={"v": []})
    assert hidden.onto(stand_in, asked=False) == replace(stand_in, reference="e" * 32)
    assert hidden.onto(stand_in, asked=True) == replace(
        stand_in, reference="e" * 32, health_ok_until=99, health=HEALTH, certificate={"v": []}
    )
