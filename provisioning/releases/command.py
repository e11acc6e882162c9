"""`release init | add | sign | timestamp | rotate | status`: what gates may install, and the order to do so.

Each describes its arguments and calls the part that does the work. A repository vouches for what there is; the signed
order of the `updates` role says what shall run where.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json, times
from firmware.signed.envelope import EVERYONE, Kind
from firmware.updating.order import Order
from firmware.updating.release import PATTERN, rank, target
from provisioning import cli, documents, files, moments
from provisioning.mistake import FAILED, OperatorError
from provisioning.releases import building, keys
from provisioning.releases.repository import SOON_DAYS, Repository, Thresholds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from provisioning.cli import Parser
    from provisioning.desk import Groups

_MOST_KEYS: Final = 8
_MACHINES: Final = ("aarch64", "armv7l", "x86_64")


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "init, add, sign, timestamp, rotate, status: releases of the firmware, and the order to run one"
    parser = groups.add_parser("release", help=text, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _init(commands)
    _add(commands)
    _sign(commands)
    _timestamp(commands)
    _rotate(commands)
    _status(commands)


def _command(commands: Groups, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    cli.add_folder(command)
    return command


def _in_repository(command: Parser) -> None:
    """Add what every command on a repository takes."""
    add = command.add_argument
    add("--repository", type=Path, required=True, metavar="R", help="the folder that a web server or a stick brings")
    add("--keys", type=Path, action="append", default=[], metavar="K", help="another folder with keys; repeatable")


def _open(arguments: argparse.Namespace) -> Repository:
    """Open the repository with the authority's keys and those that were brought."""
    authority = cli.open_authority(arguments)
    places = (keys.folder_of(authority), *arguments.keys)
    return Repository(arguments.repository, authority, places, cli.now())


def _several(text: str) -> Thresholds:
    """Read `K/N`: how many of how many keys sign."""
    match = re.fullmatch(r"([1-9])/([1-9])", text)
    if match is None or int(match[1]) > int(match[2]) or int(match[2]) > _MOST_KEYS:
        raise ValueError(text)
    return Thresholds(int(match[2]), int(match[1]))


def _version(text: str) -> str:
    """Read a version."""
    if re.fullmatch(PATTERN, text) is None:
        raise ValueError(text)
    return text


def _python(text: str) -> tuple[int, int]:
    """Read a minor version of Python."""
    match = re.fullmatch(r"3\.([1-9][0-9])", text)
    if match is None:
        raise ValueError(text)
    return 3, int(match[1])


def _init(commands: Groups) -> None:
    """Describe `release init`."""
    command = _command(commands, "init", _run_init, "Make a repository of releases and its keys.")
    _in_repository(command)
    text = "how many of how many keys sign for this role (default 1/1)"
    command.add_argument("--root", type=_several, default=Thresholds(), metavar="K/N", help=text)
    command.add_argument("--targets", type=_several, default=Thresholds(), metavar="K/N", help=text)


def _run_init(arguments: argparse.Namespace) -> int:
    """Make keys and a repository."""
    repository = _open(arguments)
    try:
        with repository.alone():
            root = repository.found({"root": arguments.root, "targets": arguments.targets})
    except OSError as error:
        raise _failed(arguments.repository, error) from error
    several = {role: len(one.keyids) for role, one in root.roles.items()}
    pin = str(repository.metadata / "1.root.json")
    cli.answer({"keys": several, "pin": pin, "repository": str(arguments.repository)})
    return 0


def _add(commands: Groups) -> None:
    """Describe `release add`."""
    command = _command(commands, "add", _run_add, "Take a release into the repository and vouch for it.")
    _in_repository(command)
    add = command.add_argument
    add("--version", type=_version, required=True, metavar="V", help="its number, as the release itself says")
    add("--machine", choices=_MACHINES, required=True, metavar="M", help=f"the board's: {', '.join(_MACHINES)}")
    add("--python", type=_python, required=True, metavar="3.N", help="the board's Python: 3.11 or 3.13")
    add("folder", type=Path, metavar="FOLDER", help="the release's folder, with its .venv at its final place inside")


def _run_add(arguments: argparse.Namespace) -> int:
    """Build the file and add it."""
    repository = _open(arguments)
    path = target(arguments.version, arguments.machine, arguments.python)
    try:
        with repository.alone(), tempfile.TemporaryDirectory(dir=arguments.repository, prefix=".adding.") as place:
            file = Path(place) / "artefact"
            with file.open("wb") as out:
                unpacked = building.build(arguments.folder, out)
                out.flush()
            file.chmod(files.PUBLIC)
            made = repository.add(path, file, unpacked)
    except OSError as error:
        raise _failed(arguments.repository, error) from error
    said = {"bytes": made.length, "release": arguments.version, "sha256": made.hashes["sha256"]}
    cli.answer(said | {"target": path, "unpacked": unpacked})
    return 0


def _sign(commands: Groups) -> None:
    """Describe `release sign`."""
    text = "Sign the order to run a release; bring it with gapura-ops doc publish."
    command = _command(commands, "sign", _run_sign, text)
    add = command.add_argument
    add("--release", type=_version, required=True, metavar="V", help="which release shall run")
    add("--from", dest="repository", required=True, metavar="URL", help="where it is: https://... or file:///...")
    add(
        "--window",
        metavar="HH:MM-HH:MM",
        help="at which local hours it may be switched to, or `any` (default the gate's)",
    )
    add("--not-before", metavar="T", help="not before this moment, like 2026-01-05T22:00+07:00")
    add("--audience", type=cli.names, default=(EVERYONE,), metavar="G,_group/H", help="whose it is (default everyone)")
    add("--valid-days", type=cli.days, default=90, metavar="N", help="how long it holds (default %(default)s)")
    add("--out", type=Path, required=True, metavar="F", help="the file to write")


def _run_sign(arguments: argparse.Namespace) -> int:
    """Sign an order that a gate takes."""
    cli.refuse_folder(arguments.out)
    body: dict[str, object] = {"release": arguments.release, "repository": arguments.repository}
    body |= {} if arguments.window is None else {"window": arguments.window}
    if arguments.not_before is not None:
        body["not_before"] = times.render(moments.parse(arguments.not_before, "--not-before").seconds)
    found = strict_json.read_as(body, Order)
    if isinstance(found, tuple):
        raise OperatorError(*(f"the order: {line}" for line in found))
    authority = cli.open_authority(arguments)
    valid_s = arguments.valid_days * documents.DAY_S
    sealed = documents.seal(authority, Kind.UPDATE, body, now=cli.now(), valid_s=valid_s, audience=arguments.audience)
    files.write(arguments.out, sealed.data)
    document = sealed.document
    said = {"digest": document.digest, "expires": times.render(document.expires), "kind": document.kind.value}
    cli.answer(said | {"out": str(arguments.out), "release": arguments.release, "version": document.version})
    return 0


def _timestamp(commands: Groups) -> None:
    """Describe `release timestamp`."""
    text = "Say anew that this is the newest state; from a timer each week, since it ends after 30 days."
    _in_repository(_command(commands, "timestamp", _run_timestamp, text))


def _run_timestamp(arguments: argparse.Namespace) -> int:
    """Renew the timestamp."""
    repository = _open(arguments)
    with repository.alone():
        left = repository.renew()
    _warn(left)
    cli.answer({"days": left})
    return 0


def _rotate(commands: Groups) -> None:
    """Describe `release rotate`."""
    command = _command(
        commands, "rotate", _run_rotate, "Give a role of the repository new keys; the old ones count no more."
    )
    _in_repository(command)
    command.add_argument("role", choices=keys.ROLES, metavar="ROLE", help=", ".join(keys.ROLES))


def _run_rotate(arguments: argparse.Namespace) -> int:
    """Rotate."""
    repository = _open(arguments)
    with repository.alone():
        root = repository.rotate(arguments.role)
    cli.answer({"role": arguments.role, "root": root.version})
    return 0


def _status(commands: Groups) -> None:
    """Describe `release status`."""
    text = "List releases, newest last, and how long each role still holds."
    command = commands.add_parser("status", help=text, description=text)
    command.set_defaults(run=_run_status)
    command.add_argument("--repository", type=Path, required=True, metavar="R", help="the folder of the repository")


def _run_status(arguments: argparse.Namespace) -> int:
    """List, and exit 1 if something ends within 60 days, the timestamp within 7."""
    repository = Repository(arguments.repository, None, (), cli.now())
    targets, left = repository.targets(), repository.left()
    for path, one in sorted(targets.targets.items(), key=lambda each: (rank(each[0].partition("/")[0]), each[0])):
        cli.answer(
            {"bytes": one.length, "release": path.partition("/")[0], "sha256": one.hashes["sha256"], "target": path}
        )
    cli.answer({"days": left, "root": repository.root().version})
    return FAILED if _warn(left) else 0


def _warn(left: dict[str, int]) -> bool:
    """Say what ends soon."""
    soon = {role: days for role, days in left.items() if days < (7 if role == "timestamp" else SOON_DAYS)}
    for role, days in soon.items():
        remedy = "gapura-ops release rotate root" if role == "root" else "gapura-ops release timestamp"
        cli.warn(f"the repository's {role} ends in {days} days; gates take nothing new after that: {remedy}")
    return bool(soon)


def _failed(folder: Path, error: OSError) -> OperatorError:
    """Say that a folder cannot be used."""
    return OperatorError(
        f"{folder}: {error.strerror}; check the folder, its permissions and its free space", exit_code=FAILED
    )
