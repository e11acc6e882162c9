"""A double of the smbus module: a bus with one backpack on it, and the display behind it by its data sheet.

The display library runs on it unchanged. It is imported by being first on the path of a process of its own; what stands
on the glass is in `GLASS`, and setting `UNPLUGGED` makes the bus answer as it does when nobody is there.
"""

from __future__ import annotations

import errno

ADDRESS = 0x27
UNPLUGGED = False
OPENED: list[SMBus] = []


class Glass:
    """An HD44780 on the upper four lines of a PCF8574: takes nibbles at each fall of its enable line."""

    def __init__(self) -> None:
        """Begin as after power: eight bits wide, off, full of what was there."""
        self.cells = {row: list("?" * 40) for row in (0, 1)}
        self.lit = self.on = False
        self.wide = True
        self.address = 0
        self._enabled = False
        self._upper: int | None = None

    def put(self, byte: int) -> None:
        """Take the eight lines of the backpack."""
        self.lit = bool(byte & 8)
        enabled = bool(byte & 4)
        if self._enabled and not enabled:
            self._nibble(byte >> 4, data=bool(byte & 1))
        self._enabled = enabled

    def text(self) -> list[str]:
        """Read what a person sees."""
        return ["".join(self.cells[row][:16]) if self.on else " " * 16 for row in (0, 1)]

    def _nibble(self, nibble: int, *, data: bool) -> None:
        if self.wide:
            self._instruction(nibble << 4)
        elif self._upper is None:
            self._upper = nibble
        else:
            whole, self._upper = self._upper << 4 | nibble, None
            if data:
                row, column = divmod(self.address, 0x40)
                self.cells[row][column] = chr(whole)
                self.address += 1
            else:
                self._instruction(whole)

    def _instruction(self, code: int) -> None:
        if code & 0x80:
            self.address = code & 0x7F
        elif code & 0x20:
            self.wide = bool(code & 0x10)
        elif 0x08 <= code < 0x10:
            self.on = bool(code & 4)
        elif code == 0x01:
            self.cells = {row: [" "] * 40 for row in (0, 1)}
            self.address = 0


GLASS = Glass()


class SMBus:
    """The bus."""

    def __init__(self, port: int) -> None:
        """Open it."""
        self.port = port
        self.closed = False
        OPENED.append(self)

    def write_byte(self, address: int, byte: int) -> None:
        """Send one byte to the backpack."""
        if UNPLUGGED or address != ADDRESS:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        GLASS.put(byte)

    def close(self) -> None:
        """Close it."""
        self.closed = True
