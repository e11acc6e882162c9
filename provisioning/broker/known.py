"""`operators.json` beside the access list: which operators there are and what each may do, to write the list from.

It decides only what the file says. The access list itself is written whole from it, from the inventory and the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, RootModel, StringConstraints

from firmware.signed import strict_json
from provisioning import files
from provisioning.broker.configuration import Rights
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME: Final = "operators.json"
RIGHTS: Final = ("watch", "write", "restricted", "officer")

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]


class _Operators(RootModel[dict[_Name, Annotated[list[Literal["watch", "write", "restricted", "officer"]], Field()]]]):
    """Rights by operator."""


def read(folder: Path) -> Rights:
    """Read the operators of a broker's folder; raises OperatorError for a file that is not there or not right."""
    path = folder / NAME
    if not path.exists():
        line = (
            f'{path} is not there; write which operators there are, {{"desk": ["write"], "wall": ["watch"]}}, or {{}}'
        )
        raise OperatorError(line)
    value = strict_json.parse(files.read(path))
    found = strict_json.read_as(value, _Operators) if value is not None else ("not one JSON object",)
    if isinstance(found, tuple):
        raise OperatorError(*(f"{path}: {mistake}" for mistake in found))
    return rights((name, right) for name, several in found.root.items() for right in (*several, "watch"))


def add(folder: Path, named: Iterable[tuple[str, str]]) -> None:
    """Add operators with their rights to the file, which is made if it is not there."""
    path = folder / NAME
    value = strict_json.parse(files.read(path)) if path.exists() else {}
    kept: dict[str, object] = dict(value or {})
    for name, right in named:
        before = kept.get(name)
        several = {*before, right} if isinstance(before, list) else {right}
        kept[name] = sorted(str(one) for one in several)
    files.write(path, strict_json.render_indented(kept), files.PRIVATE)


def rights(named: Iterable[tuple[str, str]]) -> Rights:
    """Sort operators by right; each of them watches."""
    pairs = list(named)
    by = {each: tuple(dict.fromkeys(name for name, right in pairs if right == each)) for each in RIGHTS[1:]}
    return Rights(tuple(dict.fromkeys(name for name, _ in pairs)), by["write"], by["restricted"], by["officer"])
