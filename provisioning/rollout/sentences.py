"""A plan in sentences, for whoever is about to say yes: for how many, what changes, who is away. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed.envelope import Kind
from provisioning.rollout import selecting
from provisioning.rollout.book import UNKNOWN, recognised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provisioning.rollout.asked import Asked, Looked
    from provisioning.rollout.book import Book
    from provisioning.rollout.views import Views

RESTARTS: Final = frozenset({Kind.CONFIG, Kind.UPDATE})
"""What a gate restarts for, when nobody is passing: not in opening hours unless that is said."""

SHOWN: Final = 8
"""Gates that a line names."""


def said(book: Book, looked: Looked, asked: Asked, views: Views) -> Iterator[str]:
    """Say what would be done."""
    sizes = [sum(entry.stage == stage for entry in book.gates) for stage in range(book.stages)]
    of = f"{len(book.gates)} gate{'s' if len(book.gates) > 1 else ''}"
    yield f"{book.kind} version {book.version}: {of} in {len(sizes)} stages ({', '.join(map(str, sizes))})"
    for lines, gates in sorted(looked.changes.items(), key=lambda one: -len(one[1])):
        yield f"{selecting.common(gates, asked.places)}: {'; '.join(lines)}"
    if looked.already:
        yield f"{named(looked.already)}: go by it already"
    if away := [gate for gate in looked.entries if not views.view(gate).online]:
        yield f"{named(away)}: offline or never seen; will take it when they return, at any hour"
    if any("gate.stage" in line for lines in looked.changes for line in lines):
        yield "a gate that is made active stays active: back does not undo that"
    if book.kind is Kind.UPDATE:
        yield "gates run no release older than one they had: who took it is not brought back, order a newer one"
    elif unknown := [entry.gate for entry in book.gates if entry.before == UNKNOWN]:
        yield f"{named(unknown)}: what they go by is not at the broker; without --before they cannot be returned"
    if book.kind in RESTARTS:
        yield "each gate restarts once for it, when nobody is passing"
    hours = book.course.window
    yield f"gates are touched {'at any hour' if hours is None else f'from {hours} in {book.course.timezone}'}"
    yield from _left_behind(book, views)


def _left_behind(book: Book, views: Views) -> Iterator[str]:
    """Name the groups of which an older document stays desired: their gates would go on refusing it."""
    document = book.read(book.document)
    for group, data in sorted(views.groups.items()):
        lies = recognised(data)
        if lies is not None and document is not None and lies.kind is book.kind and lies.rank < document.rank:
            clear = f"doc clear _group/{group} {lies.kind}"
            yield f"_group/{group} still desires version {lies.version}; when this is done: gapura-ops {clear}"


def named(gates: Iterable[str]) -> str:
    """Name gates, so many that the line can still be read."""
    names = sorted(gates)
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
