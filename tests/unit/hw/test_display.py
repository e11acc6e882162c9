"""The display shows the newest text for as long as it may, on a thread that nobody waits for."""

from __future__ import annotations

import queue
import threading

from hw import display
from hw.display import LcdDisplay
from hw.errors import HardwareError
from hw.text import BLANK, fitted

Lines = tuple[str, str]


class Glass:
    """A writer whose texts can be waited for, that can be held up and that can fail."""

    def __init__(self) -> None:
        """Begin in order, and empty."""
        self.texts: queue.Queue[Lines] = queue.Queue()
        self.free = threading.Event()
        self.free.set()
        self.broken = False

    def __call__(self, lines: Lines) -> None:
        """Write, or fail."""
        self.texts.put(lines)
        assert self.free.wait(10)
        if self.broken:
            message = "nobody there"
            raise HardwareError(message)

    def next(self) -> Lines:
        """Wait for the next text."""
        return self.texts.get(timeout=10)


class SkippingClock:
    """A clock that can be moved while a thread waits by the real one."""

    def __init__(self) -> None:
        """Begin at an arbitrary hour."""
        self.ms = 1_000

    def __call__(self) -> int:
        """Read it."""
        return self.ms


def failed(lcd: LcdDisplay, times: int) -> None:
    """Wait until so many failures are on the books."""
    pause = threading.Event()
    while lcd.faults < times:
        pause.wait(0.001)


def test_a_text_replaces_what_stood_there_and_is_gone_at_its_time() -> None:
    """What an earlier gate left is blanked first; a text goes by itself once its time is up."""
    glass = Glass()
    lcd = LcdDisplay(glass)
    assert glass.next() == BLANK
    lcd.show(("SILAKAN MASUK", "Please come in, everybody"), 20)
    assert [glass.next(), glass.next()] == [("SILAKAN MASUK", "Please come in,"), BLANK]
    lcd.close()
    assert glass.texts.empty()


def test_only_the_newest_text_waits() -> None:
    """While the display is slow texts replace each other, and the caller is not held up."""
    glass = Glass()
    lcd = LcdDisplay(glass)
    assert glass.next() == BLANK
    glass.free.clear()
    lcd.show(("0", ""), 60_000)
    assert glass.next() == ("0", "")
    for number in range(1, 1_000):
        lcd.show((str(number), ""), 60_000)
    glass.free.set()
    assert glass.next() == ("999", "")
    lcd.close()
    assert glass.next() == BLANK


def test_a_text_shown_again_is_not_written_again() -> None:
    """Renewing a text moves its end and leaves the glass alone."""
    clock, glass = SkippingClock(), Glass()
    lcd = LcdDisplay(glass, clock)
    assert glass.next() == BLANK
    lcd.show(("TUNJUKKAN QR", ""), 5_000)
    assert glass.next() == ("TUNJUKKAN QR", "")
    clock.ms += 4_000
    lcd.show(("TUNJUKKAN QR", ""), 5_000)
    clock.ms += 4_000
    lcd.show(("TUNJUKKAN QR", ""), 5_000)
    clock.ms += 4_000
    lcd.show(("MODE LURING", ""), 5_000)
    assert glass.next() == ("MODE LURING", "")
    lcd.close()


def test_a_failing_display_is_counted_and_comes_back_by_itself() -> None:
    """A text that could not be written troubles nobody and is written once the display answers again."""
    clock, glass = SkippingClock(), Glass()
    glass.broken = True
    lcd = LcdDisplay(glass, clock)
    assert glass.next() == BLANK
    failed(lcd, 1)
    lcd.show(("A", "B"), 60_000)
    clock.ms += display.RETRY_MS
    lcd.show(("A", "C"), 60_000)
    assert glass.next() == ("A", "C")
    failed(lcd, 2)
    glass.broken = False
    clock.ms += display.RETRY_MS
    lcd.show(("A", "D"), 60_000)
    assert glass.next() == ("A", "D")
    assert lcd.faults == 2
    lcd.close()
    assert glass.next() == BLANK
    lcd.show(("too", "late"), 60_000)
    assert glass.texts.empty()


def test_only_what_every_display_draws_is_left_of_a_text() -> None:
    """Accents fall, foreign signs become a question mark, and nothing is longer than the glass."""
    assert fitted(("Señor É", "日本 \\~{}")) == ("Senor E", "?? ??{}")
    assert fitted(("x" * 40, "tab\tbell\a  ")) == ("x" * 16, "tab?bell?")
