"""The controller with a set-up around it, for the loop that turns it: the set-up hears first, the door always turns."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.controller import Controller
    from firmware.control.desired_setup import DesiredSetup
    from firmware.control.renewals import Renewals
    from firmware.control.setting_up import SettingUp
    from firmware.control.setup_errands import SetupErrands
    from firmware.control.told_setup import Retirement
    from firmware.events import Event, Instant


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a gate that is set up does beside its door: renew its certificate, end, become another by an order."""

    errands: SetupErrands
    renewals: Renewals
    retirement: Retirement
    desired: DesiredSetup | None

    def turn(self, event: Event | None, setting_up: SettingUp, now: Instant) -> None:
        """Do what is due."""
        self.renewals.heard(event)
        self.renewals.settle(now)
        self.retirement.settle(now)
        if self.desired is not None:
            self.desired.settle(self.errands, setting_up)


class Turning:
    """What the loop sees of both; it belongs to the controller thread."""

    def __init__(
        self, controller: Controller, setting_up: SettingUp, beside: Beside, now: Callable[[], Instant]
    ) -> None:
        """Take all of them."""
        self._controller, self._setting_up, self._beside, self._now = controller, setting_up, beside, now

    @property
    def restarting(self) -> bool:
        """Whether something wants this process to end and another to begin."""
        return self._controller.restarting or self._setting_up.restarting or self._beside.retirement.done

    @property
    def phase(self) -> str:
        """The door's."""
        return self._controller.phase

    @property
    def energised(self) -> bool:
        """The door's."""
        return self._controller.energised

    def deadline_ms(self) -> int | None:
        """Say when either has something to do."""
        moments = (self._controller.deadline_ms(), self._setting_up.deadline_ms())
        return min((one for one in moments if one is not None), default=None)

    def turn(self, event: Event | None) -> None:
        """Let the set-up hear it, and the door what is not the set-up's alone."""
        now = self._now()
        self._controller.turn(self._setting_up.heard(event, now))
        self._setting_up.settle(now)
        try:
            self._beside.turn(event, self._setting_up, now)
        except Exception:
            log.exception("what is done beside the door met a fault of the firmware; please report it")

    def relay_agrees(self) -> bool:
        """The door's."""
        return self._controller.relay_agrees()
