"""`journal verify`: proving a copy of a gate's journal, or naming the first record that cannot be believed.

It reads a copy of the copy: nothing is written beside the file it is given, and whatever the bytes are, the answer is
one JSON line. What proves a chain is decided in `firmware/records/proof.py`.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from firmware.records import chain, schema
from firmware.records.copied import NoJournalError, copied
from firmware.records.entries import claimed, entries
from firmware.records.proof import Bad, Claim, Prover
from firmware.signed.device import open_said
from provisioning import cli, files
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from firmware.signed.device import DeviceRefusal, Said
    from provisioning.desk import Groups

_EXPECTED: Final = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})\Z", re.ASCII)


def register(groups: Groups) -> None:
    """Add the command."""
    text = "Prove a copy of a gate's journal complete and unaltered, or name the first bad record."
    parser = groups.add_parser("journal", help="verify: prove a gate's journal", description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("verify", help=text, description=text)
    add = command.add_argument
    add("journal", type=Path, metavar="F", help="a copy of journal.db, with journal.db-wal beside it if there was one")
    add("--ca", type=Path, metavar="F", help="device-ca.crt: believe only what the gate has signed")
    text = (
        "a record's number and the chain's hash after it, seen elsewhere (a checkpoint at the broker); may be repeated"
    )
    add("--expect", type=expected, action="append", default=[], metavar="SEQ:HASH", help=text)
    add("--json", action="store_true", help="no words for people beside the JSON line")
    command.set_defaults(run=_verify)


def expected(text: str) -> tuple[int, bytes]:
    """Read a number and a hash."""
    found = _EXPECTED.match(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]), bytes.fromhex(found[2])


def _verify(arguments: argparse.Namespace) -> int:
    """Verify one copy; 0 if it is proven as far as a file can be, 1 if not, 2 if it cannot be read at all."""
    path: Path = arguments.journal
    opened = None if arguments.ca is None else _opener(arguments.ca)
    wanted = dict(arguments.expect)
    try:
        with copied(path) as copy:
            found = verify(copy, wanted, opened)
    except NoJournalError as error:
        raise OperatorError(str(error)) from error
    if not arguments.json:
        for line in _words(found, signed=opened is not None):
            sys.stderr.write(f"gapura-ops: {line}\n")
    cli.answer(found)
    return 0 if found["ok"] else FAILED


def verify(
    path: Path, wanted: Mapping[int, bytes], opened: Callable[[bytes], Said | DeviceRefusal] | None
) -> dict[str, object]:
    """Prove the journal at `path`, which may be written to, and word the answer; never raises for any bytes."""
    prover = Prover(Claim("", "", 0, b""), wanted, opened)
    try:
        schema.check_header(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 22)
            connection.text_factory = schema.as_text
            claim = claimed(connection)
            if isinstance(claim, Claim):
                prover = Prover(claim, wanted, opened)
                prover.prove(entries(connection))
            else:
                prover.bad = Bad(None, claim)
    except schema.DamagedError as damage:
        prover.bad = Bad(None, damage.cause)
    except (*schema.READ_ERRORS, OverflowError):
        prover.bad = Bad(prover.last + 1 if prover.claim.gate else None, schema.Damage.UNREADABLE)
    return _answer(prover)


def _answer(prover: Prover) -> dict[str, object]:
    signed, bad = prover.signed_up_to, prover.bad
    return {
        "ok": bad is None,
        "gate": prover.claim.gate,
        "epoch": prover.claim.epoch,
        "first": prover.claim.seq + 1,
        "last": prover.last,
        "head": f"{prover.last}:{prover.hash.hex()}",
        "records": prover.records,
        "erased": prover.erased,
        "gaps": prover.gaps,
        "checkpoints": prover.checkpoints,
        "signed_up_to": signed,
        "unsigned_tail": prover.last - (signed or prover.claim.seq),
        "bad": None if bad is None else {"seq": bad.seq, "why": str(bad.why)},
    }


def _words(found: Mapping[str, object], *, signed: bool) -> list[str]:
    """Say the same for people, with what it does not prove."""
    bad = found["bad"]
    if isinstance(bad, dict):
        where = "the file" if bad["seq"] is None else f"record {bad['seq']}"
        return [f"not proven: {where} cannot be believed ({bad['why']}); see firmware/records/README.md"]
    lines = [f"records {found['first']} to {found['last']} of {found['gate']} follow from each other, none is missing"]
    if signed:
        lines.append(f"signed by the gate up to {found['signed_up_to']}")
    else:
        lines.append("no signature was looked at: whoever could write the file could make it anew; use --ca")
    if found["unsigned_tail"]:
        lines.append(
            f"the last {found['unsigned_tail']} are not signed: an end that was cut off does not show; use --expect"
        )
    return lines


def _opener(ca: Path) -> Callable[[bytes], Said | DeviceRefusal]:
    try:
        cas = x509.load_pem_x509_certificates(files.read(ca))
    except ValueError as error:
        line = f"{ca} is no certificate in PEM; name the device CA's device-ca.crt"
        raise OperatorError(line) from error
    return partial(open_said, cas=cas, aad=chain.CHECKPOINT_AAD)
