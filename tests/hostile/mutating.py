"""Bytes changed at random, for whatever attacker needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def mutated(data: bytearray, random: Random) -> bytearray:
    """Flip, drop, insert or double a few bytes, in place."""
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(data)) if data else 0
        match random.randrange(4):
            case 0 if data:
                data[at] ^= 1 << random.randrange(8)
            case 1 if data:
                del data[at]
            case 2:
                data.insert(at, random.randrange(256))
            case _:
                data[at:at] = random.randbytes(random.randrange(1, 9))
    return data
