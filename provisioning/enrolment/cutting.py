"""`enrol stolen` and `enrol retire`: one command that cuts a gate off, in the order in which it can be interrupted.

The ledger first, for a running service would finish from there; then the broker's lists, by which the gate is mute;
then its connection, and what it left at the broker.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from provisioning import broker_address, cli
from provisioning.connection import Connection
from provisioning.enrolment import alerts, clearing, eviction, options
from provisioning.fleet import inventory as inventories
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.broker_address import Address

_QUIET_S: Final = 0.5
_TAKEN_S: Final = 20.0
_TRIES: Final = 5
_PAUSE_S: Final = 2.0
"""A broker that was told by a restart is back within some seconds."""


def cut_off(arguments: argparse.Namespace) -> int:
    """Cut a gate off; exit 1 when its retained messages or its connection could not be ended yet, and say so."""
    gate, stolen = str(arguments.gate), arguments.command == "stolen"
    address = broker_address.address_from(arguments)
    inventory = inventories.read(arguments.inventory)
    with closing(Ledger.open_existing(arguments.ledger)) as ledger:
        parts = options.open_parts(arguments, ledger)
        revoked = _write_down(ledger, gate, arguments, stolen=stolen)
        written = parts.lists.keep(ledger, inventory, cli.now())
        said: dict[str, object] = {"gate": gate, "revoked": revoked, "lists": list(written)}
        suspended = ledger.why_suspended()
        if written:
            parts.lists.wait_taken(_TAKEN_S)
    standing = alerts.standing(suspended, alerts.Refusals(), cli.now())
    try:
        said |= _patiently(address, gate, standing, _TRIES if parts.lists.may_restart() else 1)
    except OperatorError as error:
        cli.answer(said | {"done": False})
        for line in error.lines:
            sys.stderr.write(f"gapura-ops: {line}\n")
        cli.warn(f"{gate} is shut out; what it left at the broker is cleared when the service or this command runs")
        return FAILED
    cli.answer(said | {"done": True})
    return 0


def _write_down(ledger: Ledger, gate: str, arguments: argparse.Namespace, *, stolen: bool) -> int:
    """Put it into the ledger as one change; doing it twice changes nothing. Says how many certificates were revoked."""
    by, why, at = arguments.by, arguments.reason, cli.now()
    with ledger.together():
        standing = ledger.standing(gate)
        if standing is None:
            line = f"{gate} stands in no ledger; was its name spelled right? gapura-ops fleet list"
            raise OperatorError(line)
        if stolen:
            ledger.release(gate, by=by, why="suspended as stolen", at=at)
            ledger.suspend(gate, by=by, why=f"{alerts.STOLEN}: {why}", at=at)
            ledger.withdraw_claims(gate, by=by, why=why, at=at)
        revoked = ledger.revoke(gate, at, by=by, why=why)
        if not stolen and standing.state is not State.RETIRED:
            ledger.move(gate, State.RETIRED, by=by, why=why, at=at)
            ledger.release(gate, by=by, why="retired", at=at)
    return revoked


def _patiently(address: Address, gate: str, standing: dict[str, bytes], tries: int) -> dict[str, object]:
    """Do what is to be done at the broker, again where it is just starting."""
    while True:
        tries -= 1
        try:
            return _at_the_broker(address, gate, standing)
        except OperatorError:
            if not tries:
                raise
        time.sleep(_PAUSE_S)


def _at_the_broker(address: Address, gate: str, standing: dict[str, bytes]) -> dict[str, object]:
    """End its connection, take back what it left, and show the alerts that stand now."""
    try:
        ended = eviction.evict(address, gate)
    except OSError as error:
        line = f"the broker cannot be reached: {error}; check --broker and the certificates"
        raise OperatorError(line, exit_code=FAILED) from error
    cleared = 0
    with Connection(address) as connection:
        connection.subscribe(*clearing.filters(gate))
        for message in connection.receive_retained(_QUIET_S):
            if message.retained and message.payload:
                connection.send(message.topic, b"", retain=True)
                cleared += 1
        for topic, payload in standing.items():
            if topic != alerts.topic("enrolment-refused"):  # only the service knows of those
                connection.send(topic, payload, retain=True)
        connection.settle()
    return {"connection_ended": ended, "cleared": cleared}
