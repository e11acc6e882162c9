"""What lamps can show: which stand for a colour, where in its rhythm a signal is, what is left of it on low power.

Pure: no pin, no thread, no clock. The green lamp alone says "go" and stands for nothing else; a colour no lamp may
stand for is shown as dark.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMPS: Final = frozenset({"red", "yellow", "green", "blue", "white"})
COLOURS: Final = LAMPS | {"dark"}

LOW_FLASH_MS: Final = 80
"""The longest time a lamp is lit at once while power is low, ..."""

LOW_SHARE: Final = 4
"""... and the part of a shorter on-time that is left of it, though never less than ..."""

LOW_LEAST_MS: Final = 20
"""... what an eye still sees."""

LOW_STEADY: Final = (80, 160, 80, 1_680)
"""What a steady light becomes: a double wink every two seconds, 8 % of the time, like no blinking there is."""

# First choice first; a choice counts when every lamp it names is there. Red and green together is how a two-lamp
# head and an RGB lamp both make yellow. No choice for green contains a lamp that means "stop", and the green lamp
# on its own is a choice for green only.
_CHOICES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "red": (("red",), ("yellow",), ("white",)),
        "yellow": (("yellow",), ("red", "green"), ("white",), ("red",)),
        "green": (("green",), ("white",)),
        "blue": (("blue",), ("white",), ("yellow",), ("red", "green")),
        "white": (("white",), ("red", "green", "blue"), ("blue",), ("yellow",), ("red", "green")),
        "dark": ((),),
    }
)


def lamps_for(colour: str, available: frozenset[str]) -> frozenset[str]:
    """Return the lamps that show `colour`, the nearest there are; empty where none may stand for it."""
    if colour not in _CHOICES:
        message = f"colour {colour!r} is none of {', '.join(sorted(COLOURS))}"
        raise ValueError(message)
    return next((frozenset(choice) for choice in _CHOICES[colour] if available.issuperset(choice)), frozenset())


def lowered(rhythm: tuple[int, ...]) -> tuple[int, ...]:
    """Return the rhythm with each on-time cut to a short flash; each begins when it did, and the cycle is as long."""
    if not rhythm:
        return LOW_STEADY
    cycle = rhythm if len(rhythm) % 2 == 0 else rhythm * 2
    short: list[int] = []
    for on_ms, off_ms in zip(cycle[::2], cycle[1::2], strict=True):
        flash_ms = min(on_ms, max(LOW_LEAST_MS, min(LOW_FLASH_MS, on_ms // LOW_SHARE)))
        short += (flash_ms, on_ms - flash_ms + off_ms)
    return tuple(short)


def phase(rhythm: tuple[int, ...], elapsed_ms: int) -> tuple[bool, int | None]:
    """Say whether a signal is lit `elapsed_ms` after it began, and in how many ms that changes (None: never)."""
    if not rhythm:
        return True, None
    if min(rhythm) < 0 or sum(rhythm) == 0:
        message = f"a rhythm alternates on and off times in ms, which {rhythm} does not"
        raise ValueError(message)
    cycle = rhythm if len(rhythm) % 2 == 0 else rhythm * 2
    left_ms = elapsed_ms % sum(cycle)
    for index, span_ms in enumerate(cycle):
        if left_ms < span_ms:
            return index % 2 == 0, span_ms - left_ms
        left_ms -= span_ms
    raise AssertionError
