"""How the guide is seen and heard at a door that goes on working: its lamp by a lease, its words, its tones.

The door's own signals to a person come first. The guide lights a lamp only where the door is at rest, and only for as
long as the door's own lease, so that a gate that hangs says nothing any more. It never lights green and moves no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from firmware.control.outputs import AT_REST
from firmware.doctor import words
from firmware.doctor.steps import GREEN
from firmware.doctor.walking import BY_CARD, Drive, Lamp, LetGo, Play, Present

if TYPE_CHECKING:
    from firmware.control.outputs import Outputs
    from firmware.doctor.walking import Output
    from firmware.events import ShowLight

AT_WORK: Final = "blue"
"""The lamp while none is tried and the guide waits for a hand; where there is no blue one the nearest stands in."""

DARK: Final = "dark"
LEASE_MS: Final = 6_000


class Guiding:
    """The guide's outputs; it belongs to the controller thread."""

    def __init__(self, outputs: Outputs) -> None:
        """Show nothing yet."""
        self._outputs = outputs
        self._rests = True
        self._lamp = AT_WORK
        self._key = ""

    def begin(self) -> None:
        """Take the lamps that rest."""
        self._light(LEASE_MS)

    def instead_of(self, light: ShowLight, *, guides: bool) -> bool:
        """Take the place of what the door shows at rest while there is a guide; never of what it says to somebody."""
        rested, self._rests = self._rests, light.signal in AT_REST
        if not guides or not self._rests:
            return False
        self._light(light.limit_ms)
        if not rested and self._key:
            self._outputs.write(self._key, BY_CARD.aim_ms)
        return True

    def carry_out(self, effect: Output) -> None:
        """Show, say and play; what drives is not for a card."""
        match effect:
            case Present(step, stage):
                self.say(words.instruction(step, stage))
            case Lamp(colour):
                self._lamp = AT_WORK if colour in {DARK, GREEN} else colour
                self._light(LEASE_MS)
            case Play(tune):
                self._outputs.tune(tune)
            case Drive() | LetGo():
                pass
            case _:
                assert_never(effect)

    def say(self, key: str) -> None:
        """Say and show an instruction."""
        self._key = key
        self._outputs.write(key, BY_CARD.aim_ms)
        self._outputs.speak(key)

    def end(self) -> None:
        """Give lamps and display back; what the door says at rest comes with its next renewal."""
        self._lamp, self._key = AT_WORK, ""
        if self._rests:
            self._outputs.lamp(DARK, 0)

    def _light(self, limit_ms: int) -> None:
        """Light what is tried now, if the door has nothing to say."""
        if self._rests:
            self._outputs.lamp(self._lamp, min(limit_ms, LEASE_MS))
