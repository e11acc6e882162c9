"""Which readers are there, and what was refused of them: told once a change, never faster than a person can follow.

It decides what is worth a line in the log and a record, since a reader that was taken over could come and go all day.
It opens nothing, writes no record itself, and takes the time from its caller.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.events import MessageRefused

log = logging.getLogger(__name__)

HOLD_MS: Final = 5_000
"""A reader that comes and goes is written down at most this often; what holds in the end always is."""

AT_START_MS: Final = 15_000
"""Readers start together with the gate and take longer; only one that has not come by then is lost."""

AGAIN_MS: Final = 600_000
"""What goes on being refused is said again after this long, with how often it happened."""

ADVICE: Final = {
    "peer": "look at the user this reader runs as and at readers.{reader}.user in gapura.toml",
    "version": "reader and gate are of different versions",
    "malformed": "what is connected there does not speak as hw/reader/README.md says",
    "too_long": "what is connected there does not speak as hw/reader/README.md says",
    "stale": "the reader is too slow, or its stamps are not CLOCK_BOOTTIME",
    "future": "its stamps are not CLOCK_BOOTTIME of this machine",
    "flood": "it sends more than 20 scans or 100 messages a second",
}


@dataclass(slots=True)
class _Reader:
    """Whether it ever came, is there and is told to be there, and from when on (ms) a change may be told."""

    due_ms: int
    came: bool = False
    there: bool = True
    told: bool = True


@dataclass(slots=True)
class _Refusal:
    """When the next line may come (ms), and how often it happened since the last."""

    due_ms: int = 0
    since: int = 0


class Attendance:
    """The gate's book of readers; it belongs to the controller thread."""

    def __init__(self, now_ms: int) -> None:
        """Begin with readers that are on their way."""
        self._start_ms = now_ms
        self._readers: dict[str, _Reader] = {}
        self._refusals: dict[tuple[str, str, str], _Refusal] = {}

    def heard(self, name: str, now_ms: int) -> None:
        """Note that a reader said something good."""
        reader = self._readers.setdefault(name, _Reader(now_ms))
        if not reader.came:
            reader.due_ms = now_ms
        reader.came = reader.there = True

    def lost(self, name: str) -> None:
        """Note that a reader hung up or fell silent."""
        self._readers.setdefault(name, _Reader(self._start_ms + AT_START_MS)).there = False

    def changes(self, now_ms: int) -> list[tuple[str, str]]:
        """Return (`reader_lost` or `reader_back`, reader) for what is to be written down now; the log has it too."""
        found: list[tuple[str, str]] = []
        for name, reader in self._readers.items():
            if reader.there == reader.told or now_ms < reader.due_ms:
                continue
            reader.told, reader.due_ms = reader.there, now_ms + HOLD_MS
            if reader.there:
                log.warning("reader %s: back", name)
            else:
                log.warning("reader %s: lost; it hung up, or said nothing good for 3 s", name)
            found.append(("reader_back" if reader.there else "reader_lost", name))
        return found

    def refused(self, event: MessageRefused, now_ms: int) -> None:
        """Log a refusal with what to look at: the first of its kind at once, then one line for many."""
        refusal = self._refusals.setdefault((event.reader, event.cause, event.detail), _Refusal())
        refusal.since += 1
        if now_ms < refusal.due_ms:
            return
        times = f", {refusal.since} times since the last line" if refusal.since > 1 else ""
        detail = f" ({event.detail})" if event.detail else ""
        advice = ADVICE.get(event.cause, "see hw/reader/README.md").format(reader=event.reader)
        log.warning("reader %s: refused: %s%s%s; %s", event.reader, event.cause, detail, times, advice)
        refusal.since, refusal.due_ms = 0, now_ms + AGAIN_MS
