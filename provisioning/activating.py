"""`fleet activate`: installed gates begin to decide, by a signed configuration on each gate's own topic.

What a gate went by before is said again with it. All that stands against it is told before anything is signed, and
nothing is sent then; what was sent stays at the broker, so that a gate that is away takes it when it returns.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.records.wire import ROOT
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from provisioning import broker_address, cli, documents, publishing
from provisioning.fleet import activation, inventory, status
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.ledger_rows import proven
from provisioning.fleet.lifecycle import State
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.authority import Authority
    from provisioning.connection import Connection
    from provisioning.desk import Groups
    from provisioning.documents import Sealed
    from provisioning.fleet.planned import Inventory, Planned
    from provisioning.fleet.seen import Sight

VALID_DAYS: Final = 365
_LOOK_S: Final = 0.5


def register(commands: Groups) -> None:
    """Describe `fleet activate`."""
    text = "Make installed gates active: from then on they decide. What else was configured for them stays."
    command = commands.add_parser("activate", help=text, description=text)
    add = command.add_argument
    add("inventory", type=Path, metavar="F", help="the inventory, CSV or YAML (.yaml, .yml)")
    add("gates", nargs="*", metavar="GATE", help="these gates")
    add("--all", dest="every", action="store_true", help="every gate that is installed and has passed its self-test")
    add("--sector", type=cli.names, default=(), metavar="S,...", help="those of these sectors")
    add("--area", type=cli.names, default=(), metavar="A,...", help="those of these areas")
    add("--ledger", type=Path, required=True, metavar="L", help="what has happened to each gate")
    cli.add_folder(command)
    broker_address.add_broker(command)
    text = "how long a gate that is online may take; it restarts when nobody is passing (default %(default)s)"
    add("--wait", type=float, default=300.0, metavar="S", help=text)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Sign, publish, and say of each gate what became of it; 1 unless all are active."""
    from provisioning.connection import Connection  # noqa: PLC0415  only this command speaks to a broker

    planned = inventory.read(arguments.inventory)
    chosen = _chosen(arguments, planned)
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(Ledger.open_existing(arguments.ledger)))
        authority = cli.open_authority(arguments)
        connection = stack.enter_context(Connection(broker_address.address_from(arguments), status.WAITING))
        sight = status.look(connection)
        ready = _ready(chosen, ledger, sight, named=bool(arguments.gates))
        done = [one.gate for one in ready if activation.decides(sight.gates.get(one.gate))]
        sealed = _sign(authority, [one for one in ready if one.gate not in done], sight)
        for gate in done:
            _tell(gate, State.ACTIVE.value)
        _warn(sight, sealed)
        for gate, one in sealed.items():
            connection.send(publishing.desired_topic(gate, Kind.CONFIG), one.data, retain=True)
        connection.settle()
        return _wait(connection, sight, sealed, arguments.wait)


def _chosen(arguments: argparse.Namespace, planned: Inventory) -> list[Planned]:
    """Find the gates that are meant; raises OperatorError."""
    placed = bool(arguments.sector or arguments.area)
    if bool(arguments.gates) + arguments.every + placed != 1:
        line = "name gates after the inventory, or say which: --all, or --sector S and --area A"
        raise OperatorError(line)
    if unknown := [name for name in arguments.gates if name not in planned.gates]:
        line = f"{', '.join(unknown)}: not in {arguments.inventory}; correct the name, or write it there first"
        raise OperatorError(line)
    if arguments.gates:
        return [planned.gates[name] for name in dict.fromkeys(arguments.gates)]
    for option, words, known in (
        ("--sector", arguments.sector, planned.sectors), ("--area", arguments.area, planned.areas)
    ):  # fmt: skip
        if unknown := [word for word in words if word not in known]:
            line = f"{option}: the inventory has no {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            raise OperatorError(line)
    return planned.select(sectors=arguments.sector, areas=arguments.area)


def _ready(chosen: list[Planned], ledger: Ledger, sight: Sight, *, named: bool) -> list[Planned]:
    """Leave out of many what cannot be active yet, and say so; of gates that were named that is a mistake."""
    standings = ledger.gates()
    tested = {
        one.gate: (standing := standings.get(one.gate)) is not None and proven(ledger.history(one.gate), standing.since)
        for one in chosen
    }
    against = {
        one.gate: line
        for one in chosen
        if (line := activation.obstacle(
            one.gate, standings.get(one.gate), sight.gates.get(one.gate), proven=tested[one.gate]
        ))
    }  # fmt: skip
    if against and (named or len(against) == len(chosen)):
        raise OperatorError(*against.values())
    if against:
        cli.warn(f"{len(against)} of {len(chosen)} gates are left out; the first: {next(iter(against.values()))}")
    return [one for one in chosen if one.gate not in against]


def _sign(authority: Authority, gates: list[Planned], sight: Sight) -> dict[str, Sealed]:
    """Sign what each gate needs, one document for all that need the same; raises OperatorError with every obstacle."""
    wishes = {one.gate: activation.wish(one, sight, authority.root) for one in gates}
    if against := [line for line in wishes.values() if isinstance(line, str)]:
        raise OperatorError(*against, "nothing was sent")
    made: dict[tuple[tuple[str, ...], bytes], Sealed] = {}
    found: dict[str, Sealed] = {}
    for gate, wish in wishes.items():
        if isinstance(wish, str):
            continue
        key = (wish.audience, strict_json.render(wish.body))
        if key not in made:
            valid_s = VALID_DAYS * documents.DAY_S
            made[key] = documents.seal(
                authority, Kind.CONFIG, wish.body, now=cli.now(), valid_s=valid_s, audience=wish.audience
            )
        found[gate] = made[key]
    return found


def _warn(sight: Sight, sealed: dict[str, Sealed]) -> None:
    """Say at which gates people were let in whom an active one would have refused."""
    for gate in sealed:
        if (counts := activation.would_have_refused(sight.gates.get(gate))) is not None:
            sys.stderr.write(
                f"gapura-ops: {gate}: {counts[0]} of {counts[1]} since its last start would have been refused\n"
            )


def _wait(connection: Connection, sight: Sight, sealed: dict[str, Sealed], wait_s: float) -> int:
    """Hear what becomes of it, and tell of each gate as soon as it is known."""
    away = [gate for gate in sealed if sight.gates[gate].online is not True]
    for gate in away:
        _tell(gate, "away", "it takes the configuration when it returns", sealed[gate])
    left = dict.fromkeys(gate for gate in sealed if gate not in away)
    well, until_s = not away, time.monotonic() + wait_s
    while left and (remaining_s := until_s - time.monotonic()) > 0:
        message = connection.receive(min(_LOOK_S, remaining_s))
        if message is None:
            connection.check_alive()
            continue
        sight.take(message.topic, message.payload)
        gate = message.topic.removeprefix(f"{ROOT}/").partition("/")[0]
        if gate not in left:
            continue
        made = sealed[gate]
        if (came := activation.outcome(sight.gates[gate], made.document, made.data)) is not None:
            _tell(gate, came[0], came[1], made)
            del left[gate]
            well = well and came[0] == State.ACTIVE
    for gate in left:
        _tell(gate, "silent", f"nothing heard in {wait_s:.0f} s; see gapura-ops doc status {gate}", sealed[gate])
    return 0 if well and not left else FAILED


def _tell(gate: str, state: str, reason: str = "", sealed: Sealed | None = None) -> None:
    """Answer one gate's line; `version` is that of the configuration, null where none was needed."""
    version = None if sealed is None else sealed.document.version
    cli.answer({"gate": gate, "reason": reason or None, "state": state, "version": version})
