"""`authority ca status | rotate | broker | retire`: the device CA. It names who connects, and opens no door.

What a rotation is stands in `provisioning/broker/rotation.py`; here are its arguments, and what to do afterwards.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from firmware.signed import times
from provisioning import cli, files
from provisioning.broker import rotation
from provisioning.fleet.ledger import Ledger
from provisioning.founding import DAY_S
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from provisioning.cli import Parser
    from provisioning.desk import Groups

VALID_DAYS: Final = 398
SOON_DAYS: Final = 365
"""A CA that ends within a year is told: every gate has to get a certificate of the next one before."""


def describe(commands: Groups) -> None:
    """Add the commands."""
    text = "the device CA, whose certificates name gates and operators at the broker: status, rotate, broker, retire"
    parser = commands.add_parser("ca", help=text, description=text)
    group = parser.add_subparsers(dest="ca_command", required=True, metavar="COMMAND")
    text = (
        "Tell of each CA that is believed its end and whose certificates hang on it; exit 1 if one ends within a year."
    )
    _add(group, "status", text).set_defaults(run=_status)
    text = "Make another CA beside the old one: it issues from now on, and both are believed."
    rotate = _add(group, "rotate", text)
    rotate.set_defaults(run=_rotate)
    cli.add_passphrase(rotate)
    text = "Certify the broker's own key (DIR/broker.crt) again, for the same addresses, by the CA that issues."
    broker = _add(group, "broker", text)
    broker.set_defaults(run=_broker)
    broker.add_argument("--days", type=cli.days, default=VALID_DAYS, metavar="N", help="how long (default %(default)s)")
    cli.add_passphrase(broker)
    text = "Believe the older CA no more; refused while a certificate of it still runs."
    _add(group, "retire", text).set_defaults(run=_retire)


def _add(group: Groups, name: str, text: str) -> Parser:
    """Add one command."""
    command = group.add_parser(name, help=text, description=text)
    add = command.add_argument
    add("--device-ca", type=Path, required=True, metavar="DIR", help="the device CA's folder")
    text = "certificates (.crt), or folders of them, that are in use; repeatable (default: those in DIR)"
    add("--issued", type=Path, action="append", default=[], metavar="F|DIR", help=text)
    text = "the enrolment's ledger: what it gave out and nobody has revoked is in use too"
    add("--ledger", type=Path, metavar="F", help=text)
    return command


def _status(arguments: argparse.Namespace) -> int:
    """Print a line for each CA."""
    now = cli.now()
    late = False
    for one in rotation.status(arguments.device_ca, _issued(arguments)):
        days = (one.ends - now) // DAY_S
        late |= one.issues and days < SOON_DAYS
        said: dict[str, object] = {"ca": one.name, "serial": one.serial, "ends": times.render(one.ends), "days": days}
        cli.answer(said | {"issues": one.issues, "holders": list(one.holders)})
    if late:
        _say("the CA that issues ends within a year; gapura-ops authority ca rotate")
    return FAILED if late else 0


def _rotate(arguments: argparse.Namespace) -> int:
    """Rotate."""
    passphrase = cli.passphrase_from(arguments.passphrase_file)
    rotation.rotate(arguments.device_ca, passphrase)
    bundle = arguments.device_ca / rotation.BUNDLE
    _say(f"give the broker {bundle} as it is now and restart it; gates get it with their next certificate")
    _say("leave the broker's own certificate as it is until every gate has the new CA; then authority ca broker")
    cli.answer({"out": str(bundle), "cas": [one.name for one in rotation.status(arguments.device_ca, ())]})
    return 0


def _broker(arguments: argparse.Namespace) -> int:
    """Renew the broker's own certificate."""
    passphrase = cli.passphrase_from(arguments.passphrase_file)
    made = rotation.renew_broker(arguments.device_ca, passphrase, days=arguments.days)
    out = arguments.device_ca / rotation.BROKER
    _say(f"give the broker {out} and restart it; its key stays")
    cli.answer({"ends": times.render(int(made.not_valid_after_utc.timestamp())), "out": str(out)})
    return 0


def _retire(arguments: argparse.Namespace) -> int:
    """Retire the older one."""
    name = rotation.retire(arguments.device_ca, _issued(arguments))
    bundle = arguments.device_ca / rotation.BUNDLE
    _say(f"give the broker {bundle} as it is now and restart it: {name} is believed no more")
    cli.answer({"out": str(bundle), "retired": name})
    return 0


def _issued(arguments: argparse.Namespace) -> Sequence[x509.Certificate]:
    """Read the certificates that are in use, but for the CAs' own."""
    named: list[Path] = arguments.issued or [arguments.device_ca]
    found = {one.serial_number: one for path in named for one in _read(path)}
    found |= {one.serial_number: one for one in _given_out(arguments.ledger)}
    return [one for serial, one in sorted(found.items()) if one.issuer != one.subject]


def _given_out(path: Path | None) -> Iterator[x509.Certificate]:
    """Read what the enrolment service gave out and nobody has revoked."""
    if path is None:
        return
    if not path.is_file():
        line = f"--ledger: {path} is not there; name the file that gapura-ops enrol serve keeps"
        raise OperatorError(line)
    ledger = Ledger.open(path)
    try:
        every = [one for gate in ledger.gates() for one in ledger.certificates(gate)]
    finally:
        ledger.close()
    yield from (x509.load_der_x509_certificate(one.der) for one in every if one.revoked is None)


def _read(path: Path) -> Iterator[x509.Certificate]:
    """Read a file of certificates, or every one in a folder."""
    for one in sorted(path.rglob("*.crt")) if path.is_dir() else [path]:
        try:
            yield from x509.load_pem_x509_certificates(files.read(one))
        except ValueError as error:
            line = f"{one} holds no certificate; name .crt files or folders of them"
            raise OperatorError(line) from error


def _say(line: str) -> None:
    sys.stderr.write(f"gapura-ops: {line}\n")
