"""Alerts about clocks: which one is not believed, what that means and what to do first, for as long as it lasts.

Pure but for what it is handed. A doubt that goes is held for a while, so that a clock that flickers is no flood at the
broker. The alarm that nobody vouches for the time at all is the door's (`conditions.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.control.trusted_time import Doubt
from firmware.records import wire
from firmware.records.contract import Alert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.events import Instant

HOLD_MS: Final = 300_000
"""An alert is taken back when its doubt has been gone for so long."""

_SET = "set it (hwclock -w) when the system's time is right, then reboot; if it is wrong again, its battery is empty"

WORDS: Final[Mapping[Doubt, tuple[str, str]]] = {
    Doubt.KERNEL_DISAGREES: (
        "the system's clock was set or follows a wrong time server; passes go by the time that was held before",
        "look at the time server; then at the battery clock, which the gate believes more",
    ),
    Doubt.KERNEL_BELOW_FLOOR: (
        "the system's clock is older than what this gate knows; without another clock nobody enters",
        "let the machine reach its time server, or tell it the time: gapura-ops time answer",
    ),
    Doubt.RTC_DISAGREES: ("the battery clock is more than five minutes off", _SET),
    Doubt.RTC_BELOW_FLOOR: ("the battery clock is older than what this gate knows and is not used", _SET),
    Doubt.HELD_BELOW_FLOOR: (
        "the time that was held turned out too old and was let go",
        "let the machine reach its time server, or tell it the time: gapura-ops time answer",
    ),
    Doubt.FLOOR_LOST: (
        "the file of the earliest time could not be read; it began anew with the release's",
        "look at the SD card; this lasts until the gate starts again",
    ),
}
"""What each doubt means, and what to do first."""


class DoubtAlerts:
    """One alert for each doubt; `keep` lets a topic say something from now on, an empty payload takes it back."""

    def __init__(self, gate: str, boot: str, keep: Callable[[str, bytes], None]) -> None:
        """Begin without any."""
        self._gate, self._boot, self._keep = gate, boot, keep
        self._last_ms: dict[Doubt, int] = {}

    def turn(self, doubts: frozenset[Doubt], now: Instant) -> None:
        """Raise what is new and take back what has been gone for long enough."""
        for doubt in sorted(doubts - self._last_ms.keys()):
            self._keep(self.topic(doubt), self._worded(doubt, now))
        self._last_ms |= dict.fromkeys(doubts, now.ms)
        for doubt, last_ms in list(self._last_ms.items()):
            if now.ms - last_ms >= HOLD_MS:
                del self._last_ms[doubt]
                self._keep(self.topic(doubt), b"")

    def topic(self, doubt: Doubt) -> str:
        """Where the alert stands."""
        return wire.alert_topic(self._gate, f"clock-{doubt.value.replace('_', '-')}")

    def _worded(self, doubt: Doubt, now: Instant) -> bytes:
        meaning, action = WORDS[doubt]
        alert = Alert(
            alarm=f"clock_{doubt.value}",
            severity="warning",
            meaning=meaning,
            action=action,
            clears="by itself, five minutes after it last was so",
            since=wire.rfc3339(now),
            boot=self._boot,
            boottime_ms=now.ms,
        )
        return wire.dump(alert.model_dump(exclude_none=True))
