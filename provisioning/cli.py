"""What every command of the operations desk shares: how arguments are described, checked and answered.

A command is a function from parsed arguments to an exit code; its answer is one JSON line on stdout. Passphrases come
from a file, or from the keyboard where there is one; nothing asks a question of a program.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from provisioning import authority, vault
from provisioning.mistake import USAGE, OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from enum import StrEnum

    from provisioning.authority import Authority


class Parser(argparse.ArgumentParser):
    """An argument parser whose refusal is one line that says where help is."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line and leave with the exit code for usage."""
        told = message.replace(": invalid _", ": invalid ")  # a type is called by its function, which is private here
        self.exit(USAGE, f"{self.prog}: {told}; see {self.prog} --help\n")


def warn(line: str, program: str = "gapura-ops") -> None:
    """Tell the operator something that does not stop the command."""
    sys.stderr.write(f"{program}: warning: {line}\n")


def answer(values: Mapping[str, object] | Sequence[Mapping[str, object]]) -> None:
    """Print the command's answer: one JSON line with sorted keys, in which no letter moves a terminal's cursor.

    What is not printable can stand in a string only, where its escape means the same.
    """
    line = json.dumps(values, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in line) + "\n")
    sys.stdout.flush()


def end_as_by_hand() -> None:
    """Let a service manager's SIGTERM and a closed terminal end this program as Ctrl-C does: in order, nothing left."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # whoever runs it under nohup means it
            signal.signal(number, signal.default_int_handler)


def now() -> int:
    """Read this machine's clock, in Unix seconds; the desk's clock is what documents are dated by."""
    return int(time.time())


def user() -> str:
    """Name whoever runs this, for what is written down: the login name, or its number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def days(text: str) -> int:
    """Read a number of days, from 1 to a hundred years."""
    number = int(text)
    if not 1 <= number <= 36_525:  # noqa: PLR2004  a hundred years
        raise ValueError(text)
    return number


def one_of(known: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Read one word of a closed list; whoever types another is told which there are."""

    def read(text: str) -> StrEnum:
        try:
            return known(text)
        except ValueError:
            line = f"{text!r} is not known; use {', '.join(known)}"
            raise argparse.ArgumentTypeError(line) from None

    return read


def names(text: str) -> tuple[str, ...]:
    """Read names separated by commas."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise ValueError(text)
    return found


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the options by which every command finds and opens the authority."""
    parser.add_argument("--dir", type=Path, required=True, metavar="D", help="the authority's folder")
    add_passphrase(parser)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the passphrase's file."""
    text = "a file that holds the passphrase of the keys on one line"
    parser.add_argument("--passphrase-file", type=Path, metavar="F", help=text)


def passphrase_from(path: Path | None, program: str = "gapura-ops") -> bytes | None:
    """Read the passphrase from its file, if one is named, and say when others can read it too."""
    if path is None:
        return None
    passphrase = vault.read_passphrase(path)
    if vault.readable_by_others(path):
        warn(f"{path} can be read by other users; make it yours alone with chmod 600", program)
    return passphrase


def new_passphrase_from(path: Path | None, program: str = "gapura-ops") -> bytes | None:
    """Read the passphrase that new keys will be encrypted with; one that is soon guessed is refused."""
    passphrase = passphrase_from(path, program)
    if passphrase is not None and len(passphrase.decode("utf-8", "replace")) < vault.MIN_PASSPHRASE:
        line = f"{path} holds fewer than {vault.MIN_PASSPHRASE} characters; a passphrase of some words is better"
        raise OperatorError(line)
    return passphrase


def open_authority(arguments: argparse.Namespace) -> Authority:
    """Open the authority that the arguments name, asking for its passphrase only at a keyboard."""
    folder: Path = arguments.dir
    passphrase = ask_passphrase(arguments.passphrase_file, str(folder), encrypted=authority.is_encrypted(folder))
    return authority.open_authority(folder, passphrase)


def ask_passphrase(path: Path | None, whose: str, *, encrypted: bool) -> bytes | None:
    """Read a passphrase from its file, or ask for it at a keyboard, and only where one is needed."""
    passphrase = passphrase_from(path)
    if passphrase is None and encrypted and sys.stdin.isatty():
        passphrase = getpass.getpass(f"Passphrase of {whose}: ").encode("utf-8") or None
    return passphrase


def refuse_suffix(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse to write a file whose name ends in none of these."""
    if path.suffix.lower() not in suffixes:
        line = f"--out: {path} must end in {', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise OperatorError(line)


def refuse_folder(path: Path) -> None:
    """Refuse to write a document over a folder or into one that is not there."""
    if path.is_dir() or not path.parent.is_dir():
        line = f"--out: {path} must be a file in a folder that exists"
        raise OperatorError(line)
