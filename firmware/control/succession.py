"""Policies that count beside the one on the shelf: while it waits for its time, and after its own time is over.

They lie beside it in files of their own, written before it is, so that a power cut anywhere in between changes
nothing that counts. What has never been in force is not kept: whoever replaces a policy that still waits, means it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.control.documents import policy_of
from firmware.control.full import full_document
from firmware.control.shelf import file_name, put, sync
from firmware.events import NEVER
from firmware.rules.effective import moment
from firmware.rules.rulebook import Rulebook
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from firmware.control.desired import Held, Whose
    from firmware.control.shelf import Shelf
    from firmware.events import Instant

log = logging.getLogger(__name__)

MOST: Final = 4
"""Policies of one scope that may count beside the newest; of more the oldest are dropped."""


class Beside:
    """Keeps policies beside the shelf; it belongs to whoever writes there."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        """Take the clock by which it is a policy's time."""
        self._now = now

    def before(self, shelf: Shelf, coming: Held) -> None:
        """Keep the policy that counts now, if the coming one does not take its place for good; raises OSError."""
        now = self._now()
        if coming.document.kind is not Kind.POLICY or _lasting(coming, shelf.folder, now):
            return
        current = next((one for one in shelf.held(Kind.POLICY) if one.scope == coming.scope), None)
        if current is not None and _counts(current, shelf.folder, now) and current.floor != coming.floor:
            put(_path(shelf.folder, current), current.data)

    def after(self, shelf: Shelf, come: Held) -> None:
        """Remove what cannot count any more; what a disk keeps is looked at the next time."""
        if come.document.kind is not Kind.POLICY:
            return
        now = self._now()
        kept = shelf.beside()
        needed = {
            _path(shelf.folder, one)
            for current in shelf.held(Kind.POLICY)
            for one in _older(current, kept, shelf.folder, now)
        }
        try:
            gone = [path for path in shelf.folder.glob("policy-*-*.cose") if path not in needed]
            for path in gone:
                path.unlink(missing_ok=True)
            if gone:
                sync(shelf.folder)
        except OSError as error:
            log.warning("a policy of former times could not be removed: %s", error)


def chain(shelf: Shelf, whose: Whose, file: Held | None, now: Instant) -> list[Held]:
    """Order what counts in turn, from the narrowest scope to the widest and the newest first, down to one that lasts.

    `file` is a policy that a technician brought as a file; where a newer one of its scope waits, it is the one before.
    """
    newest = {one.scope: one for one in shelf.held(Kind.POLICY)}
    if file is not None and shelf.admits(file):
        newest[file.scope] = file
    kept = shelf.beside() if file is None else [*shelf.beside(), file]
    found: list[Held] = []
    for current in sorted(newest.values(), key=lambda one: (whose.rank(one.scope), one.document.rank), reverse=True):
        for one in (current, *_older(current, kept, shelf.folder, now)):
            if one.withdrawn:
                break
            found.append(one)
            if _lasting(one, shelf.folder, now):
                return found
    return found


def rulebook(chain: Iterable[Held], folder: Path) -> Rulebook:
    """Put the policies of a chain together: the first is the newest, the others count while it does not."""
    books = [book for one in chain if (book := _book(one, folder)) is not None]
    return replace(books[0], earlier=tuple(books[1:])) if books else Rulebook()


def _older(current: Held, kept: Iterable[Held], folder: Path, now: Instant) -> list[Held]:
    """Choose of what is kept what was in force in a scope before its current policy, down to one that lasts."""
    if _lasting(current, folder, now):
        return []
    here = (one for one in kept if one.scope == current.scope and one.document.rank < current.document.rank)
    found: list[Held] = []
    for one in sorted(here, key=lambda one: one.document.rank, reverse=True)[:MOST]:
        found.append(one)
        if _lasting(one, folder, now):
            break
    return found


def _book(held: Held, folder: Path) -> Rulebook | None:
    """Read the rules in it; None for one that takes back, or that breaks them."""
    document = None if held.withdrawn else full_document(held, folder)
    found = None if document is None else policy_of(document)
    return found if isinstance(found, Rulebook) else None


def _span(held: Held, folder: Path) -> tuple[int, int]:
    """Say from when until when it means to hold; what says nothing of it holds at once and for good."""
    book = _book(held, folder)
    return (0, NEVER + 1) if book is None or book.policy is None else book.policy.span


def _counts(held: Held, folder: Path, now: Instant) -> bool:
    """Say whether it is its time."""
    begins, ends = _span(held, folder)
    return begins <= moment(now) < ends


def _lasting(held: Held, folder: Path, now: Instant) -> bool:
    """Say whether it is its time, and for good: then nothing before it ever counts again."""
    return _counts(held, folder, now) and _span(held, folder)[1] > NEVER


def _path(folder: Path, held: Held) -> Path:
    """Where one lies beside the shelf: by its scope and rank."""
    stem = file_name(Kind.POLICY, held.scope).removesuffix(".cose")
    serial, version = held.document.rank
    return folder / f"{stem}-{serial}-{version}.cose"
