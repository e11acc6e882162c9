"""Holds the shipped drivers of relay and light on the board's chip, and does with them what a file says line by line.

`python -m on_board.hold ASK MAX_MS RELAY COLOUR=PIN ...`; ASK is a named pipe, and each line is one of `relay MS`,
`light COLOUR MS`, `fail`. It says `claimed` and then each line once it is done. What the lines of the chip do is judged
elsewhere: nothing here reads them back.
"""

from __future__ import annotations

import os
import sys

from hw.light import GpioLight
from hw.pins import open_factory
from hw.relay import GpioRelay


def main() -> None:
    """Claim everything, then obey."""
    ask, max_ms, relay_pin, *lamps = sys.argv[1:]
    factory = open_factory("lgpio")
    relay = GpioRelay(int(relay_pin), int(max_ms), factory, test_board=True)
    pins = {colour: int(pin) for colour, _, pin in (lamp.partition("=") for lamp in lamps)}
    light = GpioLight(pins, factory, test_board=True)
    say("claimed")
    # Opened for both ways: a pipe that is only read ends whenever its last writer goes.
    with os.fdopen(os.open(ask, os.O_RDWR), "r+b", buffering=0) as asked:
        while True:
            line = asked.readline().decode().strip()
            match line.split():
                case ["relay", ms]:
                    relay.energise(int(ms))
                case ["light", colour, ms]:
                    light.show(colour, (), int(ms))
                case _:
                    message = f"asked for {line!r}"
                    raise RuntimeError(message)
            say(line)


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
