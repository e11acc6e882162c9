"""Which gates there are and where: as they say themselves, or as an inventory has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning.fleet import inventory
from provisioning.rollout.selecting import Place
from provisioning.rollout.sentences import named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provisioning.rollout.views import Views


def places(views: Views, path: Path | None, said: Callable[[str], None]) -> dict[str, Place]:
    """Name where each gate is; of an inventory only those that are approved. Raises OperatorError for a bad one.

    `said` hears of gates at the broker that no inventory has.
    """
    if path is None:
        return {
            gate: Place(view.labels.get("area", ""), view.labels.get("sector", ""), view.groups)
            for gate, view in views.gates.items()
        }
    planned = inventory.read(path).gates
    if strange := views.gates.keys() - planned.keys():
        said(f"{named(strange)}: at the broker and not in {path}; left out")
    approved = (one for one in planned.values() if one.approved)
    return {one.gate: Place(one.area, one.sector, frozenset((*one.groups, one.area))) for one in approved}
