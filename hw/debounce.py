"""When a contact counts as changed, and when it is no contact any more but a line that chatters.

Pure: it is told of edges and looks, and says what to report and when to look again. A change counts once no edge has
come for the bounce time. Whatever the line does, reports stay few: a line that never rests, moves too often or would
report more is `chatter`, is not listened to any more but looked at now and then, and counts again once it has been
quiet for a while.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hw.ports import Level

RESTLESS_MS: Final = 1_000
"""A line that moves for so long without a rest of the bounce time chatters."""

MAX_EDGES: Final = 60
"""So many edges without a rest are no bouncing contact either: a good one makes fewer than twenty."""

MAX_REPORTS: Final = 12
"""The most changes in REPORTS_MS that are believed, four a second; what would be the next is reported as chatter.

A hand that presses a button twice in a hurry is four, and stays a hand.
"""

REPORTS_MS: Final = 3_000
SAMPLE_MS: Final = 100
"""How often a line that chatters is looked at."""

QUIET_MS: Final = 1_000
"""After so long without a difference between looks, edges are listened to again, ..."""

TRIAL_MS: Final = 500
"""... and if none comes for this long, the line has settled. Looks alone would take 1 kHz for a standing level."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the line came to."""

    report: Level | None = None
    again_ms: int | None = None
    """When to look again; None while nothing moves."""


class Debouncer:
    """The state of one contact; whoever owns it calls it from one thread at a time."""

    def __init__(self, level: Level, bounce_ms: int) -> None:
        """Begin with a line that stands at this level."""
        self.level: Level = level
        """What was reported last."""
        self.listening = True
        """Whether edges are of any use now; while false they should not even be taken."""
        self._bounce_ms = bounce_ms
        self._restless_ms = max(RESTLESS_MS, 4 * bounce_ms)
        self._edges = 0
        self._first_ms = self._last_ms = 0
        self._reports: deque[int] = deque(maxlen=MAX_REPORTS)
        self._sample = level
        self._since_ms = 0
        self._told = True

    def begin(self, now_ms: int) -> int:
        """Begin to report: the level as it settles is news whatever it is; return when to look."""
        self._told = False
        return self.edge(now_ms)

    def edge(self, now_ms: int) -> int:
        """Take an edge in and return when to look."""
        if self._edges == 0:
            self._first_ms = now_ms
        self._edges += 1
        self._last_ms = now_ms
        return now_ms if self.level == "chatter" or self._restless(now_ms) else now_ms + self._bounce_ms

    def look(self, now_ms: int, level: Level) -> Look:
        """Judge the line by what it is now."""
        if self.level == "chatter":
            return self._try_again(now_ms, level) if self.listening else self._sampled(now_ms, level)
        if self._edges and self._restless(now_ms):
            return self._chatters(now_ms, level)
        if self._edges and now_ms < self._last_ms + self._bounce_ms:
            return Look(again_ms=self._last_ms + self._bounce_ms)
        self._edges = 0
        return Look() if level == self.level and self._told else self._changed(now_ms, level)

    def _restless(self, now_ms: int) -> bool:
        return self._edges > MAX_EDGES or now_ms - self._first_ms >= self._restless_ms + self._bounce_ms

    def _changed(self, now_ms: int, level: Level) -> Look:
        if len(self._reports) == MAX_REPORTS and now_ms - self._reports[0] < REPORTS_MS:
            return self._chatters(now_ms, level)
        self._reports.append(now_ms)
        self.level, self._told = level, True
        return Look(self.level)

    def _chatters(self, now_ms: int, level: Level) -> Look:
        self.level, self._told = "chatter", True
        return Look("chatter", self._not_quiet(now_ms, level).again_ms)

    def _not_quiet(self, now_ms: int, level: Level) -> Look:
        self.listening = False
        self._sample, self._since_ms = level, now_ms
        return Look(again_ms=now_ms + SAMPLE_MS)

    def _sampled(self, now_ms: int, level: Level) -> Look:
        if level != self._sample:
            return self._not_quiet(now_ms, level)
        if now_ms - self._since_ms < QUIET_MS:
            return Look(again_ms=now_ms + SAMPLE_MS)
        self.listening = True
        self._edges, self._since_ms = 0, now_ms
        return Look(again_ms=now_ms + TRIAL_MS)

    def _try_again(self, now_ms: int, level: Level) -> Look:
        if self._edges or level != self._sample:
            return self._not_quiet(now_ms, level)
        if now_ms - self._since_ms < TRIAL_MS:
            return Look(again_ms=self._since_ms + TRIAL_MS)
        self._reports.clear()
        return self._changed(now_ms, level)
