"""The hands of the controller: effects become calls on the hardware ports, and the relay is read back.

Signals turn into colours, rhythms and tones here, by the one table of the door. A lamp or a sounder that fails is
counted and forgotten; a relay that fails is the end of this process (its exit releases the line).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, assert_never

from firmware.door.signals import PATTERNS
from firmware.events import Energise, PlaySound, Release, ShowLight, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.ports import Light, Relay, Sounder

log = logging.getLogger(__name__)

Command = Energise | Release | ShowLight | PlaySound


class Outputs:
    """Relay, lamps and sounder of one door; only the controller thread calls it."""

    def __init__(
        self, relay: Relay, light: Light, sounder: Sounder, signalled: Callable[[str, Signal], None] | None = None
    ) -> None:
        """Take the ports; `signalled` hears (`light` or `sounder`, signal) for those who watch a simulation."""
        self._relay = relay
        self._light = light
        self._sounder = sounder
        self._signalled = signalled
        self.failures = 0

    def carry_out(self, command: Command) -> None:
        """Do one thing; the relay's errors pass through, the others are counted."""
        match command:
            case Energise(limit_ms):
                self._relay.energise(limit_ms)
            case Release():
                self._relay.release()
            case ShowLight(signal, limit_ms):
                self._tell("light", signal)
                pattern = PATTERNS[signal]
                self._try(lambda: self._light.show(pattern.colour, pattern.rhythm, limit_ms))
            case PlaySound(signal):
                self._tell("sounder", signal)
                self._try(lambda: self._sounder.play(PATTERNS[signal].notes))
            case _:
                assert_never(command)

    def energised(self) -> bool:
        """Read the relay's line back."""
        return self._relay.energised()

    def release(self) -> None:
        """Let the relay fall, whatever the door believes."""
        self._relay.release()

    def close(self) -> None:
        """Release the relay first, then darken and silence, whatever fails on the way."""
        try:
            self._relay.close()
        finally:
            self._try(self._light.close)
            self._try(self._sounder.close)

    def _tell(self, kind: str, signal: Signal) -> None:
        """Let a watcher hear of a signal."""
        if self._signalled is not None:
            self._signalled(kind, signal)

    def _try(self, act: Callable[[], None]) -> None:
        """Do what the door can live without."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  whatever a lamp's driver raises, the door goes on
            self.failures += 1
            if self.failures == 1:
                log.error("a lamp or the sounder failed (%s); the door works on without it", error)  # noqa: TRY400  one line
