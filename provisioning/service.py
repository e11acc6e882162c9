"""`service-card` and `commissioning verify`: sending a technician to a door, and proving what was found there.

A card is a command for named gates, good for a day at most, read back by the gate's own reader before it leaves. A
record proves itself by the certificate it encloses, under the device CA that is named here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from firmware.doctor import card, report
from firmware.doctor.card import Card
from firmware.events import Instant
from firmware.signed import times
from firmware.signed.device import DeviceRefusal, Said, open_said
from firmware.signed.envelope import Kind
from provisioning import cli, documents, files, operators
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups
    from provisioning.documents import Sealed

SUFFIXES: Final = (".png", ".svg", ".pdf", ".txt")
_HOUR_S: Final = 3600
_SPAN: Final = re.compile(r"([1-9][0-9]?)h\Z", re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}\Z", re.ASCII)


def register(groups: Groups) -> None:
    """Add the commands."""
    _service_card(groups)
    _verify(groups)


def hours(text: str) -> int:
    """Read a span like `8h` as seconds, a day at most."""
    found = _SPAN.match(text)
    if found is None or int(found[1]) * _HOUR_S > card.LONGEST_S:
        raise ValueError(text)
    return int(found[1]) * _HOUR_S


def _service_card(groups: Groups) -> None:
    """Describe `service-card`."""
    text = "Make a card that starts a service at a gate; it opens no door."
    command = groups.add_parser("service-card", help="make a technician's card", description=text)
    whose = command.add_mutually_exclusive_group(required=True)
    whose.add_argument("--dir", type=Path, metavar="D", help="the authority's folder, whose key signs")
    whose.add_argument(
        "--operator", type=Path, metavar="D", help=f"or an operator's, who may make cards ({card.RIGHT})"
    )
    cli.add_passphrase(command)
    add = command.add_argument
    add("--gates", type=cli.names, required=True, metavar="G,H", help="at which gates (or _group/H, or *)")
    add("--technician", required=True, metavar="ID", help="who walks: an id of a-z, 0-9 and -, never a name")
    add("--for", dest="valid_s", type=hours, default=8 * _HOUR_S, metavar="8h", help="how long, 24h at most")
    add("--out", type=Path, required=True, metavar="F", help=f"the file to write: F{', F'.join(SUFFIXES)}")
    command.set_defaults(run=_make)


def _make(arguments: argparse.Namespace) -> int:
    """Make one card."""
    out: Path = arguments.out
    cli.refuse_folder(out)
    if out.suffix.lower() not in SUFFIXES:
        line = f"--out: {out} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise OperatorError(line)
    if _NAME.match(arguments.technician) is None:
        line = f"--technician: {arguments.technician!r} is no id; use 1 to 64 of a-z, 0-9 and -"
        raise OperatorError(line)
    now = cli.now()
    sealed, issuer = _signed(arguments, {"op": "service", "technician": arguments.technician}, now)
    code = card.encode(sealed.data)
    _read_back(code, sealed, now)
    drawn = _drawn(code, sealed, arguments.technician, issuer, out.suffix.lower())
    files.write(out, drawn, files.PRIVATE)
    if sealed.document.expires < now + arguments.valid_s:
        cli.warn("the card ends earlier than was asked, as the key that signs it does; see gapura-ops authority status")
    sys.stderr.write("gapura-ops: hold it before the reader outside; it starts a service and opens nothing\n")
    cli.answer(
        {
            "digest": sealed.document.digest,
            "expires": times.render(sealed.document.expires),
            "gates": list(arguments.gates),
            "out": str(out),
            "technician": arguments.technician,
            "version": sealed.document.version,
        }
    )
    return 0


def _signed(arguments: argparse.Namespace, body: dict[str, object], now: int) -> tuple[Sealed, str]:
    """Sign with the authority's key or an operator's, and say in whose name."""
    valid_s, audience = arguments.valid_s, tuple(arguments.gates)
    if arguments.operator is None:
        authority = cli.open_authority(arguments)
        sealed = documents.seal(authority, Kind.COMMAND, body, now=now, valid_s=valid_s, audience=audience)
        return sealed, authority.name
    operator = operators.open_operator(arguments.operator)
    if card.RIGHT not in operator.granted.ops:
        line = f"{operator.name} may make no cards: the warrant does not name {card.RIGHT}"
        raise OperatorError(line)
    signer = operators.unlock(operator, arguments.passphrase_file)
    return documents.seal_as(operator, signer, body, now=now, valid_s=valid_s, audience=audience), operator.name


def _read_back(code: str, sealed: Sealed, now: int) -> None:
    """Read a card as the first gate it is for would."""
    named = sealed.document.audience[0]
    gate = named if named != "*" and not named.startswith("_group/") else None
    if gate is None:
        return
    found = card.read(code.encode("ascii"), root=sealed.document.root, gate=gate, now=Instant(0, now, now, "desk"))
    if not isinstance(found, Card):
        line = f"a gate would not take this card: {found}"
        raise OperatorError(line)


def _drawn(code: str, sealed: Sealed, technician: str, issuer: str, suffix: str) -> bytes:
    """Draw the card in the form that the suffix names."""
    from provisioning.printing import page, words  # noqa: PLC0415  drawing is what only this needs

    document = sealed.document
    said = words.describe_card(technician, document.audience, document.expires, issuer)
    return page.render_card(code, said, document.issued, suffix)


def _verify(groups: Groups) -> None:
    """Describe `commissioning verify`."""
    text = "Prove a commissioning record and say how each step ended."
    parser = groups.add_parser("commissioning", help="verify: prove what was found at a door", description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("verify", help=text, description=text)
    command.add_argument("record", type=Path, metavar="F", help="commissioning-N.cose from a gate's state folder")
    command.add_argument("--ca", type=Path, required=True, metavar="F", help="device-ca.crt")
    command.set_defaults(run=_prove)


def _prove(arguments: argparse.Namespace) -> int:
    """Prove one record; 0 if it is what a gate under this CA signed, whatever was found there."""
    path: Path = arguments.record
    try:
        cas = x509.load_pem_x509_certificates(files.read(arguments.ca))
    except ValueError as error:
        line = f"{arguments.ca} is no certificate in PEM; name the device CA's device-ca.crt"
        raise OperatorError(line) from error
    said = open_said(files.read(path), cas, report.AAD)
    if isinstance(said, DeviceRefusal):
        line = f"{path} is not what a gate under {arguments.ca} signed: {said.value}"
        raise OperatorError(line, exit_code=FAILED)
    record = _record_of(said)
    if isinstance(record, str):
        line = f"{path} is signed by {said.gate} and proves nothing: {record}"
        raise OperatorError(line, exit_code=FAILED)
    summary = report.summary(record.steps)
    counts = {"ok": summary.ok, "fail": summary.fail, "skipped": summary.skipped}
    cli.answer(record.model_dump(mode="json") | counts | {"passed": summary.passed, "failed": list(summary.failed)})
    return 0


def _record_of(said: Said) -> report.Record | str:
    """Read the record a gate signed, and say why it is none of its own or of its certificate's time."""
    record = report.read_record(said.payload)
    if record is None:
        return "it is no commissioning record"
    if record.gate != said.gate:
        return f"it speaks of {record.gate}"
    ended = None if record.ended is None else times.parse(record.ended)
    if ended is not None and not said.begins <= ended < said.ends:
        return "it was signed outside its certificate's time"
    return record
