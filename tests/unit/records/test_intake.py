"""What a broker may send and what ends its connection, judged from the bytes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.records.intake import (
    ANSWER_BYTES,
    BURST_BYTES,
    FIRST_BYTES,
    LARGEST_BYTES,
    MESSAGE_BYTES,
    Intake,
    UnaskedError,
)

CONNACK = b"\x20\x03\x00\x00\x00"
PUBACK = b"\x40\x04\x00\x01\x00\x00"
PINGRESP = b"\xd0\x00"
DISCONNECT = b"\xe0\x02\x8b\x00"
LONG_PUBACK = b"\x40\xb8\x17" + bytes(3_000)

ASKED_FOR = CONNACK + PUBACK + PINGRESP + LONG_PUBACK + PUBACK * 3 + PINGRESP + DISCONNECT
UNASKED = [0x00, 0x10, 0x34, 0x36, 0x50, 0x62, 0x70, 0x82, 0xA2, 0xC0, 0xF0]


def taken(intake: Intake, data: bytes, piece: int) -> int:
    """Feed the bytes in pieces of this size and return how many went past before the refusal."""
    for place in range(0, len(data), piece):
        try:
            intake.take(data[place : place + piece])
        except UnaskedError:
            return place
    return len(data)


def rests_after(intake: Intake, data: bytes) -> bool:
    """Feed these bytes and say whether reading has to rest then."""
    intake.take(data)
    return intake.resting


@given(piece=st.integers(1, 4_000))
def test_answers_pass_however_they_are_cut(piece: int) -> None:
    """A packet's bytes are never taken for the head of another one."""
    intake = Intake()
    assert taken(intake, ASKED_FOR, piece) == len(ASKED_FOR)
    assert not intake.refused


@pytest.mark.parametrize("first", UNASKED, ids=hex)
@pytest.mark.parametrize("piece", [1, 16_384])
def test_a_packet_that_nobody_asked_for_is_refused_at_its_first_byte(first: int, piece: int) -> None:
    """Nothing of it is kept, neither what it says nor the answer that the library would owe it."""
    intake = Intake()
    intake.take(ASKED_FOR)
    assert taken(intake, bytes([first, 2, 0, 1]), piece) == 0
    assert f"type {first >> 4}" in intake.refused


@pytest.mark.parametrize("published", [0, 10])
def test_more_answers_than_there_were_publications_are_refused(published: int) -> None:
    """Even what is allowed one by one may not come without end; every publication allows for its own answer."""
    intake = Intake()
    for _ in range(published):
        intake.published()
    passed = taken(intake, PUBACK * 20_000, len(PUBACK))
    room = FIRST_BYTES + published * ANSWER_BYTES
    assert room - len(PUBACK) < passed <= room


def test_a_packet_too_long_is_refused_before_its_body_comes() -> None:
    """A length of 256 MB is enough to know; memory for it is never asked for."""
    assert taken(Intake(), CONNACK + b"\x40\xff\xff\xff\x7f" + bytes(10), 1) == len(CONNACK) + 4


def test_after_a_refusal_nothing_passes_any_more() -> None:
    """A connection that was given up cannot go on by behaving."""
    intake = Intake()
    for data in (b"\x34", PINGRESP):
        with pytest.raises(UnaskedError):
            intake.take(data)


def test_messages_that_come_too_fast_make_reading_rest_and_end_nothing() -> None:
    """A flood is read at its pace; time, and nothing else, lets it go on."""
    intake = Intake()
    small = b"\x30\x05\x00\x01x\x00y"
    count = next(count for count in range(1, 10_000) if rests_after(intake, small))
    assert count == -(-BURST_BYTES // (MESSAGE_BYTES + len(small)))
    intake.take(small * 3)
    intake.passed(1)
    assert rests_after(intake, b"")
    intake.passed(1_000)
    assert not rests_after(intake, b"")
    assert not intake.refused


def test_a_message_that_was_asked_for_comes_whatever_else_did() -> None:
    """What somebody waits for is allowed beside all that comes unasked."""
    intake = Intake()
    piece = b"\x32\xfc\xff\x07" + bytes(LARGEST_BYTES - 4)
    for _ in range(40):
        intake.asked()
        intake.take(piece)
    assert not intake.resting


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 1_000])
def test_a_message_larger_than_announced_is_refused_before_its_body_comes(cut: int) -> None:
    """It never costs more memory than one that may come."""
    intake = Intake()
    whole = b"\x30\x80\x80\x08" + bytes(10)
    passed = taken(intake, whole, cut)
    assert passed <= 3
    assert "larger" in intake.refused
