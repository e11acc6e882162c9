"""Codes and bytes changed at random, as every attacker changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def mangled(code: bytes, random: Random, letters: bytes = b"") -> bytes:
    """Cut a code, double it, flip bytes of it, or put `letters` of its alphabet, and of none, into other places."""
    changed = bytearray(code)
    match random.randrange(5):
        case 0:
            return code[: random.randrange(len(code))]
        case 1:
            return code + code
        case 2 | 3 if letters:
            for _ in range(random.randrange(1, 6)):
                changed[random.randrange(4, len(changed))] = random.choice(letters)
            return bytes(changed)
        case _:
            return bytes(mutated(changed, random))


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
