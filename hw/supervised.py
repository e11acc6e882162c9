"""Contacts at the end of a measured loop: they also say that their wire was cut or shorted.

One thread looks at all loops of a board every twentieth of a second; what a voltage means is decided in `bands.py` and
when a change counts in `debounce.py`, as for any contact. A converter that does not answer is a cut wire: whoever
relies on a contact learns that it is gone, instead of trusting what it said last.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from hw.alarm import Alarm, AlarmMaker, ThreadAlarm
from hw.bands import STANDARD, Loop, State, state_of
from hw.clock import boottime_ms
from hw.debounce import Debouncer
from hw.errors import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.adc import Adc
    from hw.ports import Level

SAMPLE_MS: Final = 50


class SupervisedBoard:
    """All loops of one converter; contacts are taken from it before it is watched or at any time later."""

    def __init__(
        self,
        adc: Adc,
        loop: Loop = STANDARD,
        *,
        clock_ms: Callable[[], int] = boottime_ms,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Take the converter and the resistors that every loop has."""
        self._adc = adc
        self._loop = loop
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._contacts: dict[int, SupervisedContact] = {}
        self.faults = 0
        """How often the converter did not answer since the start."""
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._look)

    def now_ms(self) -> int:
        """Read the board's clock."""
        return self._clock_ms()

    def contact(self, channel: int, *, normally_open: bool, bounce_ms: int = 30) -> SupervisedContact:
        """Take the contact on a channel, measured once; raises ValueError for a channel that is taken or not there."""
        with self._lock:
            if channel in self._contacts:
                message = f"channel {channel} has a contact already"
                raise ValueError(message)
            made = SupervisedContact(self, channel, normally_open=normally_open, bounce_ms=bounce_ms)
            self._contacts[channel] = made
            self._alarm.set(self._clock_ms() + SAMPLE_MS)
            return made

    def measure(self, channel: int, before: State | None) -> State:
        """Look at one loop now."""
        with self._lock:
            try:
                return state_of(self._adc.ratio(channel), before, self._loop)
            except HardwareError:
                self.faults += 1
                return "cut"

    def drop(self, channel: int) -> None:
        """Look at this loop no more."""
        with self._lock:
            self._contacts.pop(channel, None)

    def close(self) -> None:
        """Look no more and give the bus up."""
        self._alarm.close()
        with self._lock:
            self._contacts.clear()
            self._adc.close()

    def _look(self) -> None:
        with self._lock:
            now_ms = self._clock_ms()
            self._alarm.set(now_ms + SAMPLE_MS if self._contacts else None)
            for contact in list(self._contacts.values()):
                contact.look(now_ms)

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "supervised-inputs", self._clock_ms)


class SupervisedContact:
    """A `Contact` on one loop of a board."""

    def __init__(self, board: SupervisedBoard, channel: int, *, normally_open: bool, bounce_ms: int) -> None:
        """Measure the loop for the first time."""
        self._board = board
        self._channel = channel
        self._normally_open = normally_open
        self._changed: Callable[[Level], None] | None = None
        self._state = board.measure(channel, None)
        self._debouncer = Debouncer(self._level(), bounce_ms)
        self._again_ms: int | None = None

    def level(self) -> Level:
        """Say what the last look came to: at most a twentieth of a second ago."""
        return "chatter" if self._debouncer.level == "chatter" else self._level()

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` with the level as it settles now, and after each change, from the board's thread."""
        self._changed = changed
        self._again_ms = self._debouncer.begin(self._board.now_ms())

    def close(self) -> None:
        """Give the loop up; no callback comes afterwards."""
        self._changed = None
        self._board.drop(self._channel)

    def look(self, now_ms: int) -> None:
        """Measure, and report what has settled; the board calls this."""
        state = self._board.measure(self._channel, self._state)
        if state != self._state:
            self._state = state
            self._again_ms = self._debouncer.edge(now_ms)
        if self._again_ms is None or now_ms < self._again_ms or self._changed is None:
            return
        look = self._debouncer.look(now_ms, self._level())
        self._again_ms = look.again_ms
        if look.report is not None:
            self._changed(look.report)

    def _level(self) -> Level:
        match self._state:
            case "short" | "cut":
                return self._state
            case "closed":
                return "active" if self._normally_open else "rest"
            case "open":
                return "rest" if self._normally_open else "active"
