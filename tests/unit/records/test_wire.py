"""The payloads an outsider sees, pinned byte for byte where it matters.

Pure functions only: nothing here opens a file or a socket.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.events import NEVER, Instant
from firmware.records import wire
from firmware.records.row import Row
from tests.unit.records.making import GATE, row

FACTS = {"boot": "b", "run": "r", "version": "0.1.0", "config_digest": "d", "labels": {"area": "lobby"}}


def test_an_event_is_a_cloud_event_whose_id_is_gate_epoch_and_number() -> None:
    """The whole envelope of one record, as the operations room receives it."""
    at = {"boot": "boot-1", "boottime_ms": 1000, "clock": "rtc", "earliest": 1767578400, "latest": 1767578402}
    assert wire.cloud_event(GATE, row(7)) == {
        "specversion": "1.0",
        "id": "gate-1:00000001:7",
        "source": "/gapura/1/gate-1",
        "type": "gapura.access.v1",
        "time": "2026-01-05T02:00:01Z",
        "sequence": "000000000007",
        "datacontenttype": "application/json",
        "data": {"token": 7, "at": at},
    }


@pytest.mark.parametrize(
    ("at", "time"),
    [
        (Instant(1, 100, 200, "rtc"), "1970-01-01T00:02:30Z"),
        (Instant(1, 100, 100, "ntp"), "1970-01-01T00:01:40Z"),
        (Instant(1, 100, 200, "none"), None),
        (Instant(1, 0, NEVER, "rtc"), None),
        (Instant(1, 200, 100, "rtc"), None),
        (Instant(1, -5, 100, "rtc"), None),
        (Instant(1), None),
    ],
)
def test_time_is_the_midpoint_and_absent_when_nobody_vouches_for_it(at: Instant, time: str | None) -> None:
    """A clock that is not trusted gives no time and no bounds at all."""
    event = wire.cloud_event(GATE, Row("00000001", 1, "access", "b", at, {}))
    data = event["data"]
    assert isinstance(data, dict)
    assert event.get("time") == time
    assert ("earliest" in data["at"]) == (time is not None)


def test_a_row_of_a_grant_names_it() -> None:
    """The grant a record begins or ends stands in its data."""
    event = wire.cloud_event(GATE, Row("00000001", 1, "grant", "b", Instant(1), {"result": "assumed"}, "g-1"))
    assert event["data"] == {
        "at": {"boot": "b", "boottime_ms": 1, "clock": "none"},
        "grant": "g-1",
        "result": "assumed",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (wire.availability_topic(GATE), "gapura/1/gate-1/availability"),
        (wire.info_topic(GATE), "gapura/1/gate-1/info"),
        (wire.health_topic(GATE), "gapura/1/gate-1/health"),
        (wire.event_topic(GATE, "access"), "gapura/1/gate-1/event/access"),
    ],
)
def test_topics_are_those_of_the_contract(name: str, expected: str) -> None:
    """The names that operations subscribe to do not move."""
    assert name == expected


@pytest.mark.parametrize("level", ["", "a/b", "+", "#", "Gate", "gate_1", "g\n", "gäte", "x" * 65, "$SYS"])
def test_what_is_no_id_never_becomes_a_topic(level: str) -> None:
    """Neither a gate nor a kind can add a level, a wildcard or another alphabet."""
    assert not wire.valid_id(level)
    with pytest.raises(ValueError, match="not an id"):
        wire.event_topic(level, "access")
    with pytest.raises(ValueError, match="not an id"):
        wire.event_topic(GATE, level)


def test_the_birth_carries_the_nonce_and_nothing_unasked_for() -> None:
    """An info payload has its fields and refuses any other."""
    added = {"nonce": "n", "connection": 3, "config_version": 0, "contract": "1.0", "groups": []}
    added |= {"clock": "none", "time_wanted": False, "stage": "active"}
    assert json.loads(wire.birth(FACTS, "n", 3)) == {**FACTS, **added}
    with pytest.raises(ValidationError):
        wire.birth({**FACTS, "owner": "somebody"}, "n", 1)
    with pytest.raises(ValidationError):
        wire.birth({"boot": "b"}, "n", 1)


def test_health_is_one_flat_object_of_integers() -> None:
    """Numbers come out sorted and compact."""
    assert wire.numbers({"b": 2, "a": 1}) == b'{"a":1,"b":2}'


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)))
def test_the_same_value_always_gives_the_same_ascii_bytes(payload: dict[str, object]) -> None:
    """Order of insertion, lone surrogates and other alphabets change nothing about that."""
    data = wire.dump(payload)
    assert data == wire.dump(dict(reversed(payload.items())))
    assert data.isascii()
    assert json.loads(data) == payload
