"""Who comes when: a rollout's gates in a fixed order, cut into stages, and how many of them may fail. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

USUAL: Final = "1,10%,50%,all"
_WHOLE: Final = 100
_SHARE: Final = re.compile(r"([1-9][0-9]{0,5})(%?)")


@dataclass(frozen=True, slots=True)
class Share:
    """So many gates, or so many of a hundred."""

    number: int
    percent: bool

    def of(self, whole: int) -> int:
        """Say how many that is: of a share no less than one."""
        return min(whole, max(1, self.number * whole // _WHOLE) if self.percent else self.number)


ALL: Final = Share(_WHOLE, percent=True)
NONE: Final = Share(0, percent=False)


def read_stages(text: str) -> tuple[Share, ...]:
    """Read `1,10%,50%,all`; what is left out at the end is `all`. Raises OperatorError."""
    words = [word.strip() for word in text.split(",")]
    found = tuple(ALL if word == "all" else _share(word, "--stages") for word in words)
    return found if found[-1] == ALL else (*found, ALL)


def read_tolerance(text: str) -> Share:
    """Read how many gates may fail: `2` or `5%`. Raises OperatorError."""
    return NONE if text in {"0", "0%"} else _share(text, "--tolerate")


def _share(word: str, option: str) -> Share:
    found = _SHARE.fullmatch(word)
    if found is None or (found[2] and int(found[1]) > _WHOLE):
        line = f"{option}: {word!r} is no number of gates and no share; write it like 2, 10%{_or_all(option)}"
        raise OperatorError(line)
    return Share(int(found[1]), percent=bool(found[2]))


def _or_all(option: str) -> str:
    return " or all" if option == "--stages" else ""


def allowed(tolerance: Share, begun: int) -> int:
    """Say how many of the gates that were begun may fail; of a share none before there is a whole one."""
    return tolerance.number * begun // _WHOLE if tolerance.percent else tolerance.number


def in_order(gates: Iterable[str], online: Collection[str], seed: str) -> list[str]:
    """Put gates in the order in which they come: who is online first, and else as chance of this document has it.

    So it is not the same gates each time that find the mistakes, and planned twice it is the same order.
    """
    return sorted(gates, key=lambda gate: (gate not in online, hashlib.sha256(f"{seed}:{gate}".encode()).digest()))


def cut(gates: list[str], shares: Iterable[Share]) -> list[list[str]]:
    """Cut gates into stages: each share says how many are to have come by its end, and no stage is empty."""
    found, begun = list[list[str]](), 0
    for share in shares:
        until = share.of(len(gates))
        if until > begun:
            found.append(gates[begun:until])
            begun = until
    return found
