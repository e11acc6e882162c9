"""Bringing signed documents to the broker, and asking what the gates made of them.

Nothing is signed here and no key is opened: whoever may write to the broker may run it, and no gate believes more for
it. What is too long for one message goes as pieces first, and the signed manifest that names them last.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from firmware.control import manifest
from firmware.control.desired import WITHDRAWN
from firmware.control.manifest import MAX_BLOB_BYTES, MAX_PIECE_BYTES, Blob
from firmware.records.heard import blob_topic
from firmware.records.wire import ROOT, valid_id
from firmware.signed import strict_json
from firmware.signed.envelope import EVERYONE, MAX_BYTES, Document, EnvelopeRefusal, Kind, open_envelope
from provisioning import files, reported
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from provisioning.connection import Connection, Message

GROUP: Final = "_group/"
WITHDRAWAL: Final = {WITHDRAWN: True}
"""The body of a document that takes back what was signed for the same audience."""

LONGEST_MESSAGE: Final = 120_000
"""What the broker's `max_packet_size` lets through, with room for the topic."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A signed document from a file, and what it names with its bytes, if it is a manifest: the blob, and deltas."""

    data: bytes
    document: Document
    blobs: tuple[tuple[Blob, bytes], ...] = ()


def read_document(path: Path, blob_path: Path | None, deltas: Sequence[Path] = ()) -> Finished:
    """Read a document, and beside a manifest its blob and deltas; raises OperatorError for what no gate would take.

    Deltas that it names and nobody gives are looked for beside it, among the files that end in `.delta`.
    """
    data = files.read(path, MAX_BYTES)
    document = recognise(data)
    if document is None:
        line = f"{path} is no signed document; make one with gapura-ops policy sign, trust build, config sign, ..."
        raise OperatorError(line)
    if not manifest.is_manifest(document.body):
        if len(data) > LONGEST_MESSAGE:
            line = f"{path} is {len(data)} bytes long and fits in no message; sign it again with --blob F"
            raise OperatorError(line)
        return Finished(data, document)
    found = manifest.read(document.body)
    if not isinstance(found, Blob):
        raise OperatorError(*(f"{path}: {mistake}" for mistake in found))
    beside = blob_path or path.with_suffix(".blob")
    content = files.read(beside, MAX_BLOB_BYTES)
    if hashlib.sha256(content).hexdigest() != found.sha256:
        line = f"{beside} is not what {path} names; give the file that was signed with --blob"
        raise OperatorError(line)
    named = [one.blob for one in manifest.shortcuts(document.body)]
    beside_it = deltas or (sorted(path.parent.glob("*.delta")) if named else ())
    given = {hashlib.sha256(one).hexdigest(): one for one in (files.read(each, MAX_BLOB_BYTES) for each in beside_it)}
    if lacking := [one.sha256 for one in named if one.sha256 not in given]:
        line = f"{path} names deltas that are not here (SHA-256 {', '.join(lacking)}); name their files with --delta"
        raise OperatorError(line)
    return Finished(data, document, ((found, content), *((one, given[one.sha256]) for one in named)))


def recognise(data: bytes) -> Document | None:
    """Find out which kind of document this is, whoever signed it."""
    for kind in Kind:
        found = open_envelope(data, kind, root=None, gate=None, now=None)
        if isinstance(found, Document):
            return found
        if found is not EnvelopeRefusal.WRONG_KIND:
            return None
    return None


def manifest_body(content: bytes) -> dict[str, object]:
    """Word the manifest of a blob, in the longest pieces there are."""
    if not 0 < len(content) <= MAX_BLOB_BYTES:
        line = f"a blob has 1 to {MAX_BLOB_BYTES} bytes; this one has {len(content)}"
        raise OperatorError(line)
    pieces = [hashlib.sha256(content[at : at + MAX_PIECE_BYTES]).hexdigest() for at in _starts(content)]
    whole = hashlib.sha256(content).hexdigest()
    return {"blob": {"bytes": len(content), "sha256": whole, "piece_bytes": MAX_PIECE_BYTES, "pieces": pieces}}


def target(text: str) -> str:
    """Read a gate's name or `_group/NAME`."""
    if not valid_id(text.removeprefix(GROUP)):
        raise ValueError(text)
    return text


def desired_topic(whose: str, kind: Kind) -> str:
    """Where a document for a gate or a group is desired."""
    return f"{ROOT}/{whose}/doc/{kind.value}/desired"


def check_audience(document: Document, whose: str) -> None:
    """Refuse what nobody who listens there would take; whether a gate is in a group only the gate knows."""
    meant = set(document.audience)
    fits = EVERYONE in meant or whose in meant
    if not whose.startswith(GROUP):
        fits = fits or any(name.startswith(GROUP) for name in meant)
    if not fits:
        line = (
            f"the document is for {', '.join(document.audience)} and not for {whose}; sign one with --audience {whose}"
        )
        raise OperatorError(line)


def publish(connection: Connection, whose: str, finished: Finished, told: Callable[[int, int], None]) -> None:
    """Lay the pieces out, then the document; `told(done, all)` is called for each piece. Raises OperatorError."""
    every = [piece for blob, content in finished.blobs for piece in pieces_of(blob, content)]
    for number, (topic, piece) in enumerate(every):
        connection.send(topic, piece, retain=True)
        told(number + 1, len(every))
    if every:
        connection.settle()
    connection.send(desired_topic(whose, finished.document.kind), finished.data, retain=True)
    connection.settle()


def pieces_of(blob: Blob, content: bytes) -> Iterable[tuple[str, bytes]]:
    """Cut a blob into its pieces, each with its topic."""
    for number, at in enumerate(_starts(content, blob.piece_bytes)):
        yield blob_topic(blob.sha256, number), content[at : at + blob.piece_bytes]


def listen(connection: Connection, gate: str, finished: Finished) -> dict[str, object] | None:
    """Listen to what a gate says of a kind, and return what it has said of this document before."""
    connection.subscribe(f"{ROOT}/{gate}/doc/{finished.document.kind.value}/reported")
    said = [strict_json.parse(message.payload) for message in connection.receive_retained()]
    return next((report for report in said if report is not None and _is_about(report, finished)), None)


def await_report(
    connection: Connection, finished: Finished, before: dict[str, object] | None, timeout_s: float
) -> dict[str, object] | None:
    """Wait until the gate says what became of this document; None if it does not say in time.

    A gate says nothing again that it has said, so what it said `before` stands if no more comes.
    """
    if before is not None and before.get("state") == "applied":
        return before
    until_s = time.monotonic() + timeout_s
    while (left_s := until_s - time.monotonic()) > 0:
        message = connection.receive(left_s)
        report = None if message is None else strict_json.parse(message.payload)
        if report is not None and _is_about(report, finished):
            return report
    return before


class Listening(Protocol):
    """As much of a connection as is needed to ask what lies at the broker."""

    def subscribe(self, *filters: str) -> None:
        """Listen to these topics."""

    def receive_retained(self) -> Iterable[Message]:
        """Give what lies there."""


def status(connection: Listening, gate: str, groups: tuple[str, ...]) -> dict[str, dict[str, object]]:
    """Hold what is desired of a gate against what it reports, by kind."""
    desired = [f"{ROOT}/{whose}/doc/+/desired" for whose in (gate, *(f"{GROUP}{group}" for group in groups))]
    connection.subscribe(f"{ROOT}/{gate}/doc/+/reported", *desired)
    found: dict[str, dict[str, object]] = {}
    wishes: dict[str, list[dict[str, object]]] = {}
    for message in connection.receive_retained():
        *_, kind, leaf = message.topic.split("/")
        if leaf == "reported":
            found.setdefault(kind, {})["reported"] = strict_json.parse(message.payload)
        elif message.payload:
            wishes.setdefault(kind, []).append(_wish(message))
            found.setdefault(kind, {})
    for kind, said in found.items():
        said.setdefault("reported", None)
        said["desired"] = wishes.get(kind, [])
        said["agrees"] = _agrees(said["reported"], wishes.get(kind, []))
    return found


def need_answer(report: dict[str, object] | None, gate: str, timeout_s: float) -> dict[str, object]:
    """Insist on a report."""
    if report is None:
        line = f"{gate} has not said within {timeout_s:.0f} s what became of it; see gapura-ops doc status {gate}"
        raise OperatorError(line, exit_code=FAILED)
    return report


def _starts(content: bytes, piece_bytes: int = MAX_PIECE_BYTES) -> range:
    return range(0, len(content), piece_bytes)


def _is_about(said: dict[str, object], finished: Finished) -> bool:
    """Say whether a report is the last word on a document."""
    report, document = reported.read(said), finished.document
    if report.state == "pending":
        return False
    if report.turns_down(document.version, reported.sha256_of(finished.data)):
        return True
    if document.body == WITHDRAWAL:
        return report.withdrawn == document.version
    return report.digest == document.digest


def _wish(message: Message) -> dict[str, object]:
    """Describe what is desired on a topic."""
    document = recognise(message.payload)
    whose = message.topic.removeprefix(f"{ROOT}/").partition("/doc/")[0]
    if document is None:
        return {"for": whose, "version": None, "digest": None}
    withdraws = {"withdraws": True} if document.body == WITHDRAWAL else {}
    return {"for": whose, "version": document.version, "digest": document.digest} | withdraws


def _agrees(report: object, wishes: list[dict[str, object]]) -> bool:
    """Say whether a gate goes by one of the documents that are desired of it, and refuses none."""
    if not isinstance(report, dict) or report.get("state") != "applied":
        return not wishes and not (isinstance(report, dict) and report.get("state") in ("rejected", "rolled_back"))
    taken = [wish["version"] for wish in wishes if "withdraws" in wish]
    return (
        not wishes
        or report.get("digest") in [wish["digest"] for wish in wishes]
        or report.get("withdrawn_version") in taken
    )
