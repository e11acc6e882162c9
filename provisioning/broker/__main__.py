"""`python -m provisioning.broker`: make a broker's authority and configuration, and certificates for who connects.

It decides nothing beyond its arguments and never overwrites an authority.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from provisioning import files
from provisioning.broker.certificates import DeviceAuthority, Holder
from provisioning.broker.configuration import BrokerFiles, Rights, write_configuration
from provisioning.mistake import OperatorError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 2 with one line that says what to do."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "init":
            _init(chosen)
        else:
            _issue(chosen)
    except (OperatorError, OSError, ValueError, TypeError) as error:
        print(f"gapura broker: {error}", file=sys.stderr)
        return 2
    return 0


def _init(chosen: argparse.Namespace) -> None:
    folder: Path = chosen.dir.absolute()
    if (folder / "device-ca.key").exists():
        message = f"{folder} already holds an authority; choose another --dir or remove it yourself"
        raise ValueError(message)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = DeviceAuthority.create()
    ca = authority.write(folder, _passphrase(chosen))
    certificate, key = authority.issue(Holder.BROKER, "broker", addresses=chosen.address).write(folder)
    parts = BrokerFiles(ca, certificate, key, Path("/var/lib/mosquitto"))
    rights = Rights(tuple(chosen.observer), tuple(chosen.operator), tuple(chosen.restricted))
    configuration = write_configuration(folder, parts, rights, port=chosen.port)
    for kind in sorted({*chosen.observer, *chosen.operator, *chosen.restricted}):
        authority.issue(Holder.OPERATOR, kind).write(folder)
    print(configuration)


def _issue(chosen: argparse.Namespace) -> None:
    authority = DeviceAuthority.load(chosen.dir, _passphrase(chosen))
    for path in authority.issue(Holder(chosen.holder), chosen.name).write(chosen.dir):
        print(path)


def _passphrase(chosen: argparse.Namespace) -> bytes | None:
    return None if chosen.passphrase_file is None else files.read(chosen.passphrase_file).rstrip(b"\r\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m provisioning.broker", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="make authority, broker certificate, mosquitto.conf and access list")
    init.add_argument("--address", action="append", required=True, help="what gates call the broker by; repeatable")
    init.add_argument("--port", type=int, default=8883)
    for right in ("observer", "operator", "restricted"):
        init.add_argument(f"--{right}", action="append", default=[], metavar="NAME", help=f"a name with {right} rights")
    issue = commands.add_parser("issue", help="make a certificate and key for a gate or an operator")
    issue.add_argument("holder", choices=[Holder.GATE.value, Holder.OPERATOR.value])
    issue.add_argument("name")
    for command in (init, issue):
        command.add_argument("--dir", type=Path, required=True, help="where the authority lives")
        command.add_argument("--passphrase-file", type=Path, help="what the authority's key is encrypted with")
    return parser


if __name__ == "__main__":
    sys.exit(main())
