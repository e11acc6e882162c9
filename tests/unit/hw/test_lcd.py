"""What stands on the glass of a display, with the library's own driver on a double of the bus."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DOUBLE = Path(__file__).parent / "lcd_double"
ROOT = Path(__file__).parents[3]


def run(body: str) -> list[str]:
    """Run a few lines on the double in a process of their own and return what they print."""
    program = f"import smbus\nfrom hw import lcd\nfrom hw.errors import HardwareError\n{body}"
    env = {**os.environ, "PYTHONPATH": f"{DOUBLE}:{ROOT}"}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_two_lines_stand_where_they_belong_and_go_again() -> None:
    """A text is lit and replaces the one before, a blank is dark and empty, and the bus is closed each time."""
    assert run(
        """
for lines in (("SILAKAN MASUK", "Welcome, come in"), ("TUTUP PINTU", ""), ("", "")):
    lcd.write(lines)
    print("|".join(smbus.GLASS.text()), smbus.GLASS.lit)
assert all(bus.closed for bus in smbus.OPENED) and len(smbus.OPENED) == 3
"""
    ) == [
        "SILAKAN MASUK   |Welcome, come in True",
        "TUTUP PINTU     |                 True",
        "                |                 False",
    ]


def test_a_display_put_out_of_step_is_right_with_the_next_text() -> None:
    """A nibble too many, as a disturbance makes it, spoils one text at most."""
    assert run(
        """
lcd.write(("ONE", "TWO"))
smbus.GLASS.put(0x04)
smbus.GLASS.put(0x00)
lcd.write(("THREE", "FOUR"))
print("|".join(smbus.GLASS.text()))
"""
    ) == ["THREE           |FOUR            "]


def test_a_display_that_is_not_there_is_one_clear_error() -> None:
    """The error names the display's address and bus."""
    assert run(
        """
smbus.UNPLUGGED = True
try:
    lcd.write(("A", "B"), address=0x3F, port=3)
except HardwareError as error:
    print(error)
"""
    ) == ["display at 0x3f of I2C bus 3: Remote I/O error"]


def test_releasing_blanks_a_text_that_was_left_standing() -> None:
    """What runs after every end of a gate leaves nothing on the display, and says when it could not."""
    assert run(
        """
from functools import partial
from gpiozero.pins.mock import MockFactory
from hw.release import release_all
from hw.text import BLANK
lcd.write(("SILAKAN MASUK", ""))
release_all(MockFactory(), (17, 27), also=[partial(lcd.write, BLANK)])
print("|".join(smbus.GLASS.text()), smbus.GLASS.lit)
smbus.UNPLUGGED = True
try:
    release_all(MockFactory(), (3,), also=[partial(lcd.write, BLANK)])
except HardwareError as error:
    print(error)
"""
    ) == [
        "                |                 False",
        (
            "GPIO 3 may not drive an output: use one of 16, 17, 22, 23, 24, 25, 26, 27; "
            "display at 0x27 of I2C bus 1: Remote I/O error"
        ),
    ]
