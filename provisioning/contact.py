"""`contact key | open`: the health office's key, and reading the contact references that gates sealed to it.

The key never leaves the office; gates and desks have its public half, in the policy. What opens names a pass and who
issued it, and only that issuer knows whose it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from firmware.records.wire import ROOT, valid_id
from firmware.signed import sealing, strict_json
from firmware.signed.contact import mark, open_contact
from firmware.signed.office import Office, open_office
from firmware.trust.loading import Loaded, load_envelope
from provisioning import cli, files, vault
from provisioning.authority import read_json
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

    from provisioning.desk import Groups

TYPE: Final = "gapura.contact.v1"
MAX_LINE_BYTES: Final = 128 * 1024


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "key, open: contact references that the health office alone can read"
    parser = groups.add_parser("contact", help=text, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "Make the health office's key, and print the public half for the policy."
    command = commands.add_parser("key", help=text, description=text)
    command.add_argument(
        "--out", type=Path, required=True, metavar="F", help="the file to write; it stays at the office"
    )
    cli.add_passphrase(command)
    command.set_defaults(run=_make)
    text = "Open the contact references in events, one JSON line each."
    command = commands.add_parser("open", help=text, description=text)
    command.add_argument("--key", type=Path, required=True, metavar="F", help="the office's key")
    command.add_argument("--trust", type=Path, metavar="F", help="a signed trust list, to name the issuers")
    cli.add_passphrase(command)
    text = "events as lines, also with their topic before them (default: stdin)"
    command.add_argument("events", type=Path, nargs="*", metavar="EVENTS", help=text)
    command.set_defaults(run=_open)


def _make(arguments: argparse.Namespace) -> int:
    """Make a key; one that is there is never replaced."""
    out: Path = arguments.out
    cli.refuse_folder(out)
    if out.exists():
        line = f"{out} is there and stays as it is: without it nothing that was sealed to it opens; name a new file"
        raise OperatorError(line)
    passphrase = cli.new_passphrase_from(arguments.passphrase_file)
    key = ec.generate_private_key(ec.SECP256R1())
    stretching = None if passphrase is None else vault.new_stretching()
    protection: KeySerializationEncryption = NoEncryption()
    if passphrase is not None and stretching is not None:
        protection = BestAvailableEncryption(vault.stretch(passphrase, stretching))
    else:
        cli.warn("the key is not encrypted: whoever copies it reads every contact reference; use --passphrase-file")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    office = Office(format=1, stretching=stretching, key=pem.decode("ascii"))
    files.write(out, office.model_dump_json().encode() + b"\n", files.PRIVATE)
    cli.answer({"encrypted": passphrase is not None, "health_office": sealing.write_public(key.public_key())})
    return 0


def _open(arguments: argparse.Namespace) -> int:
    """Open what can be opened; 1 if a contact reference was not for this key."""
    key = _key(arguments.key, cli.passphrase_from(arguments.passphrase_file))
    issuers = {} if arguments.trust is None else _issuers(arguments.trust)
    shut = 0
    for event in _contacts(arguments.events):
        said = _opened(event, key, issuers)
        if said is None:
            shut += 1
        else:
            cli.answer(said)
    if shut:
        sys.stderr.write(f"gapura-ops: {shut} contact references are not sealed to this key, or were altered\n")
    return FAILED if shut else 0


def _opened(
    event: dict[str, object], key: ec.EllipticCurvePrivateKey, issuers: dict[bytes, str]
) -> dict[str, object] | None:
    """Open one event; None if its reference does not open."""
    data = event.get("data")
    gate = str(event.get("source")).removeprefix(f"/{ROOT}/")
    sealed = data.get("contact") if isinstance(data, dict) else None
    found = open_contact(sealed, key, gate) if isinstance(sealed, str) and valid_id(gate) else None
    if found is None or not isinstance(data, dict):
        return None
    said = {name: data.get(name) for name in ("direction", "reader", "subject")}
    named = {"issuer": found.issuer.hex(), "issuer_name": issuers.get(found.issuer), "reference": found.reference}
    return {"gate": gate, "id": event.get("id"), "time": event.get("time")} | said | named


def _contacts(paths: list[Path]) -> Iterator[dict[str, object]]:
    """Read the events that are contact references; all other lines are passed over."""
    if not paths:
        yield from _of_lines(sys.stdin.buffer.read().splitlines())
    for path in paths:
        yield from _of_lines(files.read(path, 1 << 30).splitlines())


def _of_lines(lines: list[bytes]) -> Iterator[dict[str, object]]:
    for line in lines:
        begins = line.find(b"{")
        if begins < 0 or len(line) > MAX_LINE_BYTES:
            continue
        event = strict_json.parse(line[begins:])
        if event is not None and event.get("type") == TYPE:
            yield event


def _key(path: Path, passphrase: bytes | None) -> ec.EllipticCurvePrivateKey:
    """Open the office's key."""
    key = open_office(read_json(path, Office), passphrase)
    if isinstance(key, str):
        line = f"{path} {key}"
        raise OperatorError(line)
    return key


def _issuers(path: Path) -> dict[bytes, str]:
    """Read which issuer has which key, for names; whose list it is the operator vouches for."""
    loaded = load_envelope(files.read(path), root=None, gate=None, now=None)
    if not isinstance(loaded, Loaded):
        line = f"{path}: {loaded.line}"
        raise OperatorError(line)
    return {mark(key.key_id): key.issuer for key in loaded.trust.keys}
