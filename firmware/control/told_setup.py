"""What an order reaches of the set-up: not there before it is made, or for good at a configured gate."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from firmware.control.desired_setup import DesiredSetup
    from firmware.control.setting_up import SettingUp
    from firmware.control.setup_errands import SetupErrands
    from firmware.events import Instant
    from firmware.records.heard import Heard

log = logging.getLogger(__name__)

PARTING_MS: Final = 2_000
"""How long a gate that is retired stays to say so."""


class Retirement:
    """The end of a gate, ordered and a moment away; it belongs to the controller thread."""

    def __init__(self, errands: SetupErrands, restart: Callable[[], None]) -> None:
        """Rest until it is ordered."""
        self._errands, self._restart = errands, restart
        self._at_ms: int | None = None
        self._wiping: Future[bool] | None = None
        self.done = False

    def order(self, at_ms: int) -> None:
        """Let it come at this time (CLOCK_BOOTTIME), so that the answer to the order goes out before."""
        self._at_ms = at_ms

    def settle(self, now: Instant) -> None:
        """Wipe when it is time, and start anew when that is done; a disk that kept something leaves a gate."""
        if self._at_ms is not None and now.ms >= self._at_ms:
            self._at_ms = None
            log.warning("this gate is retired by an order")
            self._wiping = self._errands.retire()
        if self._wiping is not None and self._wiping.done():
            wiping, self._wiping = self._wiping, None
            if wiping.result():
                self.done = True
                self._restart()


class ToSetup:
    """The set-up as orders and the broker reach it; but for `desired` and `counters`, the controller thread's."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Begin without one; `now_ms` is CLOCK_BOOTTIME."""
        self._now_ms = now_ms
        self._setup: SettingUp | None = None
        self._retirement: Retirement | None = None
        self._desired: DesiredSetup | None = None

    def made(self, setting_up: SettingUp, retirement: Retirement, desired: DesiredSetup | None = None) -> None:
        """Take them; a blank gate has nothing to be retired of, and no broker that desires anything of it."""
        self._setup, self._desired = setting_up, desired
        self._retirement = None if setting_up.blank else retirement

    def desired(self, heard: Heard) -> bool:
        """Take in what operations desire; false at a gate that was configured by hand. Any thread may ask."""
        if self._desired is None:
            return False
        self._desired.heard(heard)
        return True

    def counters(self) -> dict[str, int]:
        """Flat numbers for health: what failed, by reason. Any thread may ask."""
        if self._setup is None:
            return {}
        counts = {**self._setup.counts, "untold": self._setup.showing.untold}
        return {f"setup_{reason}": count for reason, count in sorted(counts.items()) if count}

    def provision(self, for_s: int) -> bool:
        """Open the window for provisioning documents."""
        if self._setup is None:
            return False
        self._setup.open_window(1000 * for_s, self._now_ms())
        return True

    def retire(self) -> bool:
        """Make this gate nobody's, soon."""
        if self._retirement is None:
            return False
        self._retirement.order(self._now_ms() + PARTING_MS)
        return True
