"""`authority operator`: appoint who may command gates, and say what they may.

It describes the arguments and calls `operators.py`, which does the work.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.signed import times
from provisioning import cli, operators
from provisioning.founding import DAY_S
from provisioning.operators import Appointment

if TYPE_CHECKING:
    import argparse

    from provisioning.cli import Parser


def describe(command: Parser) -> None:
    """Add the arguments."""
    add = command.add_argument
    add("--name", required=True, metavar="N", help="the operator's id of a-z, 0-9 and -: a duty or staff number")
    sets = ", ".join(sorted(operators.SETS))
    add("--ops", type=cli.names, required=True, metavar="A,B", help=f"what they may: {sets}, or single commands")
    add("--valid-days", type=cli.days, default=90, metavar="N", help="how long it holds (default %(default)s)")
    text = "a file that holds the operator's own passphrase on one line"
    add("--operator-passphrase-file", type=Path, metavar="F", help=text)
    add("--root-key", type=Path, metavar="F", help="the root's key where it lies apart (default: D/root.key)")


def run(arguments: argparse.Namespace) -> int:
    """Appoint an operator."""
    ops = operators.rights(arguments.ops)
    passphrase = cli.new_passphrase_from(arguments.operator_passphrase_file)
    authority = cli.open_authority(arguments)
    root_key: Path = arguments.root_key or authority.folder / "root.key"
    now = cli.now()
    appointment = Appointment(arguments.name, ops, passphrase, now, arguments.valid_days)
    folder = operators.appoint(authority, root_key, appointment)
    if passphrase is None:
        cli.warn("the key is not encrypted: whoever copies the folder commands; use --operator-passphrase-file")
    ends = f"gapura-ops authority revoke operator {arguments.name}"
    sys.stderr.write(f"gapura-ops: give {folder} to the operator and keep no copy; {ends} takes it back\n")
    expires = times.render(now + appointment.valid_days * DAY_S)
    said: dict[str, object] = {"encrypted": passphrase is not None, "expires": expires, "name": arguments.name}
    cli.answer(said | {"operator": str(folder), "ops": list(ops)})
    return 0
