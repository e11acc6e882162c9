"""Alerts: what the journal is told of an alarm stands at the broker too while it holds, and says what to do.

It decides the name and the words of an alert and hands every record on, unchanged and first. A run begins without
any: the link takes back what an earlier one left at the broker.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from firmware.door.meanings import CRITICAL, MEANINGS
from firmware.events import Alarm
from firmware.records import wire
from firmware.records.contract import Alert

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.accounts import Journal
    from firmware.events import Record

_NO_ID = re.compile(r"[^a-z0-9-]")


class Alerts:
    """A journal that also keeps one alert for each alarm that holds; it belongs to the controller thread."""

    def __init__(self, journal: Journal, keep: Callable[[str, bytes], None], gate: str, boot: str) -> None:
        """Take the journal, and what lets a topic say something from now on (an empty payload takes it back)."""
        self._journal = journal
        self._keep = keep
        self._gate = gate
        self._boot = boot

    def submit(self, record: Record) -> None:
        """Hand the record on, and raise or clear its alert if it is about an alarm."""
        self._journal.submit(record)
        if record.kind != "alarm":
            return
        alarm, subject = Alarm(str(record.body["alarm"])), record.body["subject"]
        raised = record.body["state"] == "raised"
        self._keep(wire.alert_topic(self._gate, name(alarm, subject)), self._payload(record, alarm) if raised else b"")

    def _payload(self, record: Record, alarm: Alarm) -> bytes:
        """Word the alert."""
        meaning, subject = MEANINGS[alarm], record.body["subject"]
        alert = Alert(
            alarm=alarm.value,
            subject=None if subject is None else str(subject),
            severity="critical" if alarm in CRITICAL else "warning",
            meaning=meaning.cause,
            action=meaning.action,
            clears=meaning.clear,
            since=wire.rfc3339(record.at),
            boot=self._boot,
            boottime_ms=record.at.ms,
        )
        return wire.dump(alert.model_dump(exclude_none=True))


def name(alarm: Alarm, subject: object) -> str:
    """Name an alert by its alarm and, where there are several, by what it is about."""
    words = alarm.value if subject is None else f"{alarm.value}-{subject}"
    return _NO_ID.sub("-", words.lower())[:64]
