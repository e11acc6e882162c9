"""Warrants say one thing about one key, and only the root can say it."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import cose, strict_json, warrant
from firmware.signed.warrant import Role
from tests.unit.signed.office import BEGINS, ENDS, Office

OFFICE = Office()
SOUND: dict[str, object] = {
    "role": "trust",
    "key": strict_json.to_base64url(bytes(range(32))),
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": "2027-01-01T00:00:00Z",
    "serial": 1,
    "root": strict_json.to_base64url(OFFICE.root_raw),
}


def signed(payload: dict[str, object], unprotected: dict[object, object] | None = None) -> bytes:
    """Let the true root sign anything."""
    return cose.sign(strict_json.render(payload), OFFICE.root, warrant.AAD, unprotected)


@pytest.mark.parametrize("role", Role)
def test_a_warrant_says_what_it_was_given(role: Role) -> None:
    """Every member of a warrant survives being signed and read."""
    granted = OFFICE.granted(role)
    assert warrant.read(warrant.issue(granted, OFFICE.root)) == granted


def test_a_warrant_names_a_person_and_what_they_may_command() -> None:
    """Holder and ops survive too, also ops of a later firmware; without them a warrant is written as it always was."""
    granted = OFFICE.granted(Role.COMMANDS, holder="ayu", ops=("unlock", "levitate"))
    assert warrant.read(warrant.issue(granted, OFFICE.root)) == granted
    assert b"holder" not in OFFICE.warrant(Role.COMMANDS)
    assert b"ops" not in OFFICE.warrant(Role.COMMANDS)
    assert [granted.counted, OFFICE.granted(Role.COMMANDS).counted] == [True, False]


def test_issuing_what_would_not_be_read_is_our_bug() -> None:
    """A name that no warrant can hold and a list too long for one are found before they are signed."""
    for holder, ops in (("Budi Santoso", ("unlock",)), ("ayu", tuple(f"{number:032}" for number in range(32)))):
        with pytest.raises(ValueError, match="warrant"):
            OFFICE.warrant(Role.COMMANDS, holder=holder, ops=ops)


def test_the_sound_payload_is_read() -> None:
    """The payload that the table below breaks is itself a warrant."""
    assert warrant.read(signed(SOUND)) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"role": "king"},
        {"key": "AAAA"},
        {"key": "A" * 44},
        {"key": 7},
        {"not_before": "2027-01-01T00:00:00Z"},
        {"not_before": "yesterday"},
        {"not_after": 1},
        {"serial": 0},
        {"serial": "1"},
        {"root": strict_json.to_base64url(bytes(32))},
        {"root": None},
        {"extra": 1},
        {"holder": ""},
        {"holder": "Budi Santoso"},
        {"holder": "a" * 33},
        {"holder": 7},
        {"ops": []},
        {"ops": "unlock"},
        {"ops": ["UNLOCK"]},
        {"ops": ["unlock", 7]},
        {"ops": [f"op-{number}" for number in range(33)]},
    ],
    ids=str,
)
def test_a_warrant_wrong_in_one_member_is_none(change: dict[str, object]) -> None:
    """A warrant that breaks its own rules is refused even though the root signed it."""
    assert warrant.read(signed(SOUND | change)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(warrant.MAX_BYTES + 1),
        signed(SOUND, {"extra": 1}),
        cose.sign(b"[]", OFFICE.root, warrant.AAD),
        cose.sign(strict_json.render(SOUND), OFFICE.root, b"gapura:envelope:1:trust"),
        cose.sign(strict_json.render(SOUND), Ed25519PrivateKey.generate(), warrant.AAD),
    ],
    ids=["nothing", "too long", "a header more", "no object", "another purpose", "another key"],
)
def test_what_is_no_warrant_is_none(data: bytes) -> None:
    """Other bytes, another purpose and another signer give no warrant."""
    assert warrant.read(data) is None


def test_issuing_for_another_root_is_our_bug() -> None:
    """A root cannot sign in another root's name, nor grant an empty time."""
    granted = OFFICE.granted(Role.TRUST)
    with pytest.raises(ValueError, match="names the root"):
        warrant.issue(granted, Ed25519PrivateKey.generate())
    with pytest.raises(ValueError, match="ends after"):
        warrant.issue(dataclasses.replace(granted, not_before=ENDS, not_after=BEGINS), OFFICE.root)


@given(st.binary(min_size=32, max_size=32))
def test_a_pinned_root_is_read_as_it_was_written(root: bytes) -> None:
    """The line that gates pin holds exactly one key."""
    assert warrant.parse_root(warrant.render_root(root)) == root


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"AAAA\n", b"\xff" * 43, b" " + b"A" * 43, b"A" * 43 + b"\n\n", b"A" * 42 + b"B"]
)
def test_what_is_no_root_is_none(data: bytes) -> None:
    """Anything but one key in its one spelling is refused."""
    assert warrant.parse_root(data) is None
