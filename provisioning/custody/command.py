"""`authority init`, `status`, `renew`, `rotate` and their sisters: describes the commands and says what came of them.

What is made, signed or taken back is decided by the parts beside it. Nothing here opens a key but through them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json, times
from provisioning import appointing, authority, cli, founding
from provisioning.custody import ca, recovery, resigning, revoking, roles, status
from provisioning.custody.roles import Term
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from firmware.signed.warrant import Warrant
    from provisioning.cli import Parser
    from provisioning.desk import Groups

_MAX_NAME: Final = 64
WARRANT_DAYS: Final = 730


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "init: make a new authority; operator, status, renew, rotate, revoke, succeed, recovery, recover, ca"
    parser = groups.add_parser("authority", help=text, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "Make a new authority: the root, a key and a warrant for each role."
    init = _add(commands, "init", _init, text)
    init.add_argument("--name", default="Gapura", help="the name that stands on passes (default %(default)s)")
    _add_days(init)
    text = "Appoint an operator: a key of their own, and the root's warrant for what they may command."
    appointing.describe(_add(commands, "operator", appointing.run, text))
    text = "Tell of every key its role, serial and end; exit 1 if one ends within 30 days, has ended or is missing."
    command = commands.add_parser("status", help=text, description=text)
    command.add_argument("--dir", type=Path, required=True, metavar="D", help="the authority's folder")
    command.set_defaults(run=_status)
    renew = _add(commands, "renew", _renew, "Let the root grant the same keys anew, before their warrants end.")
    renew.add_argument("roles", nargs="*", metavar="ROLE", help=f"whose (default every role's): {roles.NAMES}")
    _add_root(renew)
    _add_days(renew)
    rotate = _add(commands, "rotate", _rotate, "Give a role a new key; its warrant outranks every earlier one.")
    rotate.add_argument("role", metavar="ROLE", help=f"whose: {roles.NAMES}")
    text = "a folder of signed documents (*.cose): those of this role are signed again, each in its place"
    rotate.add_argument("--resign", type=Path, metavar="DIR", help=text)
    _add_root(rotate)
    _add_days(rotate)
    text = "Take keys back: the earlier ones of a role, those of an operator, or one by its id."
    revoking.describe(_add_root(_add(commands, "revoke", revoking.run, text)))
    text = "Put the root's key, encrypted, on one sheet of paper for the worst hour."
    recovery.describe(_add_root(_add(commands, "recovery", recovery.run, text)))
    text = "Bring the root's key back from a picture of the sheet."
    back = commands.add_parser("recover", help=text, description=text)
    back.set_defaults(run=recovery.run_back)
    recovery.describe_back(back)
    ca.describe(commands)
    text = "Make a root that follows this one, with the same role keys, and let this one name it to every gate."
    revoking.describe_succession(_add_days(_add_root(_add(commands, "succeed", revoking.run_succession, text))))


def _add(commands: Groups, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    """Add one command that opens keys."""
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    cli.add_folder(command)
    return command


def _add_root(command: Parser) -> Parser:
    """Add where the root's key lies today."""
    text = "the root's key where it lies apart (default: D/root.key)"
    command.add_argument("--root-key", type=Path, metavar="F", help=text)
    return command


def _add_days(command: Parser) -> Parser:
    """Add how long new warrants hold."""
    text = "how long the warrants hold (default %(default)s)"
    command.add_argument("--warrant-days", type=cli.days, default=WARRANT_DAYS, metavar="N", help=text)
    return command


def term(arguments: argparse.Namespace) -> Term:
    """Read the term of new warrants and where the root's key lies."""
    return Term(arguments.root_key or arguments.dir / "root.key", cli.now(), arguments.warrant_days)


def _init(arguments: argparse.Namespace) -> int:
    """Found an authority and say what its root is."""
    name: str = arguments.name
    if not name.isprintable() or not 1 <= len(name) <= _MAX_NAME:
        line = f"--name: use 1 to {_MAX_NAME} printable letters"
        raise OperatorError(line)
    passphrase = cli.new_passphrase_from(arguments.passphrase_file)
    charter = founding.Charter(name, passphrase, cli.now(), arguments.warrant_days)
    made = founding.found(arguments.dir, charter)
    if passphrase is None:
        cli.warn("the keys are not encrypted: whoever copies this folder owns every door; use --passphrase-file")
    _say(f"move {made.folder / 'root.key'} offline now; read {made.folder / 'README.txt'}")
    cli.answer(
        {"dir": str(made.folder), "encrypted": passphrase is not None, "root": strict_json.to_base64url(made.root)}
    )
    return 0


def _status(arguments: argparse.Namespace) -> int:
    """Print a line for each key."""
    every = list(status.rows(authority.look_into(arguments.dir), cli.now()))
    for row in every:
        cli.answer(row.said())
    waiting = [row for row in every if row.state != "good" and not (row.state == "revoked" and row.holder)]
    for row in waiting:
        _say(
            f"{row.role}: {row.state}{'' if row.days is None else f', ends in {row.days} days'}; {_REMEDIES[row.state]}"
        )
    return FAILED if waiting else 0


_REMEDIES: Final = {
    "ends_soon": "gapura-ops authority renew, and for an operator authority operator",
    "ended": "gapura-ops authority renew",
    "missing": "gapura-ops authority rotate makes one",
    "revoked": "gapura-ops authority rotate",
    "followed": "work in the folder of the root that follows",
}


def _renew(arguments: argparse.Namespace) -> int:
    """Renew."""
    opened = cli.open_authority(arguments)
    chosen = tuple(map(roles.role_named, arguments.roles)) or roles.present(opened)
    for granted in roles.renew(opened, chosen, term(arguments)):
        cli.answer(_told(granted))
    _say("what was signed before still ends with the warrant before: sign it anew in time, then publish it")
    return 0


def _rotate(arguments: argparse.Namespace) -> int:
    """Rotate, sign again, and say what is left to do."""
    opened, chosen = cli.open_authority(arguments), roles.role_named(arguments.role)
    if arguments.resign is not None and not arguments.resign.is_dir():
        line = f"--resign: {arguments.resign} is no folder; name the one in which the signed documents lie"
        raise OperatorError(line)
    before, granted = roles.rotate(opened, chosen, term(arguments))
    kinds = [kind.value for kind in resigning.kinds_of(chosen)]
    cli.answer(_told(granted) | {"before": None if before is None else roles.key_of(before), "kinds": kinds})
    done = [] if arguments.resign is None else resigning.resign(opened, chosen, arguments.resign, now=cli.now())
    for one in done:
        cli.answer(one)
    if (advice := resigning.ADVICE.get(chosen)) is not None:
        _say(advice)
    elif arguments.resign is None:
        _say(f"sign every {' and '.join(kinds)} document anew that is in force, or use --resign DIR")
    _say(f"publish them, see gates report them applied, then: gapura-ops authority revoke {chosen.value}")
    return 0


def _told(granted: Warrant) -> dict[str, object]:
    """Describe a warrant."""
    role, ends = granted.role.value, times.render(granted.not_after)
    return {"role": role, "key": roles.key_of(granted), "serial": granted.serial, "expires": ends}


def _say(line: str) -> None:
    """Tell the operator what comes next."""
    sys.stderr.write(f"gapura-ops: {line}\n")
