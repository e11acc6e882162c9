"""The book of alarms: each is told when it begins and when it ends, and never faster than a person can follow.

A cause that flickers is told a few times at once and then ever more rarely; what holds in the end is always told, and
how often it came is counted. Nothing here knows what an alarm is about. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.events import ClearAlarm, RaiseAlarm

if TYPE_CHECKING:
    from firmware.door.asked import Noticed
    from firmware.events import Alarm

FREELY: Final = 6
"""So many changes of one alarm are told at once: three times there and gone."""

SLOWED_MS: Final = 5_000
SLOWEST_MS: Final = 600_000
CALM_MS: Final = 600_000
"""After so long without a change an alarm is told at once again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One alarm of one subject: whether it holds, whether that was told, how often it came since it was raised.

    `until_ms` ends it by itself; `due_ms` is when the next change may be told; `spent` counts the changes told.
    """

    alarm: Alarm
    subject: str
    active: bool = False
    told: bool = False
    times: int = 0
    spent: int = 0
    until_ms: int | None = None
    due_ms: int = 0
    told_ms: int = 0


Book = tuple[Entry, ...]


def notice(book: Book, noticed: Noticed) -> Book:
    """Take in that a cause began or ended; nothing is told before the book is settled."""
    if all((one.alarm, one.subject) != (noticed.alarm, noticed.subject) for one in book):
        if not noticed.active:
            return book
        book = (*book, Entry(noticed.alarm, noticed.subject))
    return tuple(
        _noticed(one, noticed) if (one.alarm, one.subject) == (noticed.alarm, noticed.subject) else one for one in book
    )


def settle(book: Book, now_ms: int) -> tuple[Book, tuple[RaiseAlarm | ClearAlarm, ...]]:
    """End what ends by itself, and tell what may be told now."""
    told: list[RaiseAlarm | ClearAlarm] = []
    settled: list[Entry] = []
    for one in book:
        entry = replace(one, active=False) if _ended(one, now_ms) else one
        if _untold(entry) and now_ms >= entry.due_ms:
            changes = _changes(entry)
            told += changes
            entry = _told(entry, len(changes), now_ms)
        settled.append(entry)
    return tuple(settled), tuple(told)


def deadline(book: Book) -> int | None:
    """Say when (ms) `settle` has something to do next."""
    moments = [one.until_ms for one in book if one.active and one.until_ms is not None]
    moments += [one.due_ms for one in book if _untold(one)]
    return min(moments, default=None)


def raised(book: Book) -> tuple[tuple[Alarm, str], ...]:
    """List what holds now, in the order in which it first came."""
    return tuple((one.alarm, one.subject) for one in book if one.active)


def _noticed(entry: Entry, noticed: Noticed) -> Entry:
    """Take one cause's change into its entry; what ends by itself counts anew each time it comes."""
    comes = noticed.active and (not entry.active or noticed.until_ms is not None)
    return replace(entry, active=noticed.active, times=entry.times + comes, until_ms=noticed.until_ms)


def _untold(entry: Entry) -> bool:
    """Say whether something is to be told: a change, or one that came and went before it could be."""
    return entry.active != entry.told or (not entry.told and entry.times > 0)


def _changes(entry: Entry) -> list[RaiseAlarm | ClearAlarm]:
    """Word what is to be told: what came and went before it could be is both raised and cleared."""
    found: list[RaiseAlarm | ClearAlarm] = []
    if entry.active or not entry.told:
        found.append(RaiseAlarm(entry.alarm, entry.subject))
    if not entry.active:
        found.append(ClearAlarm(entry.alarm, entry.subject, entry.times))
    return found


def _ended(entry: Entry, now_ms: int) -> bool:
    return entry.active and entry.until_ms is not None and now_ms >= entry.until_ms


def _told(entry: Entry, changes: int, now_ms: int) -> Entry:
    """Note that so many changes were told, and when the next one may be."""
    spent = changes if now_ms - entry.told_ms >= CALM_MS else entry.spent + changes
    slow_ms = 0 if spent < FREELY else min(SLOWEST_MS, SLOWED_MS << (spent - FREELY))
    times = entry.times if entry.active else 0
    return replace(entry, told=entry.active, spent=spent, due_ms=now_ms + slow_ms, told_ms=now_ms, times=times)
