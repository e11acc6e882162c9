"""What every attacker of a format is: valid codes, families of hostile ones, and the gate that it attacks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from firmware.trust.keys import TrustSet

    Families = Sequence[tuple[float, str, Callable[[], bytes]]]
    """How often, by what name, and what makes a code of it."""


@dataclass(frozen=True)
class Case:
    """One hostile code and the family it comes from."""

    family: str
    code: bytes


class Attacking(ABC):
    """Whoever makes hostile codes of one format; the gate that it attacks admits the `genuine` ones it begins from."""

    def __init__(self, random: Random, genuine: Sequence[bytes], families: Families) -> None:
        """Draw everything from the given chance."""
        self._random, self._families = random, families
        self.genuine = genuine

    @abstractmethod
    def trust(self) -> TrustSet:
        """Return the trust list of the gate that is attacked."""

    def cases(self, count: int) -> Iterator[Case]:
        """Yield `count` cases, none of which may be admitted; a code that came out valid after all is drawn again."""
        weights = [weight for weight, _, _ in self._families]
        for _ in range(count):
            _, family, make = self._random.choices(self._families, weights)[0]
            code = make()
            while self._valid(code):
                code = make()
            yield Case(family, code)

    def _valid(self, code: bytes) -> bool:
        """Say whether a code is valid, however it came to be."""
        return code in self.genuine
