"""The options that the service and the desk's enrolment commands share, and the parts that they open.

An argument `@F` stands for the lines of file F, one argument a line, so that a unit and an operator say the same.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning import broker_address, cli
from provisioning.broker.certificates import DeviceCa
from provisioning.broker.rotation import BUNDLE
from provisioning.enrolment.gatekeeping import Lists, Reload
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from provisioning.cli import Parser
    from provisioning.desk import Groups
    from provisioning.fleet.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command that changes who may speak has at hand; the first of `cas` issues, all are believed."""

    ledger: Ledger
    cas: Sequence[DeviceCa]
    lists: Lists


def add_command(commands: Groups, name: str, text: str) -> Parser:
    """Add a command with the options that all of them have."""
    parser = commands.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
    parser.fromfile_prefix_chars = "@"
    parser.add_argument("--ledger", type=Path, required=True, metavar="F", help="the ledger's file")
    return parser


def add_lists(parser: Parser) -> None:
    """Add the options of a command that writes the broker's lists."""
    add = parser.add_argument
    add("--inventory", type=Path, required=True, metavar="F", help="the inventory of the fleet, CSV or YAML")
    add("--device-ca", type=Path, required=True, metavar="D", help="the folder with device-ca.crt and device-ca.key")
    add("--broker-dir", type=Path, required=True, metavar="D", help="where acl, crl and operators.json lie")
    how = parser.add_mutually_exclusive_group()
    text = "tell the broker by SIGHUP to the process that this file names"
    how.add_argument("--reload-pid-file", type=Path, metavar="F", help=text)
    text = "tell it by this command (no shell); without either, something else watches the files"
    how.add_argument("--reload", type=shlex.split, default=[], metavar="CMD", help=text)
    cli.add_passphrase(parser)
    broker_address.add_broker(parser)


def add_reason(parser: Parser) -> None:
    """Add who does it and why."""
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands in the ledger")
    parser.add_argument("--by", default=cli.user(), metavar="NAME", help="who does it (default %(default)s)")


def open_parts(arguments: argparse.Namespace, ledger: Ledger) -> Parts:
    """Open the device CA and what the lists are written with; raises OperatorError."""
    folder: Path = arguments.device_ca
    try:
        cas = DeviceCa.load_all(folder, cli.passphrase_from(arguments.passphrase_file))
    except (OSError, ValueError, TypeError) as error:
        line = f"{folder} holds no device CA that opens: {error}; check --device-ca and --passphrase-file"
        raise OperatorError(line) from error
    reload = Reload(arguments.reload_pid_file, tuple(arguments.reload))
    return Parts(ledger, cas, Lists(arguments.broker_dir, cas, folder / BUNDLE, reload))
