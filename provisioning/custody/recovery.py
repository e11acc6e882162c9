"""`authority recovery` and `authority recover`: the root's key to one sheet of paper, and back from a picture of it.

What the code says is decided by `recovering.py`, what the page looks like by `sheet.py`. Pictures are read by the
gate's own reader.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json
from provisioning import cli, files, moments
from provisioning.custody import recovering
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.cli import Parser

SUFFIXES: Final = (".pdf", ".png", ".txt")
MOST_BYTES: Final = 64 << 20


def describe(command: Parser) -> None:
    """Add the arguments of `recovery`."""
    text = "the sheet: F.pdf or F.png to print, F.txt for the code alone"
    command.add_argument("--out", type=Path, required=True, metavar="F", help=text)


def describe_back(command: Parser) -> None:
    """Add the arguments of `recover`."""
    add = command.add_argument
    add("sheet", type=Path, metavar="SHEET", help="a picture of the sheet, or a text file with its code")
    add("--dir", type=Path, required=True, metavar="D", help="the authority's folder, or a new one")
    cli.add_passphrase(command)


def run(arguments: argparse.Namespace) -> int:
    """Print a sheet."""
    out: Path = arguments.out
    cli.refuse_folder(out)
    if out.suffix.lower() not in SUFFIXES:
        line = f"--out: {out} must end in {', '.join(SUFFIXES)}"
        raise OperatorError(line)
    opened = cli.open_authority(arguments)
    sheet = recovering.sheet_of(opened, arguments.root_key or opened.folder / "root.key")
    files.write(out, _drawn(sheet, out.suffix.lower()), files.PRIVATE)
    _say(f"print {out}, have two people sign it, keep it in a safe apart from the passphrase, and delete the file")
    _say("try it once before you need it: gapura-ops authority recover PICTURE --dir NEW")
    cli.answer({"fingerprint": recovering.fingerprint(sheet.about.root), "out": str(out)})
    return 0


def run_back(arguments: argparse.Namespace) -> int:
    """Bring a root back."""
    sheet = recovering.decode(_code(arguments.sheet))
    passphrase = cli.ask_passphrase(arguments.passphrase_file, sheet.about.name, encrypted=True)
    if passphrase is None:
        line = "the sheet's key is encrypted; give its passphrase with --passphrase-file"
        raise OperatorError(line)
    folder: Path = arguments.dir
    done = recovering.restore(sheet, passphrase, folder)
    _say(f"{done}; gapura-ops authority status --dir {folder} says which roles have to be rotated")
    _say("where gates have heard the root speak, put its newest authority.cose there: a backup or the broker has it")
    root = strict_json.to_base64url(sheet.about.root)
    cli.answer({"dir": str(folder), "fingerprint": recovering.fingerprint(sheet.about.root), "root": root})
    return 0


def _drawn(sheet: recovering.Sheet, suffix: str) -> bytes:
    """Draw a sheet in the form that a file's suffix names."""
    if suffix == ".txt":
        return recovering.encode(sheet).encode("ascii") + b"\n"
    from provisioning.custody import sheet as layout  # noqa: PLC0415  drawing is what only this command needs
    from provisioning.printing import paper  # noqa: PLC0415  the same

    day = moments.Moment(sheet.about.created).local().date().isoformat()
    page = layout.page(sheet, day)
    return paper.png(page) if suffix == ".png" else paper.pdf([page], sheet.about.created, "Gapura")


def _code(path: Path) -> bytes:
    """Find the code of a sheet in a picture or a text file; raises OperatorError."""
    from hw.reader import decoders, images  # noqa: PLC0415  only this command reads pictures

    data = files.read(path, MOST_BYTES)
    if data.startswith(b"%PDF-"):
        line = f"{path} is a PDF, which is not read; print it and take a picture, or name the picture"
        raise OperatorError(line)
    if not images.is_image(data):
        return data.removesuffix(b"\n").removesuffix(b"\r")
    decoder = decoders.build("auto", thorough=True)
    try:
        codes = [one.data for one in decoder.decode(images.load(data))]
    except images.ImageError as error:
        line = f"{path} begins like a picture but cannot be opened as one; take another"
        raise OperatorError(line) from error
    finally:
        decoder.close()
    found = next((code for code in codes if code.startswith(recovering.PREFIX)), None)
    if found is None:
        line = f"{path} shows no code of a recovery sheet; take the picture closer, in good light, of one code alone"
        raise OperatorError(line)
    return found


def _say(line: str) -> None:
    sys.stderr.write(f"gapura-ops: {line}\n")
