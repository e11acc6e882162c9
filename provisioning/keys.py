"""`keys seal | subject | role`: the keys of the day of an area, and finding a pass again by one of them.

Each describes its arguments and calls the part that does the work.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.signed import area_keys as signed
from firmware.signed import times
from firmware.signed.warrant import Role
from provisioning import area_keys, cli, files, founding, moments
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from provisioning.cli import Parser
    from provisioning.desk import Groups


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "seal, subject, role: the keys by which an area names passes for a day"
    parser = groups.add_parser("keys", help=text, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _seal(commands)
    _subject(commands)
    _role(commands)


def _command(commands: Groups, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    cli.add_folder(command)
    return command


def _days(text: str) -> int:
    """Read for how many days ahead keys may be given away."""
    number = int(text)
    if not 1 <= number <= signed.MAX_DAYS:
        raise ValueError(text)
    return number


def _seal(commands: Groups) -> None:
    """Describe `keys seal`."""
    text = "Make an area's keys of the days to come where they are missing, and seal them to its gates."
    command = _command(commands, "seal", _run_seal, text)
    add = command.add_argument
    add("--area", required=True, metavar="A", help="the area, as in gate.area of its gates")
    add("--days", type=_days, default=signed.MAX_DAYS, metavar="N", help="from today on, at most %(default)s (default)")
    add("--timezone", default="Asia/Jakarta", metavar="Z", help="where its days begin (default %(default)s)")
    text = "forget at the desk what ended longer ago: for how long contacts may be traced (default %(default)s)"
    add("--keep-days", type=cli.days, default=30, metavar="N", help=text)
    add("--ca", type=Path, required=True, metavar="F", help="device-ca.crt, under which the gates' certificates stand")
    add("--audience", type=cli.names, metavar="G,_group/H", help="whose it is (default _group/A)")
    add("--out", type=Path, required=True, metavar="F", help="the file to write; bring it with gapura-ops doc publish")
    add("gates", type=Path, nargs="+", metavar="CERT", help="the certificate of each gate of the area")


def _run_seal(arguments: argparse.Namespace) -> int:
    """Seal, write and describe."""
    cli.refuse_folder(arguments.out)
    gates = area_keys.gates_of(arguments.gates, arguments.ca)
    authority = cli.open_authority(arguments)
    area_keys.need_role(authority)
    now = cli.now()
    span = area_keys.Span(now, arguments.days, area_keys.zone(arguments.timezone), arguments.keep_days)
    keys = area_keys.made(authority, arguments.area, span)
    sealed = area_keys.seal(authority, arguments.area, keys, gates, now=now, audience=arguments.audience)
    files.write(arguments.out, sealed.data)
    document = sealed.document
    bounds = {"from": times.render(keys[0].begins), "until": times.render(keys[-1].ends)}
    said = {"area": arguments.area, "digest": document.digest, "gates": sorted(gates), "kind": document.kind.value}
    cli.answer(said | bounds | {"out": str(arguments.out), "version": document.version})
    return 0


def _subject(commands: Groups) -> None:
    """Describe `keys subject`."""
    text = "Say by which subject a pass stands in the events of an area on one day."
    command = _command(commands, "subject", _run_subject, text)
    add = command.add_argument
    add("--area", required=True, metavar="A", help="the area")
    add("--at", required=True, metavar="T", help="a moment of that day, like 2026-01-05T08:00+07:00")
    add("reference", metavar="REFERENCE", help="the pass's reference, as pass issue or contact open printed it")


def _run_subject(arguments: argparse.Namespace) -> int:
    """Print one subject."""
    reference: str = arguments.reference
    if re.fullmatch(r"[0-9a-f]{32}", reference) is None:
        line = f"{reference!r} is no reference; it has 32 hex digits"
        raise OperatorError(line)
    at = moments.parse(arguments.at, "--at").seconds
    known = area_keys.kept(cli.open_authority(arguments), arguments.area)
    key = next((one for one in known if one.begins <= at < one.ends), None)
    if key is None:
        line = f"the desk has no key of {arguments.area} for that day: never made, or forgotten after --keep-days"
        raise OperatorError(line)
    bounds = {"from": times.render(key.begins), "until": times.render(key.ends)}
    cli.answer({"area": arguments.area, "subject": signed.subject(key.key, reference)} | bounds)
    return 0


def _role(commands: Groups) -> None:
    """Describe `keys role`."""
    text = "Give an authority of an earlier release the role that signs keys; needs the root's key."
    command = _command(commands, "role", _run_role, text)
    command.add_argument("--root-key", type=Path, metavar="F", help="where it lies apart (default: D/root.key)")
    text = "how long the warrant holds (default %(default)s)"
    command.add_argument("--warrant-days", type=cli.days, default=730, metavar="N", help=text)


def _run_role(arguments: argparse.Namespace) -> int:
    """Add the role."""
    authority = cli.open_authority(arguments)
    root_key: Path = arguments.root_key or authority.folder / "root.key"
    granted = founding.add_role(authority, Role.KEYS, root_key, now=cli.now(), warrant_days=arguments.warrant_days)
    cli.answer({"expires": times.render(granted.not_after), "role": granted.role.value})
    return 0
