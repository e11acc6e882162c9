"""What stands at the broker about an alarm, judged from what the journal is told."""

from __future__ import annotations

import json

import pytest

from firmware.control.alerts import Alerts, name
from firmware.door.meanings import MEANINGS
from firmware.events import Alarm, Instant, Record
from firmware.records.contract import Alert

AT = Instant(7_000, 1_767_578_400, 1_767_578_402, "system")


class Kept:
    """A journal and a board in memory, in the order of what they were told."""

    def __init__(self) -> None:
        """Begin empty."""
        self.told: list[object] = []

    def submit(self, record: Record) -> None:
        """Take a record."""
        self.told.append(record)

    def keep(self, topic: str, payload: bytes) -> None:
        """Let a topic say this."""
        self.told.append((topic, payload))


def alarm(which: Alarm, state: str, subject: str | None = None) -> Record:
    """Make the record of an alarm."""
    return Record(1, "alarm", AT, {"alarm": which.value, "subject": subject, "state": state})


@pytest.mark.parametrize("which", Alarm)
def test_every_alarm_has_an_alert_with_its_meaning_until_it_is_cleared(which: Alarm) -> None:
    """The record goes first; the alert says the same three sentences as the table of the door."""
    kept = Kept()
    alerts = Alerts(kept, kept.keep, "gate-1", "boot-1")
    raised, cleared = alarm(which, "raised", "rex"), alarm(which, "cleared", "rex")
    alerts.submit(raised)
    alerts.submit(cleared)
    topic = f"gapura/1/gate-1/alert/{which.value.replace('_', '-')}-rex"
    assert kept.told[0] is raised
    assert kept.told[2:] == [cleared, (topic, b"")]
    said = kept.told[1]
    assert isinstance(said, tuple)
    assert said[0] == topic
    alert = Alert.model_validate(json.loads(said[1]))
    assert (alert.alarm, alert.subject, alert.since) == (which.value, "rex", "2026-01-05T02:00:01Z")
    assert (alert.meaning, alert.clears, alert.action) == MEANINGS[which]


def test_what_is_no_alarm_is_handed_on_and_nothing_else() -> None:
    """An access makes no alert."""
    kept = Kept()
    record = Record(1, "access", AT, {"decision": "deny"})
    Alerts(kept, kept.keep, "gate-1", "b").submit(record)
    assert kept.told == [record]


@pytest.mark.parametrize("subject", [None, "light", "Relay Out/+#", "x" * 200])
def test_the_name_is_always_an_id(subject: str | None) -> None:
    """Whatever an output is called, its alert has a topic."""
    assert 0 < len(name(Alarm.OUTPUT_FAULT, subject)) <= 64
    assert not set(name(Alarm.OUTPUT_FAULT, subject)) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
