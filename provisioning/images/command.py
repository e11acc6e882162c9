"""`gapura-ops image`: what a card for new gates is made of. All cards are alike: who a gate is comes by its codes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import warrant
from firmware.signed.envelope import Document, Kind, open_envelope
from firmware.signed.words import way
from provisioning import cli, files
from provisioning.images import card, user_data
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups

HERE: Final = Path(__file__).parent
BOARDS: Final = HERE / "boards"
SYSTEM: Final = HERE / "system"
_MOST_MIB: Final = 1 << 20


def register(groups: Groups) -> None:
    """Add the commands."""
    group = groups.add_parser("image", help="make cards for new gates", description="Make cards for new gates.")
    commands = group.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=cli.Parser)
    text = "List the board files of this release: what is wired where, for common doors."
    boards = commands.add_parser("boards", help="list board files for common doors", description=text)
    boards.set_defaults(run=_boards)
    text = "Write cloud-init's user-data for a card: your root key, a board file, the read-only system. Nothing secret."
    told = commands.add_parser("user-data", help="write what a card tells a new board", description=text)
    add = told.add_argument
    add(
        "--root", type=Path, required=True, metavar="F", help="the authority's root.pub, which these gates will believe"
    )
    add("--board", required=True, metavar="B", help="a name from `image boards`, or a board file of your own")
    add("--releases-root", type=Path, metavar="F", help="the root of the releases' repository, for updates from afar")
    text = "what the root has said of its keys (authority.cose), so that new gates know what was taken back"
    add("--authority", type=Path, metavar="F", help=text)
    add("--ssh-key", type=Path, metavar="F", help="public keys that may log in; without them nobody can")
    add("--out", type=Path, required=True, metavar="F", help="the file to write")
    told.set_defaults(run=_user_data)
    text = "Make a card's image out of Raspberry Pi OS as it is published (unpacked). Needs no root."
    whole = commands.add_parser("card", help="make a card's image", description=text)
    add = whole.add_argument
    add("--image", type=Path, required=True, metavar="F", help="Raspberry Pi OS Lite, 64 bit, unpacked (.img)")
    add("--user-data", type=Path, required=True, metavar="F", help="what `image user-data` wrote")
    add("--deb", type=Path, action="append", required=True, metavar="F", help="a package to install; may be repeated")
    add("--root-mib", type=_mib, default=6144, metavar="N", help="room for the system (default %(default)s MiB)")
    add("--data-mib", type=_mib, default=1024, metavar="N", help="at least for the data (default %(default)s MiB)")
    add("--out", type=Path, required=True, metavar="F", help="the image to write")
    whole.set_defaults(run=_card)


def _mib(text: str) -> int:
    """Read a size in MiB."""
    number = int(text)
    if not 1 <= number <= _MOST_MIB:
        raise ValueError(text)
    return number


def _boards(_arguments: argparse.Namespace) -> int:
    """List the board files."""
    for path in sorted(BOARDS.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
        sides = sorted(str(one["side"]) for one in found["readers"].values())
        about = text.partition("\n")[0].removeprefix("# ").partition(". Pins")[0]
        cli.answer({"board": path.stem, "door": found["door"]["kind"], "readers": sides, "about": about})
    return 0


def _user_data(arguments: argparse.Namespace) -> int:
    """Write the user-data."""
    cli.refuse_folder(arguments.out)
    root = files.read(arguments.root)
    raw = warrant.parse_root(root)
    if raw is None:
        line = f"--root: {arguments.root} is no root key; it is the root.pub that `authority init` wrote"
        raise OperatorError(line)
    said = None if arguments.authority is None else _said(arguments.authority, raw)
    keys: list[str] = []
    if arguments.ssh_key is not None:
        found = user_data.public_keys(files.read(arguments.ssh_key).decode("utf-8", "replace"))
        if found is None:
            line = f"--ssh-key: {arguments.ssh_key} is no list of public keys; name the file that ends in .pub"
            raise OperatorError(line)
        keys = found
    releases = arguments.releases_root
    made = user_data.render(
        user_data.Card(
            root=root.decode("ascii"),
            board=_board(arguments.board),
            system={path.name: path.read_text(encoding="utf-8") for path in SYSTEM.iterdir()},
            keys=keys,
            releases_root=None if releases is None else files.read(releases).decode("utf-8"),
            authority=said,
        )
    )
    files.write(arguments.out, made.encode())
    cli.answer({"out": str(arguments.out), "bytes": len(made.encode()), "board": arguments.board, "logins": len(keys)})
    if not keys:
        cli.warn("without --ssh-key nobody can log in to these gates, not even to look at one that is stuck")
    return 0


def _said(path: Path, root: bytes) -> bytes:
    """Read what this root says of its keys, or one that it leads to."""
    data = files.read(path)
    opened = (open_envelope(one, Kind.AUTHORITY, root=root, gate=None, now=None) for one in way(data))
    if not any(isinstance(one, Document) for one in opened):
        line = f"--authority: {path} is not this root's word; name the authority.cose that gapura-ops authority wrote"
        raise OperatorError(line)
    return data


def _board(named: str) -> str:
    """Find a board file by its name here or by its path, and refuse one that says which gate it is."""
    path = BOARDS / f"{named}.toml" if re.fullmatch(r"[a-z0-9-]+", named) else Path(named)
    if not path.is_file():
        line = f"--board: there is no {named}; `gapura-ops image boards` lists those of this release"
        raise OperatorError(line)
    text = files.read(path).decode("utf-8", "replace")
    try:
        found = tomllib.loads(text)
    except ValueError as error:
        line = f"--board: {path}: {error}; mend the TOML there"
        raise OperatorError(line) from error
    if "id" in found.get("gate", {}):
        line = (
            f"--board: {path} says which gate it is; a board file leaves gate.id out, or every card would be that gate"
        )
        raise OperatorError(line)
    return text


def _card(arguments: argparse.Namespace) -> int:
    """Make an image."""
    cli.refuse_folder(arguments.out)
    for path in (arguments.image, arguments.user_data, *arguments.deb):
        if not path.is_file():
            line = f"cannot read {path}: there is no such file; check the path"
            raise OperatorError(line)
    if not files.read(arguments.user_data).startswith(user_data.HEADER.encode()):
        line = f"--user-data: {arguments.user_data} does not begin with #cloud-config; see gapura-ops image user-data"
        raise OperatorError(line)
    order = card.Order(
        arguments.image, arguments.out, arguments.user_data, arguments.deb, arguments.root_mib, arguments.data_mib
    )
    made = card.make(order)
    cli.answer({"out": str(order.out), "bytes": made.size, "root_bytes": made.root, "data_bytes": made.data})
    return 0
