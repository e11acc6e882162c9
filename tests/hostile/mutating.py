"""What every attacker needs: a draw from its families of hostile codes, and bytes changed at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    Families = Sequence[tuple[float, str, Callable[[], bytes]]]
    """How often, by what name, and what makes a code of it."""


@dataclass(frozen=True)
class Case:
    """One hostile code and the family it comes from."""

    family: str
    code: bytes


def drawn(count: int, families: Families, random: Random, valid: Callable[[bytes], bool]) -> Iterator[Case]:
    """Yield `count` cases; a code that came out `valid` after all is drawn again."""
    weights = [weight for weight, _, _ in families]
    for _ in range(count):
        _, family, make = random.choices(families, weights)[0]
        code = make()
        while valid(code):
            code = make()
        yield Case(family, code)


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
