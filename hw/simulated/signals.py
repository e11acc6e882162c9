"""What tells a person something, remembered instead of shown, sounded or said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw.colours import COLOURS, phase
from hw.simulated.observer import Observer, unobserved
from hw.text import BLANK, fitted

if TYPE_CHECKING:
    from collections.abc import Callable


class SimulatedLight:
    """A `Light` that remembers its colour."""

    def __init__(self, now_ms: Callable[[], int], observer: Observer = unobserved) -> None:
        """Begin dark."""
        self._now_ms = now_ms
        self._observer = observer
        self._until_ms: int | None = None
        self.colour = "dark"
        self.rhythm: tuple[int, ...] = ()
        self.low = False

    def show(self, colour: str, rhythm: tuple[int, ...], limit_ms: int, *, low: bool = False) -> None:
        """Show a colour for at most `limit_ms`; the observer is told even if it is the same as before."""
        if colour not in COLOURS:
            message = f"colour {colour!r} is none of {', '.join(sorted(COLOURS))}"
            raise ValueError(message)
        phase(rhythm, 0)
        self.colour, self.rhythm, self.low = colour, rhythm, low
        self._until_ms = None if colour == "dark" else self._now_ms() + limit_ms
        self._observer("light", colour)

    def close(self) -> None:
        """Go dark."""
        if self.colour != "dark":
            self.show("dark", (), 0)

    def poll(self) -> None:
        """Go dark if the time is up."""
        if self._until_ms is not None and self._now_ms() >= self._until_ms:
            self.show("dark", (), 0)

    def deadline(self) -> int | None:
        """Say when `poll` has something to do next."""
        return self._until_ms


class SimulatedSounder:
    """A `Sounder` that remembers the last tune."""

    def __init__(self, observer: Observer = unobserved) -> None:
        """Begin silent."""
        self._observer = observer
        self.notes: tuple[tuple[int, int], ...] = ()

    def play(self, notes: tuple[tuple[int, int], ...]) -> None:
        """Remember the tune."""
        self.notes = notes
        self._observer("sounder", notes)

    def close(self) -> None:
        """Forget it."""
        self.notes = ()


class SimulatedDisplay:
    """A `Display` that remembers its text."""

    def __init__(self, now_ms: Callable[[], int], observer: Observer = unobserved) -> None:
        """Begin blank."""
        self._now_ms = now_ms
        self._observer = observer
        self._until_ms: int | None = None
        self.lines = BLANK

    def show(self, lines: tuple[str, str], limit_ms: int) -> None:
        """Show a text for at most `limit_ms`, cut to the display's width."""
        self.lines = fitted(lines)
        self._until_ms = None if self.lines == BLANK else self._now_ms() + limit_ms
        self._observer("display", self.lines)

    def close(self) -> None:
        """Blank it."""
        if self.lines != BLANK:
            self.show(BLANK, 0)

    def poll(self) -> None:
        """Go blank if the time is up."""
        if self._until_ms is not None and self._now_ms() >= self._until_ms:
            self.show(BLANK, 0)

    def deadline(self) -> int | None:
        """Say when `poll` has something to do next."""
        return self._until_ms


class SimulatedSpeech:
    """A `Speech` that remembers the last phrase."""

    def __init__(self, observer: Observer = unobserved) -> None:
        """Begin silent."""
        self._observer = observer
        self.phrase = ""

    def say(self, phrase: str) -> None:
        """Remember the phrase."""
        self.phrase = phrase
        self._observer("speech", phrase)

    def close(self) -> None:
        """Forget it."""
        self.phrase = ""
