"""The codec of the scan socket against its own writing, and against everything that is not its own writing.

Pure: no socket, no clock.
"""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.reader.messages import (
    MAX_CODE_BYTES,
    MAX_MESSAGE_BYTES,
    Beat,
    Cause,
    Refused,
    Scan,
    decode,
    encode,
    fitting,
)

SCAN = {"v": 1, "type": "scan", "boottime_ms": 5, "codes": [base64.b64encode(b"GP1:X").decode()]}
BEAT = {"v": 1, "type": "beat", "boottime_ms": 5, "values": {"frames": 3}}


def _line(base: dict[str, object], **changes: object) -> bytes:
    body = {key: value for key, value in (base | changes).items() if value != "gone"}
    return json.dumps(body).encode()


@given(st.integers(0, 2**53 - 1), st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4))
def test_scan_comes_back_as_it_was_written(stamp: int, codes: list[bytes]) -> None:
    """Any bytes of one to four codes survive the way."""
    scan = Scan(stamp, tuple(codes))
    assert decode(encode(scan)) == scan


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,32}", fullmatch=True), st.integers(0, 2**53 - 1), max_size=32))
def test_beat_comes_back_as_it_was_written(values: dict[str, int]) -> None:
    """A heartbeat's numbers survive the way, sorted by name."""
    beat = Beat(7, tuple(sorted(values.items())))
    assert decode(encode(beat)) == beat


@given(
    st.binary(max_size=400) | st.recursive(st.none() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_decode_never_raises(data: bytes) -> None:
    """Bytes that nobody wrote as a message are refused as malformed."""
    assert decode(data) == Refused(Cause.MALFORMED)


@given(st.binary(max_size=8), st.integers(0, 100), st.integers(0, 8))
def test_damage_never_raises(patch: bytes, at: int, drop: int) -> None:
    """A message with a few bytes overwritten is still judged, never raised on."""
    whole = _line(SCAN)
    assert isinstance(decode(whole[:at] + patch + whole[at + drop :]), Scan | Beat | Refused)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", Cause.MALFORMED),
        (b"[" * 30_000, Cause.MALFORMED),
        (b"1" * 30_000, Cause.MALFORMED),
        (b" " * (MAX_MESSAGE_BYTES + 1), Cause.TOO_LONG),
        (json.dumps(SCAN).encode("utf-16"), Cause.MALFORMED),
        (b"\xef\xbb\xbf" + _line(SCAN), Cause.MALFORMED),
        (_line(SCAN).replace(b'"v": 1', b'"v": 1, "v": 1'), Cause.MALFORMED),
        (_line(SCAN, v=2), Cause.VERSION),
        (_line({"v": 2, "kind": "other"}), Cause.VERSION),
        (_line(SCAN, v=True), Cause.MALFORMED),
        (_line(SCAN, v=1.0), Cause.MALFORMED),
        (_line(SCAN, v="gone"), Cause.MALFORMED),
        (_line(SCAN, type="photo"), Cause.MALFORMED),
        (_line(SCAN, type=["scan"]), Cause.MALFORMED),
        (_line(SCAN, extra=1), Cause.MALFORMED),
        (_line(SCAN, boottime_ms="gone"), Cause.MALFORMED),
        (_line(SCAN, boottime_ms=-1), Cause.MALFORMED),
        (_line(SCAN, boottime_ms=5.0), Cause.MALFORMED),
        (_line(SCAN, boottime_ms=2**53), Cause.MALFORMED),
        (_line(SCAN, codes=[]), Cause.MALFORMED),
        (_line(SCAN, codes=["QQ=="] * 5), Cause.MALFORMED),
        (_line(SCAN, codes=["QQ"]), Cause.MALFORMED),
        (_line(SCAN, codes=["QR=="]), Cause.MALFORMED),
        (_line(SCAN, codes=["Q Q=="]), Cause.MALFORMED),
        (_line(SCAN, codes=["é"]), Cause.MALFORMED),
        (_line(SCAN, codes=[""]), Cause.MALFORMED),
        (_line(SCAN, codes=[1]), Cause.MALFORMED),
        (_line(SCAN, codes={"0": "QQ=="}), Cause.MALFORMED),
        (_line(SCAN, codes=[base64.b64encode(bytes(MAX_CODE_BYTES + 1)).decode()]), Cause.MALFORMED),
        (_line(BEAT, values={"Frames": 1}), Cause.MALFORMED),
        (_line(BEAT, values={"f" * 33: 1}), Cause.MALFORMED),
        (_line(BEAT, values={"frames": True}), Cause.MALFORMED),
        (_line(BEAT, values={"frames": {}}), Cause.MALFORMED),
        (_line(BEAT, values={chr(97 + i // 26) + chr(97 + i % 26): 1 for i in range(33)}), Cause.MALFORMED),
        (_line(BEAT).replace(b"3", b"NaN"), Cause.MALFORMED),
    ],
)
def test_refusals(data: bytes, cause: Cause) -> None:
    """Whatever deviates from the exact form is refused with its cause."""
    assert decode(data) == Refused(cause)


@given(st.lists(st.binary(max_size=MAX_CODE_BYTES + 1).map(lambda seed: seed * 3), max_size=8))
def test_fitting_always_encodes(codes: list[bytes]) -> None:
    """What `fitting` keeps of a frame's codes is a message the gate takes."""
    kept = fitting(tuple(codes))
    assert not kept or decode(encode(Scan(1, kept))) == Scan(1, kept)


def test_fitting_passes_over_what_cannot_go() -> None:
    """A code that is empty or longer than any QR Code does not keep the others from the gate."""
    longest = bytes(MAX_CODE_BYTES)
    assert fitting((b"", bytes(MAX_CODE_BYTES + 1), b"a", longest, longest, longest, b"b")) == (
        b"a",
        longest,
        longest,
        longest,
    )


def test_encode_refuses_what_decode_would() -> None:
    """A message out of bounds is our bug and raises where it is written."""
    with pytest.raises(ValueError, match="Scan"):
        encode(Scan(1, ()))
