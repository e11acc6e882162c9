"""Signed JSON and its times have one spelling and one meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import strict_json, times
from firmware.signed.fields import Strict


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"1",
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"a":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a":1} x',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' * 100_000,
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
        b" " * (strict_json.MAX_BYTES + 1),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_not_one_plain_object_is_none(data: bytes) -> None:
    """Anything that two parsers could read differently is refused."""
    assert strict_json.parse(data) is None


def test_what_is_written_is_read() -> None:
    """The one spelling is sorted, compact and UTF-8, and reads back."""
    value = {"b": [1, 2.5, None, True], "a": {"é": "ü"}}
    assert strict_json.render(value) == '{"a":{"é":"ü"},"b":[1,2.5,null,true]}'.encode()
    assert strict_json.parse(strict_json.render(value)) == value
    assert strict_json.parse(strict_json.render_indented(value)) == value


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused_quietly(data: bytes) -> None:
    """No bytes raise."""
    assert isinstance(strict_json.parse(data), (dict, type(None)))


@given(st.binary(max_size=64))
def test_base64url_has_one_spelling(data: bytes) -> None:
    """What is written comes back, and no other text gives the same bytes."""
    text = strict_json.to_base64url(data)
    assert strict_json.from_base64url(text) == data
    assert strict_json.from_base64url(text + "=") is None


@pytest.mark.parametrize("text", ["A", "AA=", "A B", "AB", "++++", "é", "AAA\n"])
def test_other_base64_is_refused(text: str) -> None:
    """Padding, spaces, the other alphabet and stray bits at the end are refused."""
    assert strict_json.from_base64url(text) is None


@given(st.integers(0, times.LATEST))
def test_every_second_has_one_spelling(seconds: int) -> None:
    """A time that is written reads back as the same second."""
    assert times.parse(times.render(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-05",
        "2026-01-05T02:00:00",
        "2026-01-05t02:00:00Z",
        "2026-01-05 02:00:00Z",
        "2026-01-05T02:00:00+00:00",
        "2026-01-05T02:00:00.5Z",
        "2026-01-05T02:00:60Z",
        "2026-01-05T24:00:00Z",
        "2026-02-30T02:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-01-05T02:00:00Z\n",
        "２０２６-01-05T02:00:00Z",  # noqa: RUF001  wide digits are the case
    ],
)
def test_other_times_are_refused(text: str) -> None:
    """Another spelling, an impossible date and a year before 1970 are no times of ours."""
    assert times.parse(text) is None


@pytest.mark.parametrize("seconds", [-1, times.LATEST + 1])
def test_a_second_out_of_range_is_our_bug(seconds: int) -> None:
    """Only the seconds of 1970 to 9999 can be written."""
    with pytest.raises(ValueError, match="1970"):
        times.render(seconds)


@pytest.mark.parametrize(
    "text", ["2026-01-05T09:00:00+07:00", "2026-01-05 02:00:00z", "2026-01-04t22:00:00-04:00", "2026-01-05T09:00 +0700"]
)
def test_a_person_may_write_a_time_with_its_offset(text: str) -> None:
    """What an operator types is read with its offset, RFC 3339 or a little less strict."""
    found = times.parse_written(text)
    assert found is not None
    assert found[0] == times.parse("2026-01-05T02:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-05T09:00:00",
        "2026-01-05",
        "2026-02-30T09:00:00Z",
        "2026-01-05T24:00:00Z",
        "1970-01-01T00:00:00+07:00",
    ],
)
def test_a_written_time_without_meaning_is_refused(text: str) -> None:
    """Without an offset, out of the calendar or before 1970 a written time is none."""
    assert times.parse_written(text) is None


def test_a_mistake_is_one_line_that_steers_no_terminal() -> None:
    """A document's own keys stand in it, and may be escapes, line ends or letters that turn the line around."""
    keys = ("\x1b[2J", "\n", "\u009b31m", "\u202e", "k" * 1000)
    told = strict_json.read_as(dict.fromkeys(keys, 1), Strict)
    assert isinstance(told, tuple)
    assert len(told) == len(keys)
    assert all(line.isprintable() and len(line) < 200 for line in told)
    assert any(line.startswith("\\x1b[2J: is not known here") for line in told)
