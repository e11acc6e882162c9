"""`pass present`: what the wallet of a holder does, once or every few seconds, for desks and tests.

It wraps a pass with this moment and a group of gates under the holder's key. It opens no authority: whoever has the
pass and its key can do this, and nobody else.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.passes import confirmation, gp1, presented
from firmware.passes.outcome import Presented
from firmware.signed import base45, cose, times
from provisioning import cli, files, holder_keys, moments
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

    from cryptography.hazmat.primitives.asymmetric import ec

    from provisioning.cli import Parser

    Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001  argparse gives this type no public name

_SUFFIXES: Final = (".txt", ".png", ".svg")
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_MODULE_PIXELS: Final = 8


def register(commands: Commands) -> None:
    """Describe `pass present`."""
    text = "Show a pass as the wallet of its holder does: one code, good for half a minute and once."
    command = commands.add_parser("present", help=text, description=text)
    command.set_defaults(run=_run)
    add = command.add_argument
    add("--pass", dest="shown", type=Path, required=True, metavar="F", help="the pass, as pass issue wrote it to F.txt")
    add("--key", type=Path, required=True, metavar="F", help="the holder's private key (P-256, PEM)")
    add("--group", required=True, metavar="G", help="for which gates: their area, or one of their groups")
    add("--at", metavar="T", help="the moment it is made for, like 2026-01-05T08:00+07:00 (default now)")
    add("--every", type=_seconds, metavar="S", help="go on with a new code every so many seconds, until Ctrl-C")
    add("--out", type=Path, metavar="F", help="F.txt, F.png or F.svg (default: draw on the terminal)")


def wrapped(code: str, key: ec.EllipticCurvePrivateKey, group: str, at: int) -> str:
    """Present a pass (its text) for a group at a Unix second; OperatorError where no gate could believe it."""
    packed = base45.decode(code.removeprefix("GP1:").encode()) if code.startswith("GP1:") else None
    message = None if packed is None else cose.parse(packed)
    claims = gp1.parse_claims(message.payload) if isinstance(message, cose.Sign1) else None
    if claims is None:
        line = "--pass: this is no pass; give the file that pass issue wrote with --out F.txt"
        raise OperatorError(line)
    if claims.holder_key is None:
        line = "--pass: it names no holder's key, so whoever has it can show it as it is; issue one with --holder-key"
        raise OperatorError(line)
    if claims.holder_key != confirmation.point_of(key.public_key()):
        line = "--key: this is not the key that the pass names; no gate would believe it"
        raise OperatorError(line)
    if _NAME.fullmatch(group) is None:
        line = f"--group: {group!r} is no name; use 1 to 64 of a-z, 0-9 and -"
        raise OperatorError(line)
    return presented.present(code, key, Presented(at, group))


def _run(arguments: argparse.Namespace) -> int:
    """Make one presentation, or a new one every few seconds until somebody ends it."""
    if arguments.every is None:
        return _once(arguments)
    if arguments.at is not None:
        line = "--every: a wallet shows the moment that it is; leave --at out"
        raise OperatorError(line)
    while True:
        if arguments.out is None and sys.stderr.isatty():
            sys.stderr.write("\x1b[2J\x1b[H")
        _once(arguments)
        time.sleep(arguments.every)


def _seconds(text: str) -> int:
    """Read how often a wallet changes its code: no faster than seconds go by, no slower than codes grow old."""
    number = int(text)
    if not 1 <= number <= presented.FRESH_S:
        raise ValueError(text)
    return number


def _once(arguments: argparse.Namespace) -> int:
    """Make one presentation."""
    out: Path | None = arguments.out
    if out is not None:
        cli.refuse_folder(out)
        cli.refuse_suffix(out, _SUFFIXES)
    at = cli.now() if arguments.at is None else moments.parse(arguments.at, "--at").seconds
    text = files.read(arguments.shown, gp1.MAX_CODE_BYTES + 1).decode("utf-8", "replace").removesuffix("\n")
    code = wrapped(text, holder_keys.read_private(arguments.key), arguments.group, at)
    cli.answer(
        {
            "at": times.render(at),
            "group": arguments.group,
            "letters": len(code),
            "out": None if out is None else str(out),
            "sha256": hashlib.sha256(code.encode("ascii")).hexdigest(),
            "version": _drawn(code, out),
        }
    )
    return 0


def _drawn(code: str, out: Path | None) -> int:
    """Write the code to its file, or draw it on the terminal; returns the version of its QR symbol."""
    from provisioning.printing import card  # noqa: PLC0415  drawing is what only this command needs

    symbol = card.symbol(code)
    if out is None:
        symbol.terminal(out=sys.stderr, border=card.QUIET_MODULES, compact=True)
    elif out.suffix.lower() == ".txt":
        files.write(out, code.encode("ascii") + b"\n", files.PRIVATE)
    else:
        drawing = io.BytesIO()
        symbol.save(drawing, kind=out.suffix.lower()[1:], scale=_MODULE_PIXELS, border=card.QUIET_MODULES)
        files.write(out, drawing.getvalue(), files.PRIVATE)
    return int(symbol.version)
