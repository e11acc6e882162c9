"""A pass as its holder presents it: what is read, and when that is of now. What is refused is in `tests/hostile`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER, Instant, Reason
from firmware.passes import confirmation, presented
from firmware.passes.outcome import Pass, Presented
from firmware.passes.presented import FRESH_S, freshness, unproven
from firmware.passes.reading import format_of, read
from firmware.signed import base45
from tests.hostile.wallet_attacks import ISSUER, ORDER, PARTS, SHOWN, SIGNATURE, TRUST, code_of
from tests.issuing import AT_NOON, HOLDER, NOON, STAFF


def test_a_presentation_is_read_as_the_pass_with_its_proof() -> None:
    """The pass inside comes out as it was issued, with second and group; by itself it is the same without proof."""
    reading, bare = read(SHOWN, TRUST), read(ISSUER.code(STAFF), TRUST)
    assert isinstance(reading, Pass)
    assert isinstance(bare, Pass)
    assert reading.presented == Presented(NOON, "lobby")
    assert (reading, format_of(SHOWN)) == (replace(bare, presented=reading.presented), "gp1")
    assert unproven(reading, AT_NOON) is None
    assert unproven(bare, AT_NOON) is Reason.NO_PROOF
    assert unproven(replace(bare, holder_key=None), AT_NOON) is None


def test_either_spelling_of_a_signature_is_the_holders() -> None:
    """A key in a telephone cannot choose its s; that a copy can be spelled otherwise gains nobody anything."""
    flipped = ORDER - int.from_bytes(SIGNATURE[32:], "big")
    assert isinstance(read(code_of([*PARTS[:3], SIGNATURE[:32] + flipped.to_bytes(32, "big")]), TRUST), Pass)


def test_a_wallet_wraps_passes_alone() -> None:
    """What is no text of a pass, and a key of another curve, is the caller's mistake."""
    with pytest.raises(ValueError, match="GP1"):
        presented.present("GR1:", HOLDER, Presented(NOON, "lobby"))
    with pytest.raises(ValueError, match="P-256"):
        confirmation.point_of(ec.derive_private_key(7, ec.SECP384R1()).public_key())


@pytest.mark.parametrize(
    ("at", "now", "reason"),
    [
        (NOON, AT_NOON, None),
        (NOON - FRESH_S, AT_NOON, None),
        (NOON - FRESH_S - 1, AT_NOON, Reason.STALE),
        (NOON + FRESH_S, AT_NOON, None),
        (NOON + FRESH_S + 1, AT_NOON, Reason.STALE),
        (NOON - 25, Instant(0, NOON - 5, NOON + 5, "rtc"), None),
        (NOON - 26, Instant(0, NOON - 5, NOON + 5, "rtc"), Reason.CLOCK_UNTRUSTED),
        (NOON - 36, Instant(0, NOON - 5, NOON + 5, "rtc"), Reason.STALE),
        (NOON + 25, Instant(0, NOON - 5, NOON + 5, "rtc"), None),
        (NOON + 26, Instant(0, NOON - 5, NOON + 5, "rtc"), Reason.CLOCK_UNTRUSTED),
        (NOON + 36, Instant(0, NOON - 5, NOON + 5, "rtc"), Reason.STALE),
        (NOON, Instant(0, NOON - 30, NOON + 30, "rtc"), None),
        (NOON, Instant(0, NOON - 31, NOON + 31, "rtc"), Reason.CLOCK_UNTRUSTED),
        (NOON, Instant(0, 0, NEVER, "none"), Reason.CLOCK_UNTRUSTED),
    ],
)
def test_a_presentation_is_fresh_at_both_ends_of_the_time_or_not_at_all(
    at: int, now: Instant, reason: Reason | None
) -> None:
    """Half a minute either way; where only one end of the interval says so the clock is at fault."""
    assert freshness(Presented(at, "lobby"), now) is reason


@given(st.data())
def test_no_alteration_of_a_presentation_is_read(data: st.DataObject) -> None:
    """Whichever bit of the message is turned, what comes out is a refusal."""
    message = bytearray(base45.decode(SHOWN[4:]) or b"")
    at = data.draw(st.integers(0, 8 * len(message) - 1))
    message[at // 8] ^= 1 << at % 8
    assert not isinstance(read(b"GR1:" + base45.encode(bytes(message)).encode(), TRUST), Pass)
