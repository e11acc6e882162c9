"""When a gate is not left in peace at its broker, judged from milliseconds alone."""

from __future__ import annotations

import json

import pytest

from firmware.records.contest import MANY, OVER_MS, SHORT_MS, Contest


def test_what_the_broker_calls_taken_over_is_an_alert_at_once() -> None:
    """However long the connection had lasted."""
    assert Contest("gate-1").ended(0, OVER_MS, taken_over=True)


def test_short_connections_without_a_word_are_an_alert_when_there_are_many() -> None:
    """One that lasted begins the count anew."""
    subject = Contest("gate-1")
    verdicts = [subject.ended(0, lasted_ms, taken_over=False) for lasted_ms in (0, SHORT_MS - 1, SHORT_MS, 0, 0, 0)]
    assert verdicts == [False, False, False, False, False, True]
    assert subject.times == MANY


def test_the_alert_is_over_once_after_a_time_in_peace() -> None:
    """And no earlier; without an alert nothing is over."""
    subject = Contest("gate-1")
    assert not subject.over(OVER_MS)
    subject.ended(1_000, 0, taken_over=True)
    assert [subject.over(now_ms) for now_ms in (OVER_MS + 999, OVER_MS + 1_000, OVER_MS + 1_001)] == [
        False,
        True,
        False,
    ]
    assert subject.times == 0


@pytest.mark.parametrize("word", ["meaning", "action", "clears"])
def test_the_alert_says_what_it_means_and_what_to_do_first(word: str) -> None:
    """In words, for whoever is on duty."""
    assert len(str(json.loads(Contest("gate-1").alert("b", 1))[word]).split()) > 5
