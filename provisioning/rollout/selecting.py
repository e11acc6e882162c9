"""Which gates a rollout is for: named, or by area or sector, out of those that are known. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.records.wire import valid_id
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AREA: Final = "_area/"
SECTOR: Final = "_sector/"
EVERYBODY: Final = "_all"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gate is and to which groups it belongs, as it says itself or the inventory has it."""

    area: str
    sector: str
    groups: frozenset[str] = frozenset()


def read(text: str) -> tuple[str, ...]:
    """Read `gate-1,_area/lobby,_sector/s-3` or `_all`; raises OperatorError."""
    words = tuple(word.strip() for word in text.split(","))
    bad = [word for word in words if word != EVERYBODY and not valid_id(_bare(word))]
    if bad:
        line = f"--to: {bad[0]!r} is no gate; write gate-1, _area/lobby, _sector/s-3 or _all, with commas between"
        raise OperatorError(line)
    return words


def choose(words: Iterable[str], places: Mapping[str, Place]) -> list[str]:
    """Name the gates that are meant, each once; raises OperatorError with every word that means none."""
    found, lines = set[str](), list[str]()
    for word in words:
        meant = {gate for gate, place in places.items() if _meant(word, gate, place)}
        if not meant:
            lines.append(f"--to: {word} means no gate that is known; see gapura-ops watch, or name an --inventory")
        found |= meant
    if lines:
        raise OperatorError(*lines)
    return sorted(found)


def _bare(word: str) -> str:
    return word.removeprefix(AREA) if word.startswith(AREA) else word.removeprefix(SECTOR)


def _meant(word: str, gate: str, place: Place) -> bool:
    if word.startswith(AREA):
        return place.area == word.removeprefix(AREA)
    if word.startswith(SECTOR):
        return place.sector == word.removeprefix(SECTOR)
    return word in {gate, EVERYBODY}


def common(gates: Iterable[str], places: Mapping[str, Place]) -> str:
    """Say in words what some gates have in common: `37 gates of sector s-3`."""
    names = sorted(gates)
    if len(names) == 1:
        return names[0]
    sectors = {places[name].sector for name in names if name in places}
    areas = {places[name].area for name in names if name in places}
    if len(areas) == 1 and "" not in areas:
        return f"{len(names)} gates of area {areas.pop()}"
    if len(sectors) == 1 and "" not in sectors:
        return f"{len(names)} gates of sector {sectors.pop()}"
    return f"{len(names)} gates"
