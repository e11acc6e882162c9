"""What a lamp set can show: which lamps stand for a colour, and where in its rhythm a signal is.

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


FLASH_MS: Final = 60
LOW_MS: Final = 500
"""How long a lamp is lit at a time, and how long it takes breath, where the supply is too weak for more."""


def lowered(rhythm: tuple[int, ...]) -> tuple[int, ...]:
    """Cut a rhythm to short flashes of the same beat; a steady light becomes one flash after the other."""
    if not rhythm:
        return (FLASH_MS, LOW_MS - FLASH_MS)
    cycle = rhythm if len(rhythm) % 2 == 0 else rhythm * 2
    beats = zip(cycle[::2], cycle[1::2], strict=True)
    return tuple(part for on, off in beats for part in (min(on, FLASH_MS), off + max(0, on - FLASH_MS)))


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
