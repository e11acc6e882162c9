"""The controller with a set-up around it, for the loop that turns it: the set-up hears first, the door always turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.controller import Controller
    from firmware.control.renewals import Renewals
    from firmware.control.setting_up import SettingUp
    from firmware.control.told_setup import Retirement
    from firmware.events import Event, Instant


class Turning:
    """What the loop sees of both; it belongs to the controller thread."""

    def __init__(
        self,
        controller: Controller,
        setting_up: SettingUp,
        renewals: Renewals,
        retirement: Retirement,
        now: Callable[[], Instant],
    ) -> None:
        """Take all of them."""
        self._controller, self._setting_up, self._now = controller, setting_up, now
        self._renewals, self._retirement = renewals, retirement

    @property
    def restarting(self) -> bool:
        """Whether something wants this process to end and another to begin."""
        return self._controller.restarting or self._setting_up.restarting or self._retirement.done

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
        answered = self._setting_up.heard(event, now)
        self._controller.turn(None if answered else event)
        self._setting_up.settle(now)
        self._renewals.heard(event)
        self._renewals.settle(now)
        self._retirement.settle(now)

    def relay_agrees(self) -> bool:
        """The door's."""
        return self._controller.relay_agrees()
