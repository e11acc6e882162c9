"""`gapura-ops watch`: its options, and the fleet as JSON lines for scripts.

On a terminal it opens the live view; anywhere else, and with `--json`, it prints and asks nothing.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioning import broker_address, cli, files
from provisioning.mistake import FAILED, OperatorError
from provisioning.watch import gates, told
from provisioning.watch.desk import Desk
from provisioning.watch.ear import Ear
from provisioning.watch.picture import Scope

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups
    from provisioning.watch.lines import Line

PATIENCE_S: Final = 30
_TURN_S: Final = 0.5
_LABEL: Final = re.compile(r"[^\x00-\x1f]{1,64}\Z")


def register(groups: Groups) -> None:
    """Describe `watch`."""
    text = "Watch a fleet: what is wrong, since when, what to do first."
    command = groups.add_parser("watch", help="watch a fleet live, or as JSON lines", description=text)
    broker_address.add_broker(command)
    add = command.add_argument
    for label in ("area", "sector", "office", "site"):
        add(f"--{label}", type=_label, metavar=label[0].upper(), help=f"only gates with this {label}")
    add("--by", choices=gates.GROUPS, default="area", help="count the gates by this label (default %(default)s)")
    add("--json", action="store_true", help="JSON lines on stdout: every change of a line, and whole pictures")
    add("--once", action="store_true", help="one whole picture as JSON as soon as it is complete, then end")
    add("--every", type=_seconds, default=60, metavar="S", help="a whole picture this often (default %(default)s)")
    add("--operator", metavar="NAME", help="who acknowledges and mutes (default: the name in the certificate)")
    add("--state", type=Path, metavar="F", help="the file of acknowledgements and mutes")
    command.set_defaults(run=_watch)


def _label(text: str) -> str:
    if _LABEL.match(text) is None:
        raise ValueError(text)
    return text


def _seconds(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 86_400:  # noqa: PLR2004  a day
        raise ValueError(text)
    return number


def _watch(arguments: argparse.Namespace) -> int:
    """Watch until somebody ends it, or take one picture."""
    address = broker_address.address_from(arguments)
    wanted = {label: getattr(arguments, label) for label in ("area", "sector", "office", "site")}
    scope = Scope({label: value for label, value in wanted.items() if value is not None}, arguments.by)
    operator = arguments.operator or operator_of(address.certificate)
    state: Path = arguments.state or _state()
    with Ear(address.host, address.port, broker_address.context(address)) as ear:
        desk = Desk(ear, scope, state, operator)
        if arguments.once:
            return _once(desk)
        if arguments.json or not sys.stdout.isatty():
            _lines(desk, arguments.every)
            return 0
        from provisioning.watch.terminal import Terminal  # noqa: PLC0415  only this needs a terminal and rich

        Terminal(desk).run()
        return 0


def _once(desk: Desk) -> int:
    """Print one picture when everything that was retained has come; fail if it does not."""
    until_s = time.monotonic() + PATIENCE_S
    while not (desk.broker.complete and desk.idle):
        desk.listen(_TURN_S)
        if time.monotonic() > until_s and not desk.broker.complete:
            why = f" ({desk.broker.why})" if desk.broker.why else ""
            line = f"the broker did not give a whole picture within {PATIENCE_S} s{why}; check --broker and its log"
            raise OperatorError(line, exit_code=FAILED)
    cli.answer(told.whole(desk.picture(), desk.scope.by))
    return 0


def _lines(desk: Desk, every_s: int) -> None:
    """Print each change of a line, and a whole picture at the beginning and now and then."""
    before: dict[str, Line] = {}
    last_s: float | None = None
    while True:
        desk.listen(_TURN_S)
        if desk.broker.connected and not desk.broker.complete:
            continue
        picture = desk.picture()
        if last_s is not None or not picture.complete:
            for change in told.changes(before, picture):
                cli.answer(change)
        before = {line.key: line for line in picture.lines}
        if picture.complete and (last_s is None or time.monotonic() - last_s >= every_s):
            cli.answer(told.whole(picture, desk.scope.by))
            last_s = time.monotonic()


def operator_of(certificate: Path) -> str:
    """Name the operator as the certificate does, which is how the broker knows them."""
    try:
        names = x509.load_pem_x509_certificate(files.read(certificate)).subject.get_attributes_for_oid(
            NameOID.COMMON_NAME
        )
    except ValueError as error:
        line = f"{certificate} is no certificate in PEM; name the operator's own"
        raise OperatorError(line) from error
    return str(names[0].value).removeprefix("operator:") if names else "nobody"


def _state() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "gapura" / "watch.json"
