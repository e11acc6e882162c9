"""The light: one to three lamps, a rhythm, and a time after which they are dark whoever still wants them lit.

Colours and rhythms are decided in `colours.py`; here they are put on pins. Darkness is the safe value: a lamp that
cannot be written is a HardwareError and every lamp is tried, so that a hung gate never goes on showing green.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hw.alarm import RETRY_MS, Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.colours import LAMPS, lamps_for, lowered, phase
from hw.errors import HardwareError
from hw.pins import OutputLine, PinFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class _Showing:
    """What is shown, since when and until when."""

    lamps: frozenset[str]
    rhythm: tuple[int, ...]
    since_ms: int
    until_ms: int


class GpioLight:
    """A `Light` on GPIO lines; every method may be called from any thread."""

    def __init__(
        self,
        pins: Mapping[str, int],
        factory: PinFactory,
        *,
        active_high: bool = True,
        clock_ms: Callable[[], int] = boottime_ms,
        test_board: bool = False,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Claim every lamp dark; `pins` maps a lamp's colour to its BCM number."""
        if not pins or not LAMPS.issuperset(pins):
            message = f"a light has lamps out of {', '.join(sorted(LAMPS))}, not {', '.join(sorted(pins)) or 'none'}"
            raise ValueError(message)
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._showing: _Showing | None = None
        self._closed = self._given_up = False
        self._lines: dict[str, OutputLine] = {}
        try:
            for colour, pin in pins.items():
                self._lines[colour] = OutputLine(
                    pin, factory, active_high=active_high, test_board=test_board, what=f"{colour} lamp"
                )
        except BaseException:
            self._close_lines()
            raise
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)
        atexit.register(self._last_resort)

    def show(self, colour: str, rhythm: tuple[int, ...], limit_ms: int, *, low: bool = False) -> None:
        """Show a colour, or the nearest these lamps have, for at most `limit_ms`; then dark."""
        lamps = lamps_for(colour, frozenset(self._lines))
        phase(rhythm, 0)
        if low:
            rhythm = lowered(rhythm)
        with self._lock:
            if self._closed:
                message = "the light is closed"
                raise HardwareError(message)
            now_ms = self._clock_ms()
            self._showing = _Showing(lamps, rhythm, now_ms, now_ms + limit_ms) if lamps else None
            self._settle()

    def close(self) -> None:
        """Darken every lamp and give the lines up.

        While a lamp cannot be darkened none is given up: the alarm and every further call go on trying.
        """
        with self._lock:
            self._closed = True
            self._showing = None
            if self._given_up:
                return
            self._settle()
            self._given_up = True
            atexit.unregister(self._last_resort)
        try:
            error = self._close_lines()
        finally:
            self._alarm.close()
        if error is not None:
            raise error

    def _settle(self) -> None:
        """Write what the lamps must be now, and be woken when that changes."""
        with self._lock:
            if self._given_up:
                return
            now_ms = self._clock_ms()
            lit, again_ms = self._now(now_ms)
            # The next ring is set first: a lamp that is lit has always someone who will darken it.
            self._alarm.set(again_ms)
            error = self._write(lit)
            if error is not None:
                self._alarm.set(now_ms + RETRY_MS)
                raise error

    def _now(self, now_ms: int) -> tuple[frozenset[str], int | None]:
        showing = self._showing
        if showing is not None and now_ms >= showing.until_ms:
            self._showing = showing = None
        if showing is None:
            return frozenset(), None
        on, change_ms = phase(showing.rhythm, now_ms - showing.since_ms)
        again_ms = showing.until_ms if change_ms is None else min(showing.until_ms, now_ms + change_ms)
        return showing.lamps if on else frozenset(), again_ms

    def _write(self, lit: frozenset[str]) -> HardwareError | None:
        """Darken what must be dark, then light the rest, or all of it not: half a colour is another one.

        Of a yellow that is red and green together there is only green when its red fails. Return the first failure.
        """
        failure = self._drive(self._lines.keys() - lit, active=False) or self._drive(lit, active=True)
        if failure is not None:
            self._drive(self._lines, active=False)
        return failure

    def _drive(self, colours: Iterable[str], *, active: bool) -> HardwareError | None:
        """Try every one of these lamps; return the first failure."""
        failure: HardwareError | None = None
        for colour in sorted(colours):
            try:
                self._lines[colour].write(active=active)
            except HardwareError as error:
                failure = failure or error
        return failure

    def _close_lines(self) -> HardwareError | None:
        failure: HardwareError | None = None
        for line in self._lines.values():
            try:
                line.close()
            except HardwareError as error:
                failure = failure or error
        return failure

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "light", self._clock_ms)

    def _last_resort(self) -> None:
        with contextlib.suppress(HardwareError):
            self.close()
