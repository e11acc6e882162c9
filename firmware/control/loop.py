"""The controller thread's loop: take, turn, and tell the watchdog, until the gate is asked to stop.

The watchdog is fed by turns that ended and a relay that reads back as it should; a missing reader, broker or disk
never starves it, for restarting the door would not bring them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.clock import Clock
    from firmware.control.controller import Controller
    from firmware.control.inbox import Inbox
    from firmware.control.turning import Turning

LONGEST_WAIT_S: Final = 2.0
"""How long the loop sleeps at most: well within a watchdog of 10 s."""

RELEASED_WAIT_S: Final = 0.25
"""The same while a lock is released, which has to be kept alive and read back."""


def run(controller: Controller | Turning, inbox: Inbox, clock: Clock, feed: Callable[[], object]) -> None:
    """Turn until the door has stopped; returns then, raises only what broken hardware raises."""
    while controller.phase != "stopped":
        due_ms = controller.deadline_ms()
        wait_s = RELEASED_WAIT_S if controller.energised else LONGEST_WAIT_S
        if due_ms is not None:
            wait_s = min(wait_s, (due_ms - clock.now().ms) / 1000)
        controller.turn(inbox.take(wait_s))
        if controller.relay_agrees():
            feed()
