"""Whether each gate's whole configuration would hold: the inventory's part laid over its board file.

A board file is a `gapura.toml` without who the gate is and without its broker; several hundred gates share a few.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from firmware.control.config import UNSOUND, Config, findings
from firmware.signed import wording
from provisioning import files
from provisioning.fleet.overlay import laid_over
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from provisioning.fleet.planned import Inventory, Planned

MOST_TOLD: Final = 1000


def check(inventory: Inventory, folder: Path) -> None:
    """Judge every gate with its board; raises OperatorError with every mistake as a line."""
    boards: dict[str, dict[str, object] | str] = {}
    told: list[str] = []
    for planned in inventory.gates.values():
        if planned.board not in boards:
            boards[planned.board] = _read(folder / f"{planned.board}.toml")
        board = boards[planned.board]
        said = [board] if isinstance(board, str) else list(_mistakes(planned, board))
        told += [f"{planned.gate}: {line}" for line in said]
    if told:
        count = f"{len(told)} mistakes with the board files of {folder}; nothing was done"
        raise OperatorError(*told[:MOST_TOLD], count)


def _read(path: Path) -> dict[str, object] | str:
    """Read a board file, or say why not."""
    try:
        return tomllib.loads(files.read(path).decode("utf-8"))
    except OperatorError as error:
        return error.lines[0]
    except ValueError as error:
        return f"{path}: {error}; mend the TOML there"


def _mistakes(planned: Planned, board: dict[str, object]) -> Iterator[str]:
    """Name what is wrong with one gate's configuration as a whole."""
    readers = board.get("readers")
    sides = (
        {one.get("side") for one in readers.values() if isinstance(one, dict)} if isinstance(readers, dict) else set()
    )
    wanted = {"outside", "inside"} if planned.readers == "both" else {"outside"}
    if sides != wanted:
        has = " and ".join(sorted(str(side) for side in sides)) or "none"
        yield f"readers: the board {planned.board} has {has}; name another board, or mend the column readers"
    whole = laid_over(_base(planned, board), planned.config_body())
    try:
        Config.model_validate(whole)
    except ValidationError as error:
        for detail in error.errors():
            if detail["type"] != UNSOUND:
                yield wording.in_words(detail)
        for one in findings(whole):
            yield f"{'.'.join(one.keys)}: {one.what}; {one.remedy}"


def _base(planned: Planned, board: Mapping[str, object]) -> dict[str, object]:
    """Fill in what set-up writes itself: the gate's id and a broker."""
    base = {key: value for key, value in board.items() if key != "setup"}
    return laid_over(base, {"gate": {"id": planned.gate}, "mqtt": {"host": "broker"}})
