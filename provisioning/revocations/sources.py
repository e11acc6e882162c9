"""What is revoked, as those who revoke write it: our own book, batches of the EU's gateway, lists of SMART issuers.

Each form is recognised by its content. Whether a foreign list is genuine is the business of whoever fetched it: what
is read here is believed, and what the desk signs afterwards is believed by gates.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from firmware.signed import times
from firmware.trust import revocation, revocation_ids, revocation_writing
from firmware.trust.revocation import FOR_GOOD
from firmware.trust.revocation_ids import HASH_BYTES, NameKind
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.trust.revocation_writing import Entries

MARGIN_S: Final = 7 * 86_400
"""So long after a pass of our own ended its entry stays: a gate's clock may be wrong by days, and is put right."""

_EU_TYPES: Final = {
    "UCI": NameKind.UCI,
    "COUNTRYCODEUCI": NameKind.COUNTRY_UCI,
    "SIGNATURE": NameKind.SIGNATURE,
}
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}\Z")
_RID: Final = re.compile(r"([A-Za-z0-9_-]{1,24})(?:\.([0-9]{1,10}))?\Z")


@dataclass(slots=True)
class Gathered:
    """Entries by kind, and how much was left out because it has ended anyway."""

    entries: defaultdict[NameKind, Entries] = field(default_factory=lambda: defaultdict(dict))
    ended: int = 0


def gather(path: Path, data: bytes, now: int, into: Gathered) -> None:
    """Read one file of any form known here; raises OperatorError with what is wrong and where."""
    if data.startswith(revocation.MAGIC):
        _list(path, data, into)
    elif (value := _json(data)) is None:
        _book(path, data, now, into)
    elif "rids" in value:
        _smart(path, value, into)
    elif "hashType" in value:
        _batch(path, value, now, into)
    else:
        _book(path, data, now, into)


def is_reference(text: object) -> bool:
    """Say whether this is the reference of a pass, as `pass issue` prints it."""
    return isinstance(text, str) and _REFERENCE.match(text) is not None


def _json(data: bytes) -> dict[str, object] | None:
    """Read one JSON object."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _list(path: Path, data: bytes, into: Gathered) -> None:
    """Take all of an earlier list over."""
    found = revocation.open_list(data)
    if found is None or not found.undamaged():
        line = f"{path}: the list is damaged; build it again"
        raise OperatorError(line)
    for kind, section in found.sections.items():
        for name, before in section:
            revocation_writing.add(into.entries[kind], name, before)


def _book(path: Path, data: bytes, now: int, into: Gathered) -> None:
    """Read references of our own passes, a JSON line each: of our book, or printed by `pass issue`."""
    for number, line in enumerate(data.splitlines(), 1):
        value = _json(line)
        reference = None if value is None else value.get("reference")
        expires = None if value is None else value.get("expires")
        ends = times.parse_written(expires) if isinstance(expires, str) else (FOR_GOOD, 0)
        if not isinstance(reference, str) or not is_reference(reference) or ends is None:
            said = (
                f"{path} line {number}: no reference of a pass; see gapura-ops revocations build --help for the forms"
            )
            raise OperatorError(said)
        if ends[0] + MARGIN_S <= now:
            into.ended += 1
        else:
            revocation_writing.add(into.entries[NameKind.CTI], bytes.fromhex(reference))


def _batch(path: Path, value: dict[str, object], now: int, into: Gathered) -> None:
    """Read a batch of the EU's revocation lists: `hashType`, `expires`, `entries` of base64 `hash`."""
    kind, entries, ends = _EU_TYPES.get(str(value["hashType"])), value.get("entries"), _moment(value.get("expires"))
    if kind is None or not isinstance(entries, list) or ends is None:
        line = f"{path}: hashType, expires or entries is not as the EU's batches have it; fetch the batch again"
        raise OperatorError(line)
    if ends <= now:
        into.ended += len(entries)
        return
    for number, entry in enumerate(entries, 1):
        name = _hash(entry.get("hash") if isinstance(entry, dict) else None)
        if name is None:
            line = f"{path}: entry {number} has no hash of {HASH_BYTES} bytes in base64; fetch the batch again"
            raise OperatorError(line)
        revocation_writing.add(into.entries[kind], name)


def _smart(path: Path, value: dict[str, object], into: Gathered) -> None:
    """Read the card revocation list of one key of a SMART Health Cards issuer: `kid`, `method`, `rids`."""
    key_id, rids = value.get("kid"), value["rids"]
    if value.get("method") != "rid" or not isinstance(key_id, str) or not isinstance(rids, list):
        line = f"{path}: only card revocation lists of the method rid, with kid and rids, can be used"
        raise OperatorError(line)
    for number, rid in enumerate(rids, 1):
        found = _RID.match(rid) if isinstance(rid, str) else None
        if found is None:
            line = f"{path}: rids has no identifier in place {number}; fetch the list again"
            raise OperatorError(line)
        kind, name = revocation_ids.shc_rid(key_id, found[1])
        revocation_writing.add(into.entries[NameKind(kind)], name, FOR_GOOD if found[2] is None else int(found[2]))


def _hash(value: object) -> bytes | None:
    """Read a hash in base64."""
    try:
        name = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        return None
    return name if len(name) == HASH_BYTES else None


def _moment(value: object) -> int | None:
    """Read a date and time as the EU writes it, in ISO 8601; what names no zone is UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None else int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
