"""The hands of the controller: effects become calls on the hardware ports, and the relays are read back.

Signals turn into colours, rhythms, tones and words here, by the tables of the door. A lamp, a sounder, a display or a
voice that fails is told once and done without; a relay that fails is the end of this process (its exit releases it).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from firmware.doctor import words
from firmware.door.signals import PATTERNS
from firmware.door.words import lines
from firmware.events import (
    Energise,
    Hold,
    Line,
    OutputChecked,
    Permit,
    PlaySound,
    Release,
    ShowLight,
    Signal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from firmware.doctor.walking import Tune
    from hw.ports import Display, Flag, Light, OneShot, Relay, Sounder, Speech

log = logging.getLogger(__name__)

AT_REST: Final = frozenset({Signal.IDLE, Signal.OFFLINE, Signal.OBSERVING})
"""What the door says to nobody in particular."""

Command = Energise | Hold | Release | Permit | ShowLight | PlaySound


@dataclass(frozen=True, slots=True)
class Fittings:
    """The outputs of one door; what is None is not fitted."""

    relays: Mapping[Line, Relay]
    light: Light
    sounder: Sounder
    display: Display | None = None
    speech: Speech | None = None
    one_shot: OneShot | None = None
    permit: Flag | None = None


class Outputs:
    """Relays, lamps and voices of one door; only the controller thread calls it."""

    def __init__(self, fittings: Fittings, signalled: Callable[[str, str], None] | None = None) -> None:
        """Take the ports; `signalled` hears `light`, `sounder`, `lamp`, `guide` or `say`, and what."""
        self._fitted = fittings
        self.at_rest: Callable[[ShowLight], bool] = lambda _light: False
        """Whoever has the lamps while the door says nothing to anybody: true if they were lit instead."""
        self.resting = False
        self._signalled = signalled
        self._works: dict[str, bool] = {}
        self._checked: list[OutputChecked] = []
        self.failures = 0

    def carry_out(self, command: Command) -> None:
        """Do one thing; the relays' errors pass through, the others are told by `checked`."""
        fitted = self._fitted
        match command:
            case Energise(limit_ms, line):
                fitted.relays[line].energise(limit_ms)
                self.keep_alive()
            case Hold(lease_ms):
                fitted.relays[Line.RELAY].hold(lease_ms)
                self.keep_alive()
            case Release(line):
                fitted.relays[line].release()
            case Permit(secure):
                if (permit := fitted.permit) is not None:
                    self._try("permit", lambda: permit.set(active=secure))
            case ShowLight():
                self._show(command)
            case PlaySound(signal):
                self._play(signal)
            case _:
                assert_never(command)

    def keep_alive(self) -> None:
        """Give the one-shot in the relay's circuit an edge: without one it lets the relay fall by itself."""
        if (one_shot := self._fitted.one_shot) is not None:
            self._try("one_shot", one_shot.toggle)

    def energised(self) -> frozenset[Line]:
        """Read every relay's line back."""
        return frozenset(line for line, relay in self._fitted.relays.items() if relay.energised())

    def release(self, lines: Iterable[Line]) -> None:
        """Let these relays fall, whatever the door believes."""
        for line in lines:
            self._fitted.relays[line].release()

    def checked(self) -> list[OutputChecked]:
        """Take what began to fail, or works again, since this was last asked."""
        found, self._checked = self._checked, []
        return found

    def close(self) -> None:
        """Release the relays first, then darken and silence, whatever fails on the way."""
        fitted = self._fitted
        try:
            for relay in fitted.relays.values():
                relay.close()
        finally:
            for name in ("permit", "light", "sounder", "display", "speech", "one_shot"):
                if (output := getattr(fitted, name)) is not None:
                    self._try(name, output.close)

    def lamp(self, colour: str, limit_ms: int, rhythm: tuple[int, ...] = ()) -> None:
        """Light a colour, steadily or by on/off times in ms; whether it may be green is the caller's to know."""
        self._tell("lamp", f"{colour} blinks" if rhythm else colour)
        self._try("light", lambda: self._fitted.light.show(colour, rhythm, limit_ms))

    def tune(self, tune: Tune) -> None:
        """Sound one of the guide's tunes."""
        self._tell("guide", f"play {tune}")
        self._try("sounder", lambda: self._fitted.sounder.play(words.TUNES[tune]))

    def write(self, key: str, limit_ms: int) -> None:
        """Show one of the guide's instructions."""
        if (display := self._fitted.display) is not None:
            self._try("display", lambda: display.show(words.lines(key), limit_ms))

    def speak(self, key: str) -> None:
        """Say one of the guide's instructions."""
        self._tell("guide", f"say {key}")
        if (speech := self._fitted.speech) is not None:
            self._try("speech", lambda: speech.say(words.PHRASE_PREFIX + key))

    def text(self, lines: tuple[str, str], limit_ms: int) -> None:
        """Show two lines that are neither the door's nor the guide's."""
        if (display := self._fitted.display) is not None:
            self._try("display", lambda: display.show(lines, limit_ms))

    def say(self, phrase: str) -> None:
        """Speak a phrase that is neither the door's nor the guide's."""
        self._tell("say", phrase)
        if (speech := self._fitted.speech) is not None:
            self._try("speech", lambda: speech.say(phrase))

    def _show(self, command: ShowLight) -> None:
        """Put a signal on the lamps and its words on the display."""
        self.resting = command.signal in AT_REST
        if self.resting and self.at_rest(command):
            return
        self._tell("light", command.signal)
        pattern = PATTERNS[command.signal]
        limit_ms, low = command.limit_ms, command.low
        self._try("light", lambda: self._fitted.light.show(pattern.colour, pattern.rhythm, limit_ms, low=low))
        if (display := self._fitted.display) is not None:
            self._try("display", lambda: display.show(lines(command.signal), limit_ms))

    def _play(self, signal: Signal) -> None:
        """Sound a signal and speak its words."""
        self._tell("sounder", signal)
        self._try("sounder", lambda: self._fitted.sounder.play(PATTERNS[signal].notes))
        if (speech := self._fitted.speech) is not None:
            self._try("speech", lambda: speech.say(signal.value))

    def _tell(self, kind: str, what: str) -> None:
        """Let a watcher hear of a signal, or of what the guide does."""
        if self._signalled is not None:
            self._signalled(kind, what)

    def _try(self, output: str, act: Callable[[], None]) -> None:
        """Do what the door can live without, and note when that begins or ceases to fail."""
        works = True
        try:
            act()
        except Exception as error:  # noqa: BLE001  whatever a lamp's driver raises, the door goes on
            works = False
            self.failures += 1
            if self._works.get(output, True):
                log.error("%s failed (%s); the door works on without it", output, error)  # noqa: TRY400  one line
        if works is not self._works.get(output, True):
            self._checked.append(OutputChecked(output, works))
        self._works[output] = works
