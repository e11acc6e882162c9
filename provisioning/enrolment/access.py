"""The broker's access list, worded from four things: operators, inventory, ledger, and what is common to all.

Pure: the same four give the same text, so that a list in which somebody has written by hand is known by its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed import claim as claims
from provisioning.broker import configuration
from provisioning.fleet.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provisioning.broker.configuration import Rights
    from provisioning.fleet.inventory import Inventory
    from provisioning.fleet.ledger_rows import Claim, Standing

_HEAD: Final = (
    "# Written by gapura-ops enrol from operators.json, the inventory and the ledger; a change by hand is undone.\n"
)


def shut_out(standings: Mapping[str, Standing]) -> frozenset[str]:
    """The gates that may say and hear nothing: suspended and retired ones."""
    gone = (one.gate for one in standings.values() if one.suspended or one.state is State.RETIRED)
    return frozenset(gone)


def access_list(
    rights: Rights,
    inventory: Inventory,
    standings: Mapping[str, Standing],
    open_claims: Iterable[Claim],
    withdrawn: Iterable[Claim],
) -> str:
    """Word the whole list; claims are those whose certificates are still good."""
    blocks = [configuration.shut_out_lines(gate) for gate in sorted(shut_out(standings))]
    blocks += [configuration.shut_out_lines(claims.user(one.gate, one.id)) for one in withdrawn]
    blocks += [configuration.claim_lines(one.gate, claims.user(one.gate, one.id)) for one in open_claims]
    own: dict[str, list[str]] = {}
    for gate in inventory.gates.values():
        for name in gate.in_charge:
            own.setdefault(name, []).append(gate.gate)
    for person in inventory.people.values():
        flags = {"restricted": person.restricted, "assist": person.assist}
        blocks.append(configuration.in_charge_lines(person.id, own.get(person.id, ()), **flags))
    text = configuration.access_list(rights)
    return _HEAD + text + "".join("\n" + "\n".join(block) + "\n" for block in blocks)
