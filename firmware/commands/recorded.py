"""Events as they were recorded: from a copy of a gate's journal, or from JSON lines that anybody may have written.

It decides what reads as an event and believes nothing else of it. One line or row is held at a time.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.commands.mistake import UsageError
from firmware.records import lines, schema, wire
from firmware.records.copied import NoJournalError, copied
from firmware.records.entries import claimed
from firmware.records.proof import Claim
from firmware.signed import strict_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

MAX_LINE_BYTES: Final = 128 * 1024
_SQLITE: Final = b"SQLite format 3\x00"
_BATCH: Final = 500
_SIMULATED: Final = frozenset({"relay", "light", "sounder", "assist", "reply"})
"""What `gapura simulate` prints between its events."""

_LAST: Final = 2**53


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event: its id, the gate that wrote it, its kind, and what it says."""

    id: str
    gate: str
    kind: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Refused:
    """What is no event, by where it stands and why."""

    where: str
    why: str


def events(paths: list[Path]) -> Iterator[Recorded | Refused]:
    """Read each file in turn, `-` being standard input; raises UsageError for one that cannot be read."""
    for path in paths:
        if str(path) == "-":
            yield from _of_lines("-", sys.stdin.buffer)
            continue
        try:
            with path.open("rb") as file:
                begins = file.read(len(_SQLITE))
                if begins != _SQLITE:
                    file.seek(0)
                    yield from _of_lines(str(path), file)
                    continue
            yield from _of_journal(path)
        except OSError as error:
            msg = f"{path}: {error.strerror}; name events as JSON lines, a copy of a journal, or -"
            raise UsageError(msg) from error


def _of_lines(name: str, file: BinaryIO) -> Iterator[Recorded | Refused]:
    """Read events a line; what stands before the first brace (a topic) is passed over, and so is an empty line."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        where = f"{name}:{number}"
        if len(line) > MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
            yield Refused(where, f"is longer than {MAX_LINE_BYTES} bytes")
        elif line.strip() and not _other(line.split(maxsplit=1)[0]):
            value = strict_json.parse(line[max(0, line.find(b"{")) :])
            if value is None or value.get("kind") not in _SIMULATED:
                yield _event(where, value)


def _other(topic: bytes) -> bool:
    """Say whether a line stands under a topic of ours that carries no events."""
    levels = topic.split(b"/")
    return levels[:2] == wire.ROOT.encode().split(b"/") and levels[3:4] not in ([b"event"], [b"restricted"])


def _event(where: str, value: dict[str, object] | None) -> Recorded | Refused:
    """Take an event out of a line: as it was published, or as `gapura simulate` prints it."""
    inner = value.get("value") if value is not None and value.get("kind") == "event" else value
    if not isinstance(inner, dict):
        return Refused(where, "is no JSON object with every key once")
    match inner:
        case {"id": str(name), "source": str(source), "type": str(kind), "data": dict(data)}:
            gate, words = source.removeprefix(f"/{wire.ROOT}/"), kind.split(".")
            if wire.valid_id(gate) and words[0] == "gapura" and words[-1] == "v1" and len(words) == 3:  # noqa: PLR2004  gapura.<kind>.v1
                return Recorded(name, gate, words[1], data)
    return Refused(where, "is no event of a gate")


def _of_journal(path: Path) -> Iterator[Recorded | Refused]:
    """Read a journal from a copy of its own: nothing is written beside the file that was named."""
    try:
        with copied(path) as copy, closing(schema.connect(str(copy))) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            yield from _of_rows(str(path), connection)
    except NoJournalError as error:
        raise UsageError(str(error)) from error
    except (*schema.READ_ERRORS, OverflowError) as error:
        msg = f"{path}: reads as no whole journal; prove it with gapura-ops journal verify"
        raise UsageError(msg) from error


def _of_rows(name: str, connection: sqlite3.Connection) -> Iterator[Recorded | Refused]:
    """Give each row as it would be published."""
    claim = claimed(connection)
    if not isinstance(claim, Claim):
        msg = f"{name}: is no journal of this version ({claim}); prove it with gapura-ops journal verify"
        raise UsageError(msg)
    after = 0
    while rows := lines.select_range(connection, after + 1, _LAST, _BATCH):
        after = rows[-1].seq
        for row in rows:
            try:
                event = json.loads(wire.dump(wire.cloud_event(claim.gate, row)))
            except ValueError:
                yield Refused(f"{name}:{row.seq}", "does not read as it was written")
            else:
                yield _event(f"{name}:{row.seq}", event)
