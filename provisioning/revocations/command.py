"""`revocations add | build | delta | show | sign`: lists of revoked passes, from what issuers say to what gates take.

Each describes its arguments and calls the part that does the work. Only `sign` needs the authority.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.control.manifest import MAX_BLOB_BYTES, MAX_DELTAS
from firmware.signed import times
from firmware.signed.envelope import Kind
from firmware.trust import revocation, revocation_delta, revocation_writing
from firmware.trust.revocation_ids import NameKind
from provisioning import cli, files, moments, publishing
from provisioning.doc import add_sealing, sign
from provisioning.mistake import OperatorError
from provisioning.revocations import sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.trust.revocation import RevocationList
    from firmware.trust.revocation_delta import Delta
    from provisioning.cli import Parser
    from provisioning.desk import Groups

MAX_SOURCE_BYTES = 256 << 20

_FORMS = """An IN is one of these, recognised by its content:
  JSON lines with a "reference": of `revocations add`, or as `pass issue` printed them (revokes all of them)
  a batch of the EU's revocation lists as JSON: hashType, expires, entries; check the gateway's signature first
  the card revocation list of a SMART Health Cards issuer: kid, method rid, rids
  an earlier list: all that is on it stays on it"""


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "add, build, delta, show, sign: lists of revoked passes"
    parser = groups.add_parser("revocations", help=text, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(commands)
    _build(commands)
    _delta(commands)
    _show(commands)
    _sign(commands)


def _command(commands: Groups, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    return command


def _add(commands: Groups) -> None:
    """Describe `revocations add`."""
    text = "Note in the office's own book that passes are revoked here, whoever issued them; build makes a list of it."
    command = _command(commands, "add", _run_add, text)
    add = command.add_argument
    add("--book", type=Path, required=True, metavar="F", help="the book: JSON lines, made if it is not there")
    add("--expires", metavar="T", help="when they end anyway, as pass issue printed it; then a list forgets them")
    text = "of a pass of any format, as pass issue, inspect or contact open printed it: 32 hex digits"
    add("reference", nargs="+", metavar="REFERENCE", help=text)


def _run_add(arguments: argparse.Namespace) -> int:
    """Note each of them once."""
    path: Path = arguments.book
    wrong = [one for one in arguments.reference if not sources.is_reference(one)]
    if wrong:
        line = f"{', '.join(map(repr, wrong))}: no reference; it has 32 hex digits, as pass issue prints it"
        raise OperatorError(line)
    expires = None if arguments.expires is None else moments.parse(arguments.expires, "--expires").seconds
    before = files.read(path, MAX_SOURCE_BYTES) if path.exists() else b""
    sources.gather(path, before, 0, known := sources.Gathered())
    there = known.entries[NameKind.CTI]
    new = [
        one for one in dict.fromkeys(arguments.reference) if bytes.fromhex(one)[: revocation.STORED_BYTES] not in there
    ]
    said = {"at": times.render(cli.now())} | ({} if expires is None else {"expires": times.render(expires)})
    lines = "".join(json.dumps({**said, "reference": one}, sort_keys=True) + "\n" for one in new)
    files.write(path, before + lines.encode(), files.PRIVATE)
    cli.answer({"added": len(new), "book": str(path), "entries": len(there) + len(new)})
    return 0


def _build(commands: Groups) -> None:
    """Describe `revocations build`."""
    text = "Make a list of all that is revoked now; what has ended is left out."
    command = _command(commands, "build", _run_build, text)
    command.epilog, command.formatter_class = _FORMS, argparse.RawDescriptionHelpFormatter
    command.add_argument("--out", type=Path, required=True, metavar="LIST", help="the list to write")
    command.add_argument("--at", metavar="T", help="leave out what has ended at this time instead of now")
    command.add_argument("inputs", nargs="*", type=Path, metavar="IN", help="what is revoked; none makes an empty list")


def _run_build(arguments: argparse.Namespace) -> int:
    """Read all of it and write the list."""
    cli.refuse_folder(arguments.out)
    now = cli.now() if arguments.at is None else moments.parse(arguments.at, "--at").seconds
    gathered = sources.Gathered()
    for path in arguments.inputs:
        sources.gather(path, files.read(path, MAX_SOURCE_BYTES), now, gathered)
    try:
        data = revocation_writing.build(gathered.entries)
    except revocation_writing.TooManyError as error:
        line = "thousands of entries begin alike: these are no hashes; look at what the inputs hold"
        raise OperatorError(line) from error
    if len(data) > MAX_BLOB_BYTES:
        line = f"the list is {len(data)} bytes long, and a gate takes {MAX_BLOB_BYTES}; leave something out"
        raise OperatorError(line)
    files.write(arguments.out, data)
    found = _read_list(arguments.out, data)
    cli.answer(_about(found, data) | {"ended": gathered.ended, "out": str(arguments.out)})
    return 0


def _delta(commands: Groups) -> None:
    """Describe `revocations delta`."""
    text = "Write what changes an earlier list into another, for gates that have the earlier one."
    command = _command(commands, "delta", _run_delta, text)
    command.add_argument("--out", type=Path, required=True, metavar="F", help="the delta to write")
    command.add_argument("old", type=Path, metavar="OLD", help="a list that gates have")
    command.add_argument("new", type=Path, metavar="NEW", help="the list that they shall have")


def _run_delta(arguments: argparse.Namespace) -> int:
    """Write it."""
    cli.refuse_folder(arguments.out)
    old, new = (files.read(path, MAX_BLOB_BYTES) for path in (arguments.old, arguments.new))
    digests = (hashlib.sha256(old).digest(), hashlib.sha256(new).digest())
    data = revocation_delta.between(_read_list(arguments.old, old), _read_list(arguments.new, new), digests)
    files.write(arguments.out, data)
    found = _read_delta(arguments.out, data)
    cli.answer(_about_delta(found, data) | {"out": str(arguments.out)})
    return 0


def _show(commands: Groups) -> None:
    """Describe `revocations show`."""
    text = "Say what is in a list or a delta, and how likely a false hit is; 1 if a named pass is revoked."
    command = _command(commands, "show", _run_show, text)
    command.add_argument("--reference", metavar="REFERENCE", help="look this pass of our own up")
    command.add_argument("file", type=Path, metavar="FILE", help="a list or a delta")


def _run_show(arguments: argparse.Namespace) -> int:
    """Describe it."""
    data = files.read(arguments.file, MAX_BLOB_BYTES)
    if (delta := revocation_delta.open_delta(data)) is not None:
        cli.answer(_about_delta(delta, data))
        return 0
    found = _read_list(arguments.file, data)
    said = _about(found, data)
    if arguments.reference is None:
        cli.answer(said)
        return 0
    if not sources.is_reference(arguments.reference):
        line = f"--reference: {arguments.reference!r} is none; it has 32 hex digits"
        raise OperatorError(line)
    listed = found.revoked([("cti", bytes.fromhex(arguments.reference))], 0) is not None
    cli.answer(said | {"reference": arguments.reference, "revoked": listed})
    return int(listed)


def _sign(commands: Groups) -> None:
    """Describe `revocations sign`."""
    text = "Sign the manifest of a list of revoked passes; doc publish --blob LIST brings it."
    command = commands.add_parser("sign", help=text, description=text)
    add_sealing(command, 90)
    text = "a delta that makes LIST of an earlier one, for gates that have that; repeatable, publish it with --delta"
    command.add_argument("--delta", type=Path, action="append", default=[], metavar="F", help=text)
    command.add_argument("list", type=Path, metavar="LIST", help="the list, up to 64 MiB")
    command.set_defaults(run=_run_sign)


def _run_sign(arguments: argparse.Namespace) -> int:
    """Sign it after a look at every part."""
    cli.refuse_folder(arguments.out)
    data = files.read(arguments.list, MAX_BLOB_BYTES)
    _read_list(arguments.list, data)
    body = publishing.manifest_body(data)
    if len(arguments.delta) > MAX_DELTAS:
        line = f"--delta: {MAX_DELTAS} are enough; gates with older lists fetch all of it"
        raise OperatorError(line)
    whole = hashlib.sha256(data).digest()
    shortcuts = []
    for path in arguments.delta:
        delta_data = files.read(path, MAX_BLOB_BYTES)
        delta = _read_delta(path, delta_data)
        if delta.result != whole:
            line = f"{path} makes another list than {arguments.list}; make it again with revocations delta"
            raise OperatorError(line)
        shortcuts.append({"base": delta.base.hex(), "blob": publishing.manifest_body(delta_data)["blob"]})
    return sign(arguments, Kind.REVOCATIONS, body | ({"deltas": shortcuts} if shortcuts else {}))


def _read_list(path: Path, data: bytes) -> RevocationList:
    """Read a list whole."""
    found = revocation.open_list(data)
    if found is None or not found.undamaged():
        line = f"{path} is no list of revoked passes, or damaged; make one with gapura-ops revocations build"
        raise OperatorError(line)
    return found


def _read_delta(path: Path, data: bytes) -> Delta:
    """Read a delta."""
    found = revocation_delta.open_delta(data)
    if found is None:
        line = f"{path} is no delta; make one with gapura-ops revocations delta"
        raise OperatorError(line)
    return found


def _about(found: RevocationList, data: bytes) -> dict[str, object]:
    """Describe a list."""
    return {
        "bytes": len(data),
        "entries": {kind.value: section.entries for kind, section in found.sections.items()},
        "false_hit_rate": found.false_hit_rate,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _about_delta(found: Delta, data: bytes) -> dict[str, object]:
    """Describe a delta."""
    return {
        "base": found.base.hex(),
        "bytes": len(data),
        "come": found.come.entries,
        "gone": found.gone.entries,
        "result": found.result.hex(),
    }
