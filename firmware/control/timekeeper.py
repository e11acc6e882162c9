"""The timekeeper: looks at the machine's clocks every few seconds and tells every other thread what time it is.

Asking it is one reading of CLOCK_BOOTTIME and never waits; looking at clocks, keeping the floor and opening signed
answers is done by a thread of its own. What is believed is decided by `trusted_time.py`, and nothing here opens a door.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.control import time_file
from firmware.control.clock import FLOOR, boottime_ms
from firmware.control.clock_reading import look
from firmware.control.doubt_alerts import DoubtAlerts
from firmware.control.time_answers import Answers, Asked
from firmware.control.trusted_time import DAY_S, VAGUE_MS, Belief, Doubt, Source, answered, risen, weigh
from firmware.events import ClockChanged, Instant
from firmware.signed.ruling import Rulings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.records.heard import Heard
    from firmware.records.notices import Notices
    from firmware.signed.time_answer import TimeAnswer
    from hw.ports import Clocks

log = logging.getLogger(__name__)

LOOK_S: Final = 10.0
SAVE_MS: Final = 600_000
"""How often the floor is written while nothing else changes: a card is spared, and a power cut costs so much of it."""

MOST_TOLD: Final = 12
TOLD_MS: Final = 3_600_000
"""No more than `MOST_TOLD` records of clocks in so many milliseconds; the rest is counted."""

ASK_MS: Final = 60_000
"""A gate without a time asks anew so often; an answer that is on its way must still find its question."""

_PAUSE_S: Final = 0.1
_CLOSE_S: Final = 5.0


class Timekeeper:
    """The gate's clock (`firmware.control.clock.Clock`); `now`, `asked`, `heard` and `counters` are any thread's.

    `issued` says when (Unix s) the newest document in force was signed, `rulings` what roots have said of keys.
    """

    def __init__(
        self,
        folder: Path,
        clocks: Clocks,
        error_s: int,
        *,
        boot: str,
        now_ms: Callable[[], int] = boottime_ms,
        told: Callable[[ClockChanged], object] = lambda _: None,
    ) -> None:
        """Take up what an earlier run kept and look at the clocks once; no thread runs yet."""
        self.counts: Counter[str] = Counter()
        self._folder, self._clocks, self._boot, self._now_ms, self._tell = folder, clocks, boot, now_ms, told
        self._error_ms = error_s * 1000
        kept = time_file.read(folder, boot, FLOOR)
        self._belief = kept.belief
        self._most = kept.belief.floor + DAY_S if kept.most is None else kept.most
        self._most_ms = now_ms() if kept.most is None else kept.ms
        self.rulings: Callable[[], Rulings] = Rulings
        self.issued: Callable[[], int] = lambda: 0
        self._answers: Answers | None = None
        self._alerts: DoubtAlerts | None = None
        self._told_ms: deque[int] = deque(maxlen=MOST_TOLD)
        self._gauges: dict[str, int] = {}
        self._saved_ms: int | None = None
        self._asked = Asked(now_ms())
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="time", daemon=True)
        if kept.lost:
            log.error("%s cannot be read; the floor of time begins anew", folder / time_file.FILE)
            self._told("floor_lost")
        self._begun = False
        self.look()
        self._begun = True

    def now(self) -> Instant:
        """Say what time it is; a time that nobody vouches for is the unbounded interval."""
        ms, belief = self._now_ms(), self._belief
        span = belief.at(ms)
        if span is None:
            return Instant(ms)
        return Instant(ms, span.earliest // 1000, span.latest // 1000, belief.source.value)

    @property
    def belief(self) -> Belief:
        """What is held and what is doubted."""
        return self._belief

    @property
    def asks_again(self) -> bool:
        """Whether nobody vouches for the time and the last question is a while ago."""
        return self._belief.span is None and self._now_ms() - self._asked.ms >= ASK_MS

    @property
    def kernel_believed(self) -> bool:
        """Whether the kernel's clock, by which OpenSSL judges dates, agrees with what is held."""
        return not self._belief.doubts & {Doubt.KERNEL_DISAGREES, Doubt.KERNEL_BELOW_FLOOR}

    def asked(self) -> dict[str, object]:
        """Say in the birth how the clock stands; with it goes a new question, which its nonce is the name of."""
        self._asked = Asked(self._now_ms())
        belief = self._belief
        span = belief.span
        sure = span is not None and span.latest - span.earliest <= VAGUE_MS and not belief.doubts
        return {"clock": belief.source.value, "time_wanted": not sure or belief.source is Source.SYSTEM}

    def heard(self, heard: Heard) -> None:
        """Take in what came as an answer; it is looked at by the thread."""
        if self._answers is not None:
            self._answers.put(heard, self._asked, self._now_ms())
            self._wake.set()

    def counters(self) -> dict[str, int]:
        """Flat numbers for health."""
        now, belief = self.now(), self._belief
        held = belief.span is not None
        numbers = dict(self.counts) | self._gauges
        numbers |= {} if self._answers is None else dict(self._answers.counts)
        numbers |= {
            "source": belief.source.rank,
            "error_s": (now.latest - now.earliest + 1) // 2 if held else 0,
            "floor_age_s": max(0, now.earliest - belief.floor) if held else 0,
            "disbelieved": len(belief.doubts - {Doubt.FLOOR_LOST}),
            "floor_lost": int(Doubt.FLOOR_LOST in belief.doubts),
        }
        return {f"clock_{name}": number for name, number in sorted(numbers.items())}

    def take_answers(self, notices: Notices, *, gate: str, root: bytes | None) -> None:
        """Take signed answers under the raw root key that the gate pins, and say at the broker what is not believed."""
        self._answers = Answers(gate, root, notices, self.rulings, self.now)
        self._alerts = DoubtAlerts(gate, self._boot, notices.keep)

    def start(self, notices: Notices, *, gate: str, root: bytes | None, issued: Callable[[], int]) -> None:
        """Begin to look again and again, and to take answers."""
        self.issued = issued
        self.take_answers(notices, gate=gate, root=root)
        self._thread.start()

    def close(self) -> None:
        """End the thread and keep the floor."""
        self._stop.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(_CLOSE_S)
        self.save()

    def look(self) -> None:
        """Look at the clocks once and believe of them what may be believed."""
        seen = look(self._clocks, self._now_ms, self._error_ms)
        self._gauges = {"synchronised": int(seen.kernel.synchronised), "rtc": int(seen.battery_s is not None)}
        belief = weigh(self._belief, seen.reading, self._error_ms)
        self._believe(replace(belief, floor=self._risen(belief)), seen.kernel.unix_ms)

    def turn(self) -> None:
        """Look, take what came as an answer, and keep the floor when that is due."""
        self.look()
        if self._answers is not None:
            while (answer := self._answers.take()) is not None:
                self._answered(*answer)
        if self._alerts is not None:
            self._alerts.turn(self._belief.doubts, self.now())
        if self._saved_ms is None or self._now_ms() - self._saved_ms >= SAVE_MS:
            self.save()

    def save(self) -> None:
        """Keep the floor and what is held; a disk that fails costs the floor of the next start and nothing else."""
        self._saved_ms = self._now_ms()
        try:
            time_file.write(self._folder, self._boot, self._belief, self._bound(self._belief))
        except OSError as error:
            self.counts["storage"] += 1
            log.warning("the floor of time is not kept: %s", error)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.turn()
            self._wake.wait(LOOK_S)
            self._wake.clear()
            self._stop.wait(_PAUSE_S)  # whoever floods us with answers gets a few looks a second

    def _risen(self, belief: Belief) -> int:
        return risen(belief, self._bound(belief), self.issued())

    def _bound(self, belief: Belief) -> int:
        """Say up to where (Unix s) unconfirmed clocks may raise the floor: a day in each boot, and the time since."""
        return self._most + max(0, belief.ms - self._most_ms) // 1000

    def _answered(self, answer: TimeAnswer, asked: Asked, arrived_ms: int) -> None:
        """Go by a signed second, and let the root set the floor by it."""
        if self._answers is None:
            return
        floor = max(FLOOR, answer.unix) if answer.reset else self._belief.floor
        before = replace(self._belief, floor=floor, span=None if answer.reset else self._belief.span)
        belief = answered(before, answer.unix, asked.ms, arrived_ms)
        if not isinstance(belief, Belief):
            self._answers.settle(answer, asked, belief)
            return
        self._answers.settle(answer, asked, None)
        if answer.reset:
            self._most, self._most_ms = floor + DAY_S, belief.ms
            belief = replace(belief, doubts=belief.doubts - {Doubt.FLOOR_LOST})
        self.counts["answered"] += 1
        self._believe(belief, None)
        self._told("floor_reset" if answer.reset else "answered")
        self.look()
        self.save()

    def _believe(self, belief: Belief, kernel_ms: int | None) -> None:
        """Hold this from now on, and tell what is different."""
        before, self._belief = self._belief, belief
        if belief.source is not before.source:
            log.warning("clock: %s vouches for the time", "nobody" if belief.span is None else belief.source)
            if self._begun:  # what it is at a start stands in the birth
                self._told("source")
        begun, over = belief.doubts - before.doubts, before.doubts - belief.doubts
        for doubt in sorted(begun - {Doubt.FLOOR_LOST}):
            self.counts["disagreements"] += 1
            log.warning("clock: %s is not believed", doubt)
            off_s = None if belief.span is None or kernel_ms is None else (kernel_ms - belief.span.latest) // 1000
            self._told("disbelieved", doubt, off_s if doubt is Doubt.KERNEL_DISAGREES else None)
        for doubt in sorted(over - {Doubt.FLOOR_LOST}):
            self._told("believed", doubt)
        if self._saved_ms is not None and (begun or over or belief.source is not before.source):
            self.save()

    def _told(self, what: str, doubt: Doubt | None = None, off_s: int | None = None) -> None:
        """Have it written down, a few times an hour."""
        ms = self._now_ms()
        if len(self._told_ms) == MOST_TOLD and ms - self._told_ms[0] < TOLD_MS:
            self.counts["untold"] += 1
            return
        self._told_ms.append(ms)
        self._tell(ClockChanged(what, self._belief.source.value, None if doubt is None else doubt.value, off_s))
