"""When a broker that refuses a gate's events is an alert, and when that is over."""

from __future__ import annotations

import json

import pytest

from firmware.records.denial import Denial


def test_the_first_refusal_begins_and_the_last_kind_taken_ends() -> None:
    """Kinds that were never refused change nothing, and neither does a second refusal."""
    subject = Denial("gate-1")
    assert not subject.taken("access")
    assert [subject.refused(kind) for kind in ("access", "access", "grant")] == [True, False, False]
    assert [subject.taken(kind) for kind in ("alarm", "access", "access", "grant", "grant")] == [
        False,
        False,
        False,
        True,
        False,
    ]
    assert subject.refused("grant")


@pytest.mark.parametrize("word", ["meaning", "action", "clears"])
def test_the_alert_says_what_it_means_and_what_to_do_first(word: str) -> None:
    """In words, for whoever is on duty."""
    alert = json.loads(Denial("gate-1").alert("b", 7))
    assert alert[word]
    assert (alert["alarm"], alert["boot"], alert["boottime_ms"]) == ("events-refused", "b", 7)
