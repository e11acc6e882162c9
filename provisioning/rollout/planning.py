"""What a rollout would do, before it does anything: for whom the document is, and what changes for each.

It refuses what no gate would take, or what would not come into force, and names every gate that stands against it.
Pure: what the broker knows comes in, a book and some sentences go out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.control.desired import SCOPED, Whose
from firmware.signed.envelope import Kind, addressed
from provisioning.mistake import OperatorError
from provisioning.rollout import differences, progress, stages
from provisioning.rollout.asked import Asked, Looked
from provisioning.rollout.book import NOTHING, UNKNOWN, Book, Entry, name_of, recognised, spell
from provisioning.rollout.sentences import named, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.signed.envelope import Document
    from provisioning.rollout.views import View, Views

KINDS: Final = (Kind.CONFIG, Kind.POLICY, Kind.TRUST, Kind.REVOCATIONS, Kind.UPDATE)


@dataclass(frozen=True, slots=True)
class Plan:
    """The book of it, and what it says to people."""

    book: Book
    lines: list[str]
    numbers: dict[str, object]


def plan(asked: Asked, views: Views) -> Plan:
    """Judge a wish; raises OperatorError with a line for everything that stands against it."""
    document, data = asked.finished.document, asked.finished.data
    if document.kind not in KINDS:
        line = f"a {document.kind} document is not rolled out; {', '.join(KINDS)} are"
        raise OperatorError(line)
    known = _known(asked, views)
    looked = Looked()
    for gate in _sample(asked):
        _look(gate, asked, views.view(gate), known, looked)
    if looked.against:
        raise OperatorError(*(f"{named(gates)}: {why}" for why, gates in looked.against.items()))
    if not looked.entries:
        line = f"nothing to do: {named(looked.already)} go by version {document.version} already"
        raise OperatorError(line)
    online = {gate for gate in looked.entries if views.view(gate).online}
    cut = stages.cut(stages.in_order(looked.entries, online, document.digest), asked.shares)
    entries = [
        looked.entries[gate].model_copy(update={"stage": number}) for number, gates in enumerate(cut) for gate in gates
    ]
    needed = {name for entry in entries for name in (entry.before, entry.lay)} - {NOTHING, UNKNOWN}
    held = {name_of(one): one for one in known.values()}
    book = Book(
        kind=document.kind,
        version=document.version,
        document=name_of(data),
        documents={name: spell(held[name]) for name in sorted(needed)} | {name_of(data): spell(data)},
        blob=asked.blob,
        course=asked.course,
        gates=entries,
    )
    return Plan(book, list(said(book, looked, asked, views)), _numbers(book, looked, online, cut))


def _sample(asked: Asked) -> list[str]:
    """Take the share of the gates that is asked for, the same each time."""
    order = stages.in_order(asked.gates, (), "sample")
    return order[: stages.Share(asked.percent, percent=True).of(len(order))]


def _known(asked: Asked, views: Views) -> dict[str, bytes]:
    """Find every document of the kind that this desk can see, by its digest."""
    seen = {*asked.before, *views.groups.values(), *(view.desired for view in views.gates.values())} - {b""}
    found = ((data, recognised(data)) for data in seen)
    kind = asked.finished.document.kind
    return {document.digest: data for data, document in found if document is not None and document.kind is kind}


def _look(gate: str, asked: Asked, view: View, known: Mapping[str, bytes], looked: Looked) -> None:
    """Find out what the document would be at one gate."""
    document, place = asked.finished.document, asked.places[gate]
    whose = Whose(None, gate, view.groups or place.groups)
    data = known.get(view.report.digest or "")
    now = recognised(data or b"")
    if progress.has_taken(view.report, document):
        looked.already.append(gate)
        return
    why = _against(document, now, whose, view)
    if why is not None:
        looked.against[why].append(gate)
        return
    before = _before(document.kind, data, view)
    if now is not None and whose.scope(now.kind, now.audience) != whose.scope(document.kind, document.audience):
        before = NOTHING
    lay = recognised(view.desired)
    lies = name_of(view.desired) if lay is not None and lay.kind is document.kind else NOTHING
    looked.entries[gate] = Entry(gate=gate, stage=0, wanted=name_of(asked.finished.data), before=before, lay=lies)
    lines = differences.told(document.kind, now, document)
    if before == UNKNOWN and data is None:
        lines = [f"from version {view.report.version}, which this desk does not have"]
    looked.changes[tuple(lines)].append(gate)


def _before(kind: Kind, data: bytes | None, view: View) -> str:
    """Name what a gate goes by now; of updates nothing, for gates run no release older than one they had."""
    if kind is Kind.UPDATE:
        return UNKNOWN
    if data is not None:
        return name_of(data)
    return NOTHING if view.report.digest is None else UNKNOWN


def _against(document: Document, now: Document | None, whose: Whose, view: View) -> str | None:
    """Say why a gate would not take the document, or not go by it."""
    if not addressed(document.audience, whose.gate, whose.groups):
        return f"the document is for {', '.join(document.audience)}; sign one with another --audience"
    if now is not None and _rank(whose, now) > _rank(whose, document):
        return f"goes by a document of its own ({', '.join(now.audience)}), which outranks this one; use --except"
    if _newer(document, now, whose, view):
        return f"goes by version {view.report.version}, and no gate goes back to {document.version}; sign it anew"
    lies = recognised(view.desired)
    alike = lies is not None and lies.kind is document.kind and _same(whose, lies, document)
    if alike and lies is not None and lies.rank > document.rank:
        return f"version {lies.version} is desired already; sign this one anew"
    return None


def _newer(document: Document, now: Document | None, whose: Whose, view: View) -> bool:
    """Say whether a gate goes by something that outranks a document; of a newer warrant's only the gate can tell."""
    if now is None:
        return document.granted.serial == 1 and view.report.version >= document.version
    return (now.kind not in SCOPED or _same(whose, now, document)) and now.rank >= document.rank


def _rank(whose: Whose, document: Document) -> int:
    return whose.rank(whose.scope(document.kind, document.audience))


def _same(whose: Whose, one: Document, other: Document) -> bool:
    return whose.scope(one.kind, one.audience) == whose.scope(other.kind, other.audience)


def _numbers(book: Book, looked: Looked, online: set[str], cut: list[list[str]]) -> dict[str, object]:
    """The same for programs."""
    return {
        "already": len(looked.already),
        "gates": len(book.gates),
        "kind": book.kind.value,
        "offline": len(looked.entries.keys() - online),
        "stages": [len(gates) for gates in cut],
        "unknown_before": sum(entry.before == UNKNOWN for entry in book.gates),
        "version": book.version,
    }
