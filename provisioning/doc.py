"""`config sign`, `doc publish | status | clear | withdraw`: what gates shall go by and say.

Each describes its arguments and calls the part that does the work. Signing needs the authority and no network;
publishing needs a broker and no key.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.control.desired import KINDS, Turned
from firmware.control.remote import lay_over, not_remote
from firmware.signed import times
from firmware.signed.envelope import EVERYONE, Kind
from provisioning import broker_address, cli, documents, files, pieces, publishing
from provisioning.connection import Connection
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.cli import Parser
    from provisioning.desk import Groups

_SAMPLE: Final[dict[str, object]] = {
    "gate": {"id": "gate", "area": "area"},
    "relay": {"pin": 17},
    "readers": {"outside": {"side": "outside", "socket": "/run/gapura/outside.sock"}},
    "mqtt": {"host": "broker"},
}
"""A door over which a configuration is laid where no gate's own file is named."""

_TENTH: Final = 10


def register(groups: Groups) -> None:
    """Add the commands."""
    _config(groups)
    parser = groups.add_parser("doc", help="publish, status, clear, withdraw: documents at the broker")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _publish(commands)
    _status(commands)
    _clear(commands)
    _withdraw(commands)


def add_sealing(command: Parser, valid_days: int) -> None:
    """Add what every signing is told: with whose keys, into which file, for whom and for how long."""
    cli.add_folder(command)
    add = command.add_argument
    add("--out", type=Path, required=True, metavar="F", help="the file to write")
    add("--audience", type=cli.names, default=(EVERYONE,), metavar="G,_group/H", help="whose it is (default everyone)")
    text = "how long it holds (default %(default)s)"
    add("--valid-days", type=cli.days, default=valid_days, metavar="N", help=text)


def _config(groups: Groups) -> None:
    """Describe `config sign`."""
    text = "Sign what shall be changed in the configuration of gates."
    parser = groups.add_parser("config", help=f"sign: {text[0].lower()}{text[1:].rstrip('.')}", description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("sign", help=text, description=text)
    add_sealing(command, 365)
    command.add_argument("--over", type=Path, metavar="F", help="a gate's gapura.toml to check it with")
    command.add_argument("config", type=Path, metavar="IN", help="only the keys that change, as TOML")
    command.set_defaults(run=_sign_config)


def _sign_config(arguments: argparse.Namespace) -> int:
    """Sign a configuration after laying it over a gate's file, or over a sample."""
    cli.refuse_folder(arguments.out)
    body = _toml(arguments.config)
    if bad := not_remote(body):
        line = f"{', '.join(bad)}: only a technician at the door may change that; leave it out"
        raise OperatorError(line)
    laid = lay_over(_SAMPLE if arguments.over is None else _toml(arguments.over), body)
    if isinstance(laid, Turned):
        where = arguments.over or "a plain door"
        line = f"{arguments.config}: {laid.value} over {where}; put the keys into a gate's file and run gapura check"
        raise OperatorError(line)
    return sign(arguments, Kind.CONFIG, body)


def _toml(path: Path) -> dict[str, object]:
    """Read a TOML file."""
    try:
        return tomllib.loads(files.read(path).decode("utf-8"))
    except ValueError as error:
        line = f"{path}: {error}; mend the TOML there"
        raise OperatorError(line) from error


def sign(arguments: argparse.Namespace, kind: Kind, body: dict[str, object]) -> int:
    """Sign, write and describe a document."""
    authority = cli.open_authority(arguments)
    valid_s = arguments.valid_days * documents.DAY_S
    sealed = documents.seal(authority, kind, body, now=cli.now(), valid_s=valid_s, audience=arguments.audience)
    files.write(arguments.out, sealed.data)
    document = sealed.document
    said = {"digest": document.digest, "expires": times.render(document.expires), "kind": kind.value}
    cli.answer(said | {"out": str(arguments.out), "version": document.version})
    return 0


def _publish(commands: Groups) -> None:
    """Describe `doc publish`."""
    text = "Lay a signed document out for a gate or a group."
    command = commands.add_parser("publish", help=text, description=text)
    broker_address.add_broker(command)
    add = command.add_argument
    add("--blob", type=Path, metavar="F", help="what a manifest names (default: FILE with the suffix .blob)")
    text = "a delta that a list of revoked passes names; repeatable (default: those beside FILE that end in .delta)"
    add("--delta", type=Path, action="append", default=[], metavar="F", help=text)
    add("--wait", type=float, default=0.0, metavar="S", help="wait so long until the gate says what became of it")
    add("whose", type=publishing.target, metavar="GATE|_group/G", help="whose it shall be")
    add("file", type=Path, metavar="FILE", help="the signed document")
    command.set_defaults(run=_run_publish)


def _run_publish(arguments: argparse.Namespace) -> int:
    """Publish, and wait for the gate's word if that was asked for."""
    whose: str = arguments.whose
    if arguments.wait and whose.startswith(publishing.GROUP):
        line = "--wait: a group does not answer; ask its gates with gapura-ops doc status"
        raise OperatorError(line)
    address = broker_address.address_from(arguments)
    finished = publishing.read_document(arguments.file, arguments.blob, arguments.delta)
    document = finished.document
    publishing.check_audience(document, whose)
    said: dict[str, object] = {"digest": document.digest, "for": whose, "kind": document.kind.value}
    said["pieces"] = sum(len(blob.pieces) for blob, _ in finished.blobs)
    with Connection(address) as connection:
        old = pieces.before(connection, whose, document.kind)
        before = publishing.listen(connection, whose, finished) if arguments.wait else None
        publishing.publish(connection, whose, finished, _progress)
        report = publishing.await_report(connection, finished, before, arguments.wait) if arguments.wait else None
        pieces.take_back(connection, document.kind, old)
    if not arguments.wait:
        cli.answer(said | {"version": document.version})
        return 0
    report = publishing.need_answer(report, whose, arguments.wait)
    cli.answer(said | {"version": document.version, "reported": report})
    return 0 if report.get("state") == "applied" else FAILED


def _progress(done: int, whole: int) -> None:
    """Say after every tenth how far it is."""
    if done * _TENTH // whole != (done - 1) * _TENTH // whole:
        sys.stderr.write(f"gapura-ops: {done} of {whole} pieces\n")


def _status(commands: Groups) -> None:
    """Describe `doc status`."""
    text = "Hold what is desired of a gate against what it reports."
    command = commands.add_parser("status", help=text, description=text)
    broker_address.add_broker(command)
    command.add_argument("--groups", type=cli.names, default=(), metavar="G,H", help="groups that the gate belongs to")
    command.add_argument("gate", type=publishing.target, metavar="GATE", help="the gate")
    command.set_defaults(run=_run_status)


def _run_status(arguments: argparse.Namespace) -> int:
    """Print one line for each kind; 1 if one of them does not agree."""
    with Connection(broker_address.address_from(arguments)) as connection:
        found = publishing.status(connection, arguments.gate, arguments.groups)
    for kind, said in sorted(found.items()):
        cli.answer({"kind": kind} | said)
    return 0 if all(said["agrees"] for said in found.values()) else FAILED


def _clear(commands: Groups) -> None:
    """Describe `doc clear`."""
    text = "Take a document back from the broker; gates go on with what they accepted."
    command = commands.add_parser("clear", help=text, description=text)
    broker_address.add_broker(command)
    add = command.add_argument
    add("--pieces", action="store_true", help="also the pieces it names, if no other document needs them")
    add("whose", type=publishing.target, metavar="GATE|_group/G", help="whose it was")
    kinds = [kind.value for kind in (*KINDS, Kind.TIME)]  # an answer to the time lies there only by mistake or malice
    add("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    command.set_defaults(run=_run_clear)


def _withdraw(commands: Groups) -> None:
    """Describe `doc withdraw`."""
    text = "Sign a document that takes back what was signed for the same audience; doc publish brings it."
    command = commands.add_parser("withdraw", help=text, description=text)
    add_sealing(command, 365)
    kinds = [kind.value for kind in KINDS]
    command.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    command.set_defaults(run=_run_withdraw)


def _run_withdraw(arguments: argparse.Namespace) -> int:
    """Sign it."""
    cli.refuse_folder(arguments.out)
    return sign(arguments, Kind(arguments.kind), dict(publishing.WITHDRAWAL))


def _run_clear(arguments: argparse.Namespace) -> int:
    """Clear."""
    with Connection(broker_address.address_from(arguments)) as connection:
        cleared = pieces.clear(connection, arguments.whose, Kind(arguments.kind), pieces=arguments.pieces)
    cli.answer({"for": arguments.whose, "kind": arguments.kind, "pieces": cleared})
    return 0
