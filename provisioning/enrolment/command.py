"""`enrol serve | stolen | retire | release | approve | claims | log`: certificates for gates, and cutting them off.

Each describes its arguments and calls the part that does the work. What is decided stands in the ledger before
anybody is told; the broker's lists follow it.
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NoReturn

from firmware.signed import times
from provisioning import broker_address, cli
from provisioning.enrolment import options
from provisioning.enrolment.cutting import cut_off
from provisioning.enrolment.ear import Ear
from provisioning.enrolment.handling import REUSED, Handler, Rules, proven
from provisioning.enrolment.serving import Plan, Service
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from types import FrameType

    from provisioning.desk import Groups
    from provisioning.fleet.ledger import Claim

VALID_DAYS: Final = 398
_LEFT_ALONE: Final = "the service's own options, taken and left alone: one file of arguments is for both"


class _EndedError(BaseException):
    """Somebody asked the service to end; what goes on after any Exception, a log's handler among them, ends too."""


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "serve, stolen, retire, release, approve, claims, log: certificates for gates, and cutting them off"
    parser = groups.add_parser("enrol", help=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _serve(commands)
    for name, text in (
        ("stolen", "Cut a gate off now: revoke its certificates, let it say and hear nothing, and raise an alert."),
        ("retire", "Take a gate out of service for good; only a new request brings its name back."),
    ):
        command = options.add_command(commands, name, text)
        options.add_lists(command)
        options.add_reason(command)
        _add_ways(command.add_argument_group("of the service", _LEFT_ALONE))
        command.add_argument("gate", metavar="GATE")
        command.set_defaults(run=cut_off)
    _small(commands)


def _serve(commands: Groups) -> None:
    command = options.add_command(commands, "serve", "Answer gates that ask for a certificate, until Ctrl-C.")
    options.add_lists(command)
    _add_ways(command)
    command.add_argument("--once", action="store_true", help="answer what waits and end")
    command.set_defaults(run=_run)


def _add_ways(command: argparse._ActionsContainer) -> None:
    """Add how the service works."""
    add = command.add_argument
    text = "whether a proven gate that decides is active at once, or when somebody says so (default %(default)s)"
    add("--approve", choices=("auto", "hand"), default="auto", help=text)
    add(
        "--days",
        type=cli.days,
        default=VALID_DAYS,
        metavar="N",
        help="how long certificates hold (default %(default)s)",
    )
    text = "collect changes of the lists that can wait for so long before the broker is told (default %(default)s)"
    add("--settle", type=float, default=0.0, metavar="S", help=text)


def _small(commands: Groups) -> None:
    """Describe the commands that need the ledger alone; a running service brings the broker's lists after it."""
    command = options.add_command(commands, "release", "Let a suspended gate go on.")
    options.add_reason(command)
    command.add_argument("gate", metavar="GATE")
    command.set_defaults(run=_release)
    command = options.add_command(commands, "approve", "Make installed gates active that have passed their self-test.")
    options.add_reason(command)
    command.add_argument("gates", nargs="+", metavar="GATE")
    command.set_defaults(run=_approve)
    command = options.add_command(commands, "claims", "List the codes that have not expired, a JSON line each.")
    command.set_defaults(run=_claims)
    command = options.add_command(commands, "log", "Show what has happened to a gate, a JSON line each.")
    command.add_argument("gate", metavar="GATE")
    command.set_defaults(run=_log)


def _run(arguments: argparse.Namespace) -> int:
    """Serve until somebody ends it; what was begun is finished or begins anew."""
    address = broker_address.address_from(arguments)
    with closing(Ledger.open(arguments.ledger)) as ledger:
        parts = options.open_parts(arguments, ledger)
        rules = Rules(timedelta(days=arguments.days), activate=arguments.approve == "auto")
        handler = Handler(ledger, parts.cas, rules)
        service = Service(
            ledger,
            Plan(arguments.inventory),
            handler,
            parts.lists,
            address=address,
            clock=cli.now,
            settle_s=arguments.settle,
        )
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="gapura-ops: %(message)s")
        signal.signal(signal.SIGTERM, _end)
        try:
            with Ear(address) as ear:
                sys.stderr.write(f"gapura-ops: listens at {address.host}:{address.port}; Ctrl-C ends\n")
                service.run(ear, once=arguments.once)
        except sqlite3.Error as error:
            line = f"{arguments.ledger}: {error}; check the disk. What was answered stands in the ledger"
            raise OperatorError(line, exit_code=FAILED) from error
        except _EndedError:
            sys.stderr.write("gapura-ops: ended; what waits at the broker is answered when the service runs again\n")
    return 0


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _EndedError


def _release(arguments: argparse.Namespace) -> int:
    """Release a gate; its revoked certificates stay revoked."""
    gate: str = arguments.gate
    with closing(Ledger.open_existing(arguments.ledger)) as ledger:
        held = ledger.why_suspended().get(gate)
        done = ledger.release(gate, by=arguments.by, why=arguments.reason, at=cli.now())
        good = any(one.revoked is None and one.ends > cli.now() for one in ledger.certificates(gate))
    if not done:
        line = f"{gate} is not suspended"
        raise OperatorError(line, exit_code=FAILED)
    if held is not None and held.why == REUSED and good:
        cli.warn(
            f"the device that came first has {gate}'s certificate; if it is not the gate: gapura-ops fleet replace"
        )
    if not good:
        cli.warn(f"{gate} has no good certificate; it comes back with a new sheet (gapura-ops provision {gate})")
    cli.answer({"gate": gate, "released": True, "certificate": good})
    return 0


def _approve(arguments: argparse.Namespace) -> int:
    """Confirm gates that proved themselves; exit 1 if one did not."""
    failed = False
    with closing(Ledger.open_existing(arguments.ledger)) as ledger:
        for gate in arguments.gates:
            good = proven(ledger, gate)
            if good:
                with suppress(OperatorError):  # one that is active already stays so
                    ledger.move(gate, State.ACTIVE, by=arguments.by, why=arguments.reason, at=cli.now())
            else:
                cli.warn(f"{gate} has passed no self-test since it was installed; gapura-ops enrol log {gate}")
            standing = ledger.standing(gate)
            cli.answer({"gate": gate, "proven": good, "state": None if standing is None else standing.state.value})
            failed = failed or not good
    return FAILED if failed else 0


def _claims(arguments: argparse.Namespace) -> int:
    """List claims; their ids are no secret, their seeds stand nowhere here."""
    with closing(Ledger.open_existing(arguments.ledger)) as ledger:
        for claim in ledger.claims(cli.now()):
            cli.answer(_said(claim))
    return 0


def _said(claim: Claim) -> dict[str, object]:
    used = None if claim.used is None else times.render(claim.used)
    said = {"claim": claim.id, "gate": claim.gate, "made": times.render(claim.made)}
    return {**said, "expires": times.render(claim.expires), "used": used}


def _log(arguments: argparse.Namespace) -> int:
    """Show a gate's history; exit 1 for a gate that has none."""
    with closing(Ledger.open_existing(arguments.ledger)) as ledger:
        rows = ledger.history(arguments.gate)
    for row in rows:
        cli.answer({"at": times.render(row.at), "gate": row.gate, "what": row.what, "by": row.by, "why": row.why})
    return 0 if rows else FAILED
