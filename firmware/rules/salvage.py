"""What is left of a policy when all that has no shape is taken out, so that the rest can be held against itself.

Nobody ever decides by what is left; it only lets every mistake of a policy be listed at once. Pure.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from firmware.rules.policy import Policy
from firmware.signed import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS: Final = 8
"""What is missing goes with what needs it, one level a round; no field of a policy lies deeper."""

MOST: Final = 1_000
"""With more mistakes of shape than these nothing is looked for besides."""

NAMED: Final = frozenset({"capacity", "classes", "two_person"})
"""Fields that are tables by name."""

Where = tuple[int | str, ...]


def salvaged(body: Mapping[str, object]) -> tuple[Policy, frozenset[str]] | None:
    """Return the policy that is left, and the names of the fields of which something is gone; None if nothing is left.

    A field of a class is `classes.*.hours`, whatever of it is gone; one that has no names below it is itself.
    """
    left: dict[str, object] = copy.deepcopy(dict(body)) | {"profile": "salvaged"}
    gone: set[str] = set()
    for _ in range(ROUNDS):
        try:
            return Policy.model_validate_json(strict_json.render(left)), frozenset(gone)
        except ValidationError as error:
            places = {tuple(one["loc"]) for one in error.errors(include_url=False, include_input=False)}
        if len(places) > MOST:
            return None
        for where in sorted(places, key=lambda place: [(str(type(part)), part) for part in place], reverse=True):
            taken = _take_out(left, where)
            if taken is None:
                return None
            gone.add(taken)
    return None


def _take_out(left: dict[str, object], where: Where) -> str | None:
    """Take out what stands at this place, or what should have had it; None where that is all of it."""
    path: list[int | str] = []
    parent: object = None
    here: object = left
    for part in where:
        found, below = _below(here, part)
        if not found:
            break
        parent, here = here, below
        path.append(part)
    if not path:
        return None
    match parent, path[-1]:
        case (list() as items, int(at)):
            del items[at]
        case (dict() as table, name):
            del table[name]
        case _:
            return None
    return _named(path)


def _below(here: object, part: int | str) -> tuple[bool, object]:
    """Look one step further in; a part that only a model knows is not there."""
    if isinstance(here, dict) and part in here:
        return True, here[part]
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return True, here[part]
    return False, None


def _named(path: list[int | str]) -> str:
    """Name the field that this path leads into."""
    top = str(path[0])
    deep = top in NAMED and len(path) > 2  # noqa: PLR2004  the table, the name, and something of it
    return f"{top}.*.{path[2]}" if deep else top
