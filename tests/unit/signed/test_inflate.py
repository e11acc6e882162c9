"""Inflating is bounded and exact: one whole stream, nothing behind it, nothing beyond the bound."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed.inflate import MOST, inflate


def deflated(data: bytes, *, raw: bool) -> bytes:
    """Deflate as others do."""
    stream = zlib.compressobj(9, wbits=-15 if raw else 15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize("raw", [False, True], ids=["zlib", "raw"])
def test_a_stream_is_inflated_up_to_the_bound(raw: bool) -> None:  # noqa: FBT001  a case
    """The bound itself passes, one byte more does not, and a bomb stops there too."""
    assert inflate(deflated(bytes(MOST), raw=raw), raw=raw) == bytes(MOST)
    assert inflate(deflated(bytes(MOST + 1), raw=raw), raw=raw) is None
    assert inflate(deflated(bytes(50_000_000), raw=raw), raw=raw) is None
    assert inflate(deflated(b"", raw=raw), raw=raw) == b""


@pytest.mark.parametrize("raw", [False, True], ids=["zlib", "raw"])
def test_what_is_not_exactly_one_stream_is_refused(raw: bool) -> None:  # noqa: FBT001  a case
    """Unfinished, followed by a byte, of the other kind, or none at all."""
    good = deflated(b"a certificate", raw=raw)
    for bad in (good[:-1], good + b"\0", good + good, deflated(b"a certificate", raw=not raw), b""):
        assert inflate(bad, raw=raw) is None


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_raise(data: bytes, raw: bool) -> None:  # noqa: FBT001  drawn
    """Whatever comes in, out come bytes within the bound or None."""
    found = inflate(data, raw=raw, most=1000)
    assert found is None or len(found) <= 1000
