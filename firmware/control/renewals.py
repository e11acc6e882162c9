"""When the gate looks after its certificate: soon after the start, every ten minutes, and an hour after a failure.

It belongs to the controller thread and waits for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import LinkChanged
from firmware.setup.stages import Stage

if TYPE_CHECKING:
    from concurrent.futures import Future

    from firmware.control.setting_up import SettingUp
    from firmware.control.setup_errands import SetupErrands
    from firmware.events import Event, Instant

FIRST_MS: Final = 20_000
EVERY_MS: Final = 600_000
AGAIN_MS: Final = 3_600_000


class Renewals:
    """The clock of the renewals of one gate."""

    def __init__(self, errands: SetupErrands, setting_up: SettingUp) -> None:
        """Look for the first time soon after the start, for a renewal may have been interrupted."""
        self._errands, self._setting_up = errands, setting_up
        self._next_ms: int | None = None
        self._asked: Future[bool] | None = None

    def heard(self, event: Event | None) -> None:
        """Take in that the broker took the identity in force: the one before is not needed any more."""
        if isinstance(event, LinkChanged) and event.up and self._setting_up.stage is Stage.DONE:
            self._errands.settle()

    def settle(self, now: Instant) -> None:
        """Look after it, if that is due."""
        if self._asked is not None and self._asked.done():
            again, self._asked = self._asked.result(), None
            self._next_ms = now.ms + (AGAIN_MS if again else EVERY_MS)
        if self._next_ms is None:
            self._next_ms = now.ms + FIRST_MS
        if now.ms >= self._next_ms and self._asked is None and self._setting_up.stage is Stage.DONE:
            self._next_ms = now.ms + EVERY_MS
            self._asked = self._errands.renew(self._setting_up.seen())
