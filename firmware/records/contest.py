"""Connections that end as soon as they began: how long to stand back, what to say of it, and when it is over.

Pure: milliseconds come in. Two clients with one id throw each other out at every attempt, and whoever comes back at
once only makes it worse. A broker need not say why it ended a connection (mosquitto 2.0 does not), so that the short
life itself counts.
"""

from __future__ import annotations

from typing import Final

from firmware.records import wire
from firmware.records.contract import Alert

SHORT_MS: Final = 30_000
"""A connection that ended earlier than this was not left in peace."""

OVER_MS: Final = 600_000
"""One that has lasted so long since then is."""

MANY: Final = 3
"""So many short ones in a row are an alert, even if the broker did not say what it was."""

NAME: Final = "connection-contested"


class Contest:
    """How many connections in a row were not left in peace, and since when the last one is."""

    def __init__(self, gate: str) -> None:
        """Begin in peace."""
        self.topic = wire.alert_topic(gate, NAME)
        self.times = 0
        self._alerting = False
        self._last_ms = 0

    def ended(self, now_ms: int, lasted_ms: int, *, taken_over: bool) -> bool:
        """A connection that the broker had taken ended; whether this is an alert."""
        if not taken_over and lasted_ms >= SHORT_MS:
            self.times = 0
            return False
        self.times += 1
        self._last_ms = now_ms
        self._alerting |= taken_over or self.times >= MANY
        return self._alerting

    def over(self, now_ms: int) -> bool:
        """Whether the alert is over now, told once."""
        if not self._alerting or now_ms - self._last_ms < OVER_MS:
            return False
        self.times = 0
        self._alerting = False
        return True

    def alert(self, boot: str, boottime_ms: int) -> bytes:
        """Word the alert."""
        alert = Alert(
            alarm=NAME,
            severity="critical",
            meaning="the broker ends this gate's connections as soon as they began: most likely another client uses"
            " the gate's id",
            action="look in the broker's log for `already connected` and the other address; if it is no second gate of"
            " this name, revoke the gate's certificate (crlfile) and issue another",
            clears="by itself, ten minutes after it last happened",
            boot=boot,
            boottime_ms=boottime_ms,
        )
        return wire.dump(alert.model_dump(exclude_none=True))
