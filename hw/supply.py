"""The board's own supply: the undervoltage alarm of a Pi, as a contact that is active while the voltage is too low.

The kernel asks the firmware every two seconds (driver `rpi_volt`) and shows the answer as a file; here that file is
looked at every second. A board without the driver is at rest for ever and says so by `fitted`.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.alarm import Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.ports import Level

HWMON: Final = Path("/sys/class/hwmon")
POLL_MS: Final = 1_000


class SupplyContact:
    """A `Contact` on the undervoltage alarm."""

    def __init__(
        self,
        root: Path = HWMON,
        *,
        clock_ms: Callable[[], int] = boottime_ms,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Look for the sensor under `root`, where each has a folder with its name."""
        self._file = sensor(root)
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._changed: Callable[[Level], None] | None = None
        self._reported: Level | None = None
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)

    @property
    def fitted(self) -> bool:
        """Whether this board has the sensor."""
        return self._file is not None

    def level(self) -> Level:
        """Say `active` while the voltage is too low; a sensor that is absent or does not answer is at rest."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                return "active" if self._file.read_text(encoding="ascii").strip() == "1" else "rest"
        return "rest"

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` with what it is now, and when the alarm comes and goes, from another thread."""
        with self._lock:
            self._changed, self._reported = changed, None
            self._alarm.set(self._clock_ms())

    def close(self) -> None:
        """Look no more; no callback comes afterwards."""
        with self._lock:
            self._changed = None
        self._alarm.close()

    def _settle(self) -> None:
        with self._lock:
            if self._changed is None:
                return
            self._alarm.set(self._clock_ms() + POLL_MS if self.fitted else None)
            level = self.level()
            if level != self._reported:
                self._reported = level
                self._changed(level)

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "supply", self._clock_ms)


def sensor(root: Path) -> Path | None:
    """Find the alarm's file; numbers of sensors change from boot to boot, names do not."""
    for name in sorted(root.glob("hwmon*/name")):
        with contextlib.suppress(OSError):
            alarm = name.with_name("in0_lcrit_alarm")
            if name.read_text(encoding="ascii").strip() == "rpi_volt" and alarm.is_file():
                return alarm
    return None
