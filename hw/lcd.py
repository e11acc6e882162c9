"""Writing to a character display of two lines of sixteen: an HD44780 behind a PCF8574 on I2C, driven by RPLCD.

One call opens the bus, initialises the display, writes and closes, so that nothing is remembered of a display that
was unplugged, or that a lock's coil has put out of step. It takes about a sixth of a second and belongs on a thread of
its own (`display.py`). The library is imported at the first call, where there is a display.
"""

from __future__ import annotations

from typing import Any, Final

from hw.errors import HardwareError
from hw.text import BLANK, COLUMNS

ADDRESS: Final = 0x27
"""Of most backpacks with a PCF8574; those with a PCF8574A are at 0x3F."""


def write(lines: tuple[str, str], *, address: int = ADDRESS, port: int = 1) -> None:
    """Write two lines, lit, or none, dark; raises HardwareError."""
    what = f"display at 0x{address:02x} of I2C bus {port}"
    try:
        from RPLCD.i2c import CharLCD  # noqa: PLC0415 - imported where there is a display
    except ImportError as error:
        message = f"{what}: RPLCD and smbus2 are missing"
        raise HardwareError(message) from error
    lit = lines != BLANK
    lcd: Any = None
    try:
        lcd = CharLCD("PCF8574", address, port=port, cols=COLUMNS, rows=2, auto_linebreaks=False, backlight_enabled=lit)
        for row, line in enumerate(lines):
            if line:
                lcd.cursor_pos = (row, 0)
                lcd.write_string(line)
    except OSError as error:
        message = f"{what}: {error.strerror or error}"
        raise HardwareError(message) from error
    finally:
        if lcd is not None:
            lcd.bus.close()
