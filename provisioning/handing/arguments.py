"""The arguments of `provision`: how both of its forms are described, and what each cannot do without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning import cli
from provisioning.broker.certificates import DeviceCa
from provisioning.fleet.planned import STAGES
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

    from cryptography import x509

    from provisioning.cli import Parser

LONGEST_DAYS: Final = 90
_DAY_S: Final = 86_400
_SPAN: Final = re.compile(r"([1-9][0-9]?)d\Z", re.ASCII)
USAGE: Final = """gapura-ops provision GATE... --inventory F --ledger F --dir D --device-ca D [--out F|DIR]
       gapura-ops provision (--all | --sector S | --area A) --inventory F --ledger F --dir D --device-ca D --out F|DIR
       gapura-ops provision GATE --area A --broker HOST[:PORT] [--stage S] --ledger F --dir D --device-ca D
           [--out F|DIR]
       gapura-ops provision wifi --ssid S --psk-file F --dir D [--gates G,H] [--phone --out F.png]"""


def describe(parser: Parser) -> None:
    """Add everything that the command takes."""
    add = parser.add_argument
    add("gates", nargs="*", metavar="GATE", help="which gates; or the word wifi, for the code of a network")
    cli.add_folder(parser)
    add(
        "--out", type=Path, metavar="F|DIR", help="F.pdf (sheets), F.png, F.txt, F.cose or a folder (default: terminal)"
    )
    add("--phone", action="store_true", help="pictures for a phone: DIR/GATE.png")
    add("--timezone", default="Asia/Jakarta", metavar="Z", help="for the dates that are shown (default %(default)s)")
    _add_gates(parser.add_argument_group("gates"))
    _add_wifi(parser.add_argument_group("wifi"))


def _add_gates(group: argparse._ArgumentGroup) -> None:
    """Describe what papers of gates take."""
    add = group.add_argument
    add("--file", dest="boot", action="store_true", help="for the boot partition: DIR/GATE/gapura-provision.cose")
    add("--inventory", type=Path, metavar="F", help="the fleet's inventory, CSV or YAML")
    add("--ledger", type=Path, metavar="F", help="the fleet's ledger; begun where there is none")
    add("--device-ca", type=Path, metavar="D", help="the folder of device-ca.crt and device-ca.key")
    add("--device-ca-passphrase-file", type=Path, metavar="F", help="a file that holds the passphrase of that key")
    add("--all", dest="every", action="store_true", help="every gate of the inventory that has no papers yet")
    add("--sector", metavar="S", help="those of a sector")
    add("--area", metavar="A", help="those of an area; without an inventory, the gate's area")
    add(
        "--broker",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="where the inventory names none; repeatable",
    )
    add("--config", type=Path, metavar="F", help="without an inventory: further keys of gapura.toml for this gate")
    text = "without an inventory: installed (it only records what it would decide, until it is made active) or active"
    add("--stage", choices=STAGES, help=text)
    add("--expires", dest="valid_s", type=span, default=14 * _DAY_S, metavar="14d", help="how long they are good")
    add(
        "--again",
        action="store_true",
        help="also for gates that have papers, which become void; by name also for one that is in use",
    )
    add("--by", metavar="WHO", help="who makes them, for the ledger (default: this machine's user)")


def _add_wifi(group: argparse._ArgumentGroup) -> None:
    """Describe what the code of a network takes."""
    add = group.add_argument
    add("--ssid", metavar="S", help="the network's name")
    add("--psk-file", type=Path, metavar="F", help="a file that holds its password on one line")
    add("--hidden", action="store_true", help="it does not tell its name")
    add(
        "--gates",
        dest="audience",
        type=cli.names,
        default=(),
        metavar="G,H",
        help="only for these (default every gate)",
    )


def span(text: str) -> int:
    """Read for how long papers are good: `14d`, up to 90 days, in seconds."""
    found = _SPAN.match(text)
    if found is None or int(found[1]) > LONGEST_DAYS:
        raise ValueError(text)
    return int(found[1]) * _DAY_S


def need(arguments: argparse.Namespace, *options: str) -> None:
    """Refuse to go on without an option that this form of the command takes."""
    missing = [one for one in options if getattr(arguments, one.removeprefix("--").replace("-", "_")) in (None, [])]
    if missing:
        line = f"{', '.join(missing)} must be given here; see gapura-ops provision --help"
        raise OperatorError(line)


def device_cas(arguments: argparse.Namespace) -> tuple[DeviceCa, x509.Certificate | None]:
    """Open the device CA that issues, and name the one that it follows, if that is believed too."""
    try:
        found = DeviceCa.load_all(arguments.device_ca, cli.passphrase_from(arguments.device_ca_passphrase_file))
    except (OSError, ValueError, TypeError) as error:
        line = f"--device-ca: {arguments.device_ca} does not open ({error}); check folder and passphrase"
        raise OperatorError(line) from error
    return found[0], found[1].certificate if len(found) > 1 else None
