"""`gapura-ops fleet ...`: options and answers of the commands about many gates; the parts do the work.

On a terminal people get words; anywhere else, and with `--json`, there is JSON on stdout and nothing else.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning import activating, broker_address, cli, files
from provisioning.fleet import boards, counting, example, inventory, status, telling
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.handing import replacing
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.cli import Parser
    from provisioning.desk import Groups

_FOLDER = Path(__file__).parent / "fleet"


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "check, template, approve, list, counts, activate, status, replace: hundreds of gates by one inventory"
    parser = groups.add_parser("fleet", help=text, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _check(commands)
    _template(commands)
    _approve(commands)
    _list(commands)
    _counts(commands)
    activating.register(commands)
    _status(commands)
    replacing.register(commands)


def _add_inventory(command: Parser) -> None:
    command.add_argument("inventory", type=Path, metavar="F", help="the inventory, CSV or YAML (.yaml, .yml)")


def _add_ledger(command: Parser) -> None:
    command.add_argument("--ledger", type=Path, required=True, metavar="L", help="what has happened to each gate")


def _add_filters(command: Parser) -> None:
    add = command.add_argument
    add("--sector", type=cli.names, default=(), metavar="S,...", help="only gates of these sectors")
    add("--area", type=cli.names, default=(), metavar="A,...", help="only gates of these areas")
    add("--json", action="store_true", help="JSON also on a terminal")


def _check(commands: Groups) -> None:
    """Describe `fleet check`."""
    text = "Read an inventory as a whole: every mistake with its line, or what it holds."
    command = commands.add_parser("check", help=text, description=text)
    _add_inventory(command)
    text = "a folder of board files NAME.toml: each gate's whole configuration is judged too"
    command.add_argument("--boards", type=Path, metavar="D", help=text)
    command.set_defaults(run=_run_check)


def _run_check(arguments: argparse.Namespace) -> int:
    """Read, and say how much there is."""
    found = inventory.read(arguments.inventory)
    if arguments.boards is not None:
        boards.check(found, arguments.boards)
    counts = {"areas": len(found.areas), "people": len(found.people), "sectors": len(found.sectors)}
    approved = sum(one.approved for one in found.gates.values())
    cli.answer({**counts, "approved": approved, "gates": len(found.gates), "organisation": found.organisation})
    return 0


def _template(commands: Groups) -> None:
    """Describe `fleet template`."""
    text = "Write an example inventory with remarks, to be filled in."
    command = commands.add_parser("template", help=text, description=text)
    command.add_argument("--out", type=Path, required=True, metavar="F", help="the file: .csv, .yaml or .yml")
    text = f"a whole invented city instead, {example.GATES} gates, as CSV"
    command.add_argument("--city", action="store_true", help=text)
    command.set_defaults(run=_run_template)


def _run_template(arguments: argparse.Namespace) -> int:
    """Copy the template; what is there stays."""
    out: Path = arguments.out
    cli.refuse_folder(out)
    if out.exists():
        line = f"--out: {out} is there and stays as it is; name a new file"
        raise OperatorError(line)
    is_yaml = out.suffix.lower() in {".yaml", ".yml"}
    if arguments.city and is_yaml:
        line = "--city is written as CSV; name a file that ends with .csv"
        raise OperatorError(line)
    template = _FOLDER / ("template.yaml" if is_yaml else "template.csv")
    files.write(out, example.city().encode() if arguments.city else template.read_bytes())
    cli.answer({"out": str(out)})
    return 0


def _approve(commands: Groups) -> None:
    """Describe `fleet approve`."""
    text = "Let gates be given out: enter them in the ledger as approved."
    command = commands.add_parser("approve", help=text, description=text)
    _add_inventory(command)
    _add_ledger(command)
    add = command.add_argument
    add("--all", action="store_true", help="every gate that the inventory has approved = yes for")
    add("--by", default=None, metavar="WHO", help="who approves (default: this machine's user)")
    add("--reason", default="", metavar="TEXT", help="why")
    add("words", nargs="*", metavar="GATE", help="these gates, whatever the inventory says, retired ones too")
    command.set_defaults(run=_run_approve)


def _run_approve(arguments: argparse.Namespace) -> int:
    """Enter all gates of the inventory, and approve those that were asked for."""
    if bool(arguments.words) is arguments.all:
        line = "name the gates to approve, or --all for those that the inventory approves"
        raise OperatorError(line)
    found = inventory.read(arguments.inventory)
    if unknown := [name for name in arguments.words if name not in found.gates]:
        line = f"{', '.join(unknown)}: not in {arguments.inventory}; write them into it first"
        raise OperatorError(line)
    wanted = arguments.words or [name for name, one in found.gates.items() if one.approved]
    by, at = arguments.by or cli.user(), cli.now()
    with closing(Ledger.open(arguments.ledger)) as ledger, ledger.together():
        new = sum(ledger.enter(name, by=by, at=at) for name in found.gates)
        standings = ledger.gates()
        again = [name for name in dict.fromkeys(arguments.words) if standings[name].state is State.RETIRED]
        for name in again:
            ledger.move(name, State.REQUESTED, by=by, why=arguments.reason, at=at)
        fresh = [name for name in dict.fromkeys(wanted) if standings[name].state is State.REQUESTED or name in again]
        for name in fresh:
            ledger.move(name, State.APPROVED, by=by, why=arguments.reason, at=at)
    cli.answer({"approved": len(fresh), "before": len(set(wanted)) - len(fresh), "entered": new})
    return 0


def _list(commands: Groups) -> None:
    """Describe `fleet list`."""
    text = "List the gates of the inventory with their place in the ledger, a line each."
    command = commands.add_parser("list", help=text, description=text)
    _add_inventory(command)
    _add_ledger(command)
    _add_filters(command)
    command.add_argument("--state", type=cli.one_of(State), metavar="STATE", help=", ".join(State))
    command.set_defaults(run=_run_list)


def _run_list(arguments: argparse.Namespace) -> int:
    """Print the gates."""
    found = inventory.read(arguments.inventory)
    with closing(Ledger.open(arguments.ledger)) as ledger:
        rows = counting.rows(found, ledger.gates(), sectors=arguments.sector, areas=arguments.area)
    rows = [row for row in rows if arguments.state in {None, row.state}]
    if telling.for_people(json_asked=arguments.json):
        sys.stdout.write(telling.table([row.told() for row in rows]))
    else:
        for row in rows:
            cli.answer(row.told())
    return 0


def _counts(commands: Groups) -> None:
    """Describe `fleet counts`."""
    text = "Count the gates by sector and by area, in each state."
    command = commands.add_parser("counts", help=text, description=text)
    _add_inventory(command)
    _add_ledger(command)
    _add_filters(command)
    command.set_defaults(run=_run_counts)


def _run_counts(arguments: argparse.Namespace) -> int:
    """Print the counts."""
    found = inventory.read(arguments.inventory)
    with closing(Ledger.open(arguments.ledger)) as ledger:
        rows = counting.rows(found, ledger.gates(), sectors=arguments.sector, areas=arguments.area)
    said = counting.counts(found, rows)
    if telling.for_people(json_asked=arguments.json):
        sys.stdout.write(telling.table(said))
    else:
        for one in said:
            cli.answer(one)
    return 0


def _status(commands: Groups) -> None:
    """Describe `fleet status`."""
    text = "Hold the inventory and the ledger against the broker, and name every difference."
    command = commands.add_parser("status", help=text, description=text)
    _add_inventory(command)
    _add_ledger(command)
    broker_address.add_broker(command)
    _add_filters(command)
    known = [*(one.value for one in State), "unknown"]
    command.add_argument("--state", choices=known, metavar="STATE", help=", ".join(known))
    text = "the release that gates should run (default: what more than half of those online run)"
    command.add_argument("--release", metavar="V", help=text)
    command.set_defaults(run=_run_status)


def _run_status(arguments: argparse.Namespace) -> int:
    """Print one row for each gate; 1 if one of them differs."""
    from provisioning.connection import Connection  # noqa: PLC0415  only this command speaks to a broker

    found = inventory.read(arguments.inventory)
    address = broker_address.address_from(arguments)
    with closing(Ledger.open(arguments.ledger)) as ledger:
        with Connection(address, status.WAITING) as connection:
            sight = status.look(connection)
        rows = status.compare_all(found, ledger, sight, now=cli.now(), release=arguments.release)
    if sight.unread:
        cli.warn(f"{sight.unread} messages are not what their topics promise and were left out; see gapura-ops watch")
    chosen = [row for row in rows if telling.is_wanted(row, arguments.sector, arguments.area, arguments.state)]
    if telling.for_people(json_asked=arguments.json):
        sys.stdout.write(telling.summary(chosen, found))
    else:
        cli.answer([row.told() for row in chosen])
    return FAILED if any(row.differs for row in chosen) else 0
