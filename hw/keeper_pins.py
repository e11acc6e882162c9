"""gpiozero's mock pins with their levels held elsewhere: in a pin keeper, which outlives this process.

Every level an output is driven to is sent before the call returns, and every read-back comes from the keeper.
An input follows what somebody else sets there. A test double, shipped because the demonstration runs on it.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

from hw.errors import HardwareError
from hw.keeper_client import KeeperClient, Watch


class KeeperPin(MockPWMPin):  # type: ignore[misc]  # gpiozero ships no types
    """A mock pin whose level is the keeper's."""

    def close(self) -> None:
        """Give the pin up; a keeper that does not answer any more is no trouble then."""
        with contextlib.suppress(HardwareError):
            super().close()

    def _get_state(self) -> bool:
        level: bool = self.factory.client.levels().get(self._number, False)
        return level

    def _change_state(self, value: float | bool) -> bool:  # noqa: FBT001 - the signature is gpiozero's
        if self._function == "output":
            self.factory.client.set(self._number, level=value > 0)
        changed: bool = super()._change_state(value)
        return changed

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        # A pull is weak: it decides only a level that nobody has driven yet.
        if value != "floating" and self._number not in self.factory.client.levels():
            self.factory.client.set(self._number, level=value == "up")
        self._state = self._get_state()

    def _enable_event_detect(self) -> None:
        self.factory.follow_inputs()

    def _call_when_changed(self) -> None:
        # The change comes from another thread than the one that may just have stopped listening.
        heard = self._get_when_changed()
        if heard is not None:
            heard(self._last_change, self._state)

    def follow(self, *, level: bool) -> None:
        """Take over what somebody else has set on this pin, if it is an input."""
        if self._function == "input":
            if level:
                self.drive_high()
            else:
                self.drive_low()


class KeeperFactory(MockFactory):  # type: ignore[misc]  # gpiozero ships no types
    """Pins on a keeper; opening it needs the keeper to be there."""

    def __init__(self, path: str) -> None:
        """Connect to the keeper; raises HardwareError where none answers."""
        super().__init__(pin_class=KeeperPin)
        self.client = KeeperClient(path)
        self._starting = threading.Lock()
        self._watch: Watch | None = None

    def follow_inputs(self) -> None:
        """Have inputs follow the keeper from now on; one thread serves them all."""
        with self._starting:
            if self._watch is None:
                self._watch = self.client.watch()
                threading.Thread(target=self._follow, args=(self._watch,), name="keeper-inputs", daemon=True).start()

    def close(self) -> None:
        """Hang up without touching a level: that is what a keeper is for."""
        self.pins.clear()
        if self._watch is not None:
            self._watch.close()
        self.client.close()

    def _follow(self, watch: Watch) -> None:
        for change in watch:
            pins: list[Any] = [pin for pin in list(self.pins.values()) if pin.info.name == f"GPIO{change.pin}"]
            for pin in pins:
                pin.follow(level=change.level)
