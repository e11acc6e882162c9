"""How a rollout goes on: what became of each gate, whose turn it is, and when nobody's turn comes any more. Pure.

It is told what the broker shows and the second; it answers the book as it is from then on and who is to be sent to.
A gate counts as done when it has gone by its document for long enough, online and without a new alert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from provisioning import publishing
from provisioning.rollout import stages
from provisioning.rollout.book import ENDED, UNKNOWN, Phase, State, name_of, recognised

if TYPE_CHECKING:
    from firmware.signed.envelope import Document
    from provisioning.reported import Report
    from provisioning.rollout.book import Book, Course, Entry
    from provisioning.rollout.views import View, Views

PENDING_S: Final = 86_400
"""How long a gate may say that a document waits for its moment."""

OFFLINE: Final = "offline"
SILENT: Final = "silent"
WENT_BACK: Final = "went_back"
OVERTAKEN: Final = "overtaken"
_GOING: Final = frozenset({Phase.RUNNING, Phase.RETURNING})


class Next(NamedTuple):
    """The book as it is now, and the gates whose document is to be sent."""

    book: Book
    send: list[str]


def advance(book: Book, views: Views, now: int) -> Next:
    """Judge every gate that was begun, and begin those whose turn it is."""
    wanted = {name: book.read(name) for name in {entry.wanted for entry in book.gates}}
    gates = [
        entry
        if entry.state in {State.WAITING, State.UNTOUCHED} or entry.restores or entry.wanted == UNKNOWN
        else judged(entry, views.view(entry.gate), wanted[entry.wanted], book.course, now)
        for entry in book.gates
    ]
    book = book.model_copy(update={"gates": gates})
    if book.phase not in _GOING:
        return Next(book, [])
    book = _stepped(book)
    return _begun(book, views, now) if book.phase in _GOING else Next(book, [])


def judged(entry: Entry, view: View, wanted: Document | None, course: Course, now: int) -> Entry:
    """Say what became of one gate; one that failed and does well after all is taken on again."""
    if wanted is None or has_taken(view.report, wanted):
        return _healthy(entry, view, course, now)
    report = view.report
    if report.turns_down(wanted.version, entry.wanted):
        return failed(entry, f"{report.state}: {report.reason}")
    busy = view.online and report.state == "pending"  # it waits until nobody passes, or for its own hours
    match entry.state:
        case State.AWAY if view.online:
            return entry.model_copy(update={"state": State.SENT, "sent_at": now})
        case State.SENT if now - entry.sent_at >= (PENDING_S if busy else course.patience_s):
            return failed(entry, SILENT if view.online else OFFLINE)
        case State.APPLIED | State.SETTLED:
            return failed(entry, WENT_BACK)
        case _:
            return entry


def has_taken(report: Report, wanted: Document) -> bool:
    """Say whether a gate goes by a document, or by what that took back."""
    if wanted.body == publishing.WITHDRAWAL:
        return report.withdrawn == wanted.version
    return report.digest == wanted.digest


def failed(entry: Entry, why: str) -> Entry:
    """Note that a gate failed; the first word about it stands."""
    if entry.state is State.FAILED and entry.reason == why:
        return entry
    return entry.model_copy(update={"state": State.FAILED, "reason": why, "forgiven": False})


def _healthy(entry: Entry, view: View, course: Course, now: int) -> Entry:
    """Judge a gate that goes by its document: it must stay there, and nothing new may be wrong."""
    if entry.state is State.SETTLED:
        return entry
    before = frozenset(entry.alerts)
    if not view.online:
        return failed(entry, OFFLINE) if now - view.since >= course.grace_s else entry
    if troubles := view.troubles(before, now, course.grace_s):
        return failed(entry, f"alert: {', '.join(troubles)}")
    if entry.state is not State.APPLIED:
        entry = entry.model_copy(update={"state": State.APPLIED, "applied_at": now, "reason": None})
    if now - entry.applied_at >= course.settle_s and not view.troubles(before, now, 0):
        return entry.model_copy(update={"state": State.SETTLED})
    return entry


def _stepped(book: Book) -> Book:
    """Pause for failures, or go on to the next stage when this one is over."""
    begun = [entry for entry in book.gates if entry.state not in {State.WAITING, State.UNTOUCHED}]
    bad = [entry for entry in begun if entry.state is State.FAILED and not entry.forgiven]
    if book.phase is Phase.RUNNING and len(bad) > stages.allowed(book.course.tolerance, len(begun)):
        first = bad[0]
        more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        return paused(book, f"{first.gate} {first.reason}{more}")
    mine = [entry for entry in book.gates if entry.stage == book.stage]
    if not all(entry.state in ENDED for entry in mine):
        return book
    if book.phase is Phase.RETURNING:
        return book.model_copy(update={"phase": Phase.RETURNED})
    if not any(entry.state is State.SETTLED for entry in mine):
        return paused(book, f"stage {book.stage + 1} proves nothing: none of its gates took it")
    return onward(book)


def onward(book: Book) -> Book:
    """Begin the next stage, or end."""
    if book.stage + 1 >= book.stages:
        return book.model_copy(update={"phase": Phase.DONE})
    return book.model_copy(update={"stage": book.stage + 1})


def paused(book: Book, why: str) -> Book:
    """Stop before the next gate."""
    return book.model_copy(update={"phase": Phase.PAUSED, "why": why})


def resumed(book: Book) -> Book:
    """Go on as somebody wants who has looked: what failed counts no more, and a stage that is over is over."""
    if book.turned:
        return book.model_copy(update={"phase": Phase.RETURNING, "why": None})
    gates = [
        entry.model_copy(update={"forgiven": True}) if entry.state is State.FAILED else entry for entry in book.gates
    ]
    book = book.model_copy(update={"gates": gates, "phase": Phase.RUNNING, "why": None})
    over = all(entry.state in ENDED for entry in gates if entry.stage == book.stage)
    return onward(book) if over else book


def returning(book: Book, views: Views) -> Book:
    """Turn round: whoever was sent the document gets what they went by before, as far as that is known.

    Who never took it only has their topic put back. Nobody's turn waits for another's.
    """
    ours = book.read(book.document)
    found = []
    for entry in book.gates:
        if entry.state in {State.WAITING, State.UNTOUCHED}:
            found.append(entry.model_copy(update={"state": State.UNTOUCHED, "stage": 0}))
            continue
        report = views.view(entry.gate).report
        never = entry.state is State.FAILED and report.state != "pending" and ours is not None
        never = never and ours is not None and not has_taken(report, ours)
        wanted = entry.lay if never else book.returns.get(entry.before, UNKNOWN)
        state, why = (State.FAILED, "unknown_before") if wanted == UNKNOWN else (State.WAITING, None)
        told = {"state": state, "reason": why, "wanted": wanted}
        found.append(entry.model_copy(update=told | {"stage": 0, "restores": never, "forgiven": False}))
    return book.model_copy(update={"gates": found, "phase": Phase.RETURNING, "turned": True, "stage": 0, "why": None})


def _begun(book: Book, views: Views, now: int) -> Next:
    """Begin as many gates of this stage as may be under way, if this is the hour for it."""
    hours = book.course.hours if book.phase is Phase.RUNNING else None
    if hours is not None and not hours.holds(now):
        return Next(book, [])
    room = book.course.at_once - sum(entry.state is State.SENT for entry in book.gates)
    gates, send = list(book.gates), list[str]()
    for place, entry in enumerate(gates):
        if entry.state is not State.WAITING or entry.stage != book.stage or len(send) >= room:
            continue
        gates[place] = _sent(entry, views.view(entry.gate), now, late=overtaken(book, entry, views))
        if gates[place].state is not State.FAILED:
            send.append(entry.gate)
    return Next(book.model_copy(update={"gates": gates}), send)


def _sent(entry: Entry, view: View, now: int, *, late: bool) -> Entry:
    """Note that a gate's document is about to be sent, unless it comes too late."""
    if late:
        return failed(entry, OVERTAKEN)
    state = State.SETTLED if entry.restores else State.SENT if view.online else State.AWAY
    return entry.model_copy(update={"state": state, "sent_at": now, "alerts": tuple(sorted(view.alerts))})


def overtaken(book: Book, entry: Entry, views: Views) -> bool:
    """Say whether somebody desires a newer document of a gate by now: that is never overwritten."""
    lies, wanted = views.view(entry.gate).desired, book.read(entry.wanted) or book.read(book.document)
    if not lies or wanted is None or name_of(lies) in book.documents:
        return False
    found = recognised(lies)
    return found is not None and found.rank > wanted.rank


def unsent(book: Book, views: Views) -> list[str]:
    """Name the gates that were begun and on whose topic something else lies: a kill came between book and broker."""
    found = []
    for entry in book.gates:
        if entry.state in {State.WAITING, State.UNTOUCHED, State.FAILED} or entry.wanted == UNKNOWN:
            continue
        lost = views.view(entry.gate).desired != book.bytes_of(entry.wanted)
        if lost and not overtaken(book, entry, views):
            found.append(entry.gate)
    return found


def counts(book: Book) -> dict[str, int]:
    """Count gates by how far they are."""
    found = {state.value: 0 for state in State}
    for entry in book.gates:
        found[entry.state.value] += 1
    return {name: number for name, number in found.items() if number}
