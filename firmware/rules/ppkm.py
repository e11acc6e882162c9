"""What share of its places a venue might fill under each level of PPKM, by the home minister's instructions.

Data only: Java and Bali, 2022, each row with its instruction (Inmendagri) and where its number was read. A policy names
venue and level; whoever needs another number names a percentage instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Venue = Literal["office", "mall", "restaurant", "cinema"]
"""An office is one of the non-essential sector, a restaurant one that opens by day."""

Level = Literal[1, 2, 3, 4]


@dataclass(frozen=True, slots=True)
class Share:
    """The most of the places that may be taken, in per cent, and who said so."""

    percent: int
    source: str


_ONE: Final = "Inmendagri 35/2022 of 6 July 2022, as told by soloraya.inews.id/read/115690"
_TWO: Final = "Inmendagri 33/2022 of 5 July 2022, as told by anyar.id; the same in 24/2022, indonesianewnormal.id"
_THREE: Final = "Inmendagri 22/2022 of 19 April 2022, as told by news.okezone.com and idxchannel.com of that day"
_THREE_CINEMA: Final = "Inmendagri 9/2022 of 8 February 2022, as told by nasional.kompas.com of that day"
_FOUR: Final = "Inmendagri 12/2022 of 22 February 2022, as told by liputan6.com and serpong.inews.id/read/45666"

PPKM: Final[Mapping[tuple[Venue, Level], Share]] = {
    ("office", 1): Share(100, _ONE),
    ("office", 2): Share(75, _TWO),
    ("office", 3): Share(50, _THREE),
    ("office", 4): Share(25, _FOUR),
    ("mall", 1): Share(100, _ONE),
    ("mall", 2): Share(75, _TWO),
    ("mall", 3): Share(60, _THREE),
    ("mall", 4): Share(50, _FOUR),
    ("restaurant", 1): Share(100, _ONE),
    ("restaurant", 2): Share(75, _TWO),
    ("restaurant", 3): Share(60, _THREE),
    ("restaurant", 4): Share(50, _FOUR),
    ("cinema", 1): Share(100, _ONE),
    ("cinema", 2): Share(75, _TWO),
    ("cinema", 3): Share(50, _THREE_CINEMA),
    ("cinema", 4): Share(25, _FOUR),
}
"""Level 4 ended with 18/2022 of 22 March 2022, and PPKM itself at the end of that year."""
