"""`python -m provisioning.broker`: a device CA, a broker's configuration, and certificates for who connects.

It decides nothing beyond its arguments. It never overwrites a device CA, and a certificate only with --replace.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning import cli, files
from provisioning.broker import known
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.configuration import SERVICE, BrokerFiles, operator_lines, write_configuration
from provisioning.cli import Parser
from provisioning.mistake import USAGE, OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = "python -m provisioning.broker"
VALID_DAYS: Final = 398
IN_CHARGE: Final = "in-charge"
"""No right of its own: a person in charge sees the gates that the inventory names, and no other."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 the disk failed, 2 a mistake to mend, one line each."""
    chosen = _parser().parse_args(arguments)
    try:
        (_init if chosen.command == "init" else _issue)(chosen)
    except OperatorError as error:
        for line in error.lines:
            _say(line)
        return error.exit_code
    except (OSError, ValueError, TypeError) as error:
        _say(f"{error}; see {PROGRAM} --help")
        return USAGE
    return 0


def _init(chosen: argparse.Namespace) -> None:
    """Make a device CA, the broker's parts, and a certificate for each operator."""
    folder: Path = chosen.dir.absolute()
    if (folder / "device-ca.crt").exists() or (folder / "device-ca.key").exists():
        line = f"{folder} already holds a device CA; choose another --dir or move it away yourself"
        raise OperatorError(line)
    passphrase = cli.new_passphrase_from(chosen.passphrase_file, program=PROGRAM)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home: Path = (chosen.home or folder).absolute()
    data: Path = (chosen.data or folder / "data").absolute()
    if chosen.data is None:
        data.mkdir(mode=0o700, exist_ok=True)
    device_ca = DeviceCa.create()
    device_ca.write(folder, passphrase)
    device_ca.issue(Holder.BROKER, "broker", addresses=chosen.address).write(folder)
    parts = BrokerFiles(home / "device-ca.crt", home / "broker.crt", home / "broker.key", data, home / "crl")
    rights = known.rights(chosen.operator)
    print(write_configuration(folder, parts, rights, port=chosen.port, address=chosen.bind, acl=home / "acl"))
    known.add(folder, chosen.operator)
    files.write(folder / "crl", device_ca.revocation_list(), files.PRIVATE)
    device_ca.issue(Holder.SERVICE, SERVICE).write(folder)
    for name in sorted(set(rights.observers)):
        device_ca.issue(Holder.OPERATOR, name).write(folder)
    if os.geteuid() == 0 and chosen.home is None:
        _say(
            "warning: mosquitto started by root goes on as the user mosquitto, who cannot read this folder;"
            " provisioning/broker/README.md says how to install it"
        )


def _issue(chosen: argparse.Namespace) -> None:
    """Make one certificate, and see that the access list knows an operator."""
    folder: Path = chosen.dir
    holder, name = Holder(chosen.holder), chosen.name
    device_ca = DeviceCa.load(folder, cli.passphrase_from(chosen.passphrase_file, program=PROGRAM))
    issued = device_ca.issue(holder, name, valid=timedelta(days=chosen.days))
    place, stem = (folder / "gates" / name, "gate") if holder is Holder.GATE else (folder, issued.stem)
    if (place / f"{stem}.crt").exists() and not chosen.replace:
        line = f"{place / stem}.crt is there already and may be in use; add --replace to make a new one in its place"
        raise OperatorError(line)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in issued.write(place, stem):
        print(path)
    if holder is Holder.GATE:
        files.write(place / "device-ca.crt", files.read(folder / "device-ca.crt"))
        print(place / "device-ca.crt")
    _say(f"this certificate ends on {issued.ends:%Y-%m-%d}; issue it again before then (it is not renewed by itself)")
    if holder is Holder.OPERATOR and chosen.right == IN_CHARGE:
        _say("no list names this operator; the enrolment service lets it read the gates that the inventory says")
    elif holder is Holder.OPERATOR:
        _admit(folder / "acl", name, chosen.right)


def _admit(acl: Path, name: str, right: str) -> None:
    """Add an operator to the access list, or say what to add where it is not."""
    lines = operator_lines(name, known.rights([(name, right)]))
    text = files.read(acl).decode() if acl.exists() else ""
    if lines[0] not in text.splitlines():
        known.add(acl.parent, [(name, right)])
    if not acl.exists():
        _say(f"{acl} is not there; without these lines in the broker's access list this operator sees nothing:")
        sys.stderr.write("\n".join([*lines, ""]))
        return
    if lines[0] in text.splitlines():
        _say(f"{acl} names this operator already; its rights stay as they are there")
        return
    files.write(acl, (text + "\n" + "\n".join(lines) + "\n").encode(), files.PRIVATE)
    _say(f"{acl} has this operator's right to {right} now; give it to the broker and start that again")


def _say(line: str) -> None:
    sys.stderr.write(f"{PROGRAM}: {line}\n")


def _parser() -> Parser:
    text = "Make a device CA and a broker's configuration, and certificates for gates and operators."
    parser = Parser(prog=PROGRAM, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    text = "make a device CA, the broker's certificate, mosquitto.conf and its access list"
    init = commands.add_parser("init", help=text, description=text)
    add = init.add_argument
    add("--address", action="append", required=True, metavar="A", help="what gates call the broker by; repeatable")
    add("--bind", default="", metavar="A", help="the address it listens on (default every one)")
    add("--port", type=_port, default=8883, metavar="N", help="default %(default)s")
    add("--data", type=Path, metavar="D", help="where the broker keeps messages (default data in --dir)")
    add("--home", type=Path, metavar="D", help="where these files will lie on the broker's machine (default --dir)")
    text = "an operator; RIGHT is watch (the default), write, restricted or officer; repeatable"
    add("--operator", type=_operator, action="append", default=[], metavar="NAME[:RIGHT]", help=text)
    text = "make a certificate and key for a gate or an operator"
    issue = commands.add_parser("issue", help=text, description=text)
    add = issue.add_argument
    add("holder", choices=[Holder.GATE.value, Holder.OPERATOR.value], help="who it is for")
    add("name", help="a gate's id as in gate.id of its gapura.toml, or an operator's name")
    add("--days", type=cli.days, default=VALID_DAYS, metavar="N", help="how long it holds (default %(default)s)")
    add("--replace", action="store_true", help="put it in the place of one that is there")
    add(
        "--right", choices=(*known.RIGHTS, IN_CHARGE), default="watch", help="an operator's right (default %(default)s)"
    )
    for command in (init, issue):
        command.add_argument("--dir", type=Path, required=True, metavar="D", help="the device CA's folder")
        cli.add_passphrase(command)
    return parser


def _operator(text: str) -> tuple[str, str]:
    """Read NAME or NAME:RIGHT."""
    name, _, right = text.partition(":")
    if not name or (right or "watch") not in known.RIGHTS:
        line = f"{text!r} is no NAME[:RIGHT] with one of the rights {', '.join(known.RIGHTS)}"
        raise argparse.ArgumentTypeError(line)
    return name, right or "watch"


def _port(text: str) -> int:
    """Read a port."""
    number = int(text)
    if not 1 <= number <= 65_535:  # noqa: PLR2004  the largest port there is
        raise ValueError(text)
    return number


if __name__ == "__main__":
    sys.exit(main())
