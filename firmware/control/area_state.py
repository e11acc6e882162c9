"""An area's count as it outlives the process: small texts by name, which the journal keeps as it commits its records.

It decides how the count is spelled and what has changed since it was last handed over. What it cannot read it leaves
out: a count that is too low by a stay is mended by the next reset, and no entry rests on it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.events import Direction, Move
from firmware.rules.ledger import MOST_TOLD, Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.passback import Last, Moves
from firmware.rules.stays import MOST, Stay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COUNTS: Final = "area"
STAY, WAY, MOVE = "area.stay.", "area.way.", "area.move."
WAYS: Final = tuple(Direction)
DIGITS: Final = 11
"""As many as a Unix second has until the year 5138; a stay that began later is none."""
RUN: Final = 1_000_000
"""Numbers of leaves that a run may use up without one of them being on disk: the next run begins beyond them."""

Kept = tuple[tuple[str, str | None], ...]
"""Texts by name; None takes one back."""


def restored(gate: str, kept: Mapping[str, str], epoch: str) -> Occupancy:
    """Take a count up again, or begin one under this `epoch` where there is none."""
    own = _ledger(kept.get(COUNTS)) or Ledger(epoch)
    told = [
        Move(subject, Direction(str(direction)), at)
        for subject, (direction, at) in _rows(kept, MOVE, 2)
        if direction in WAYS and isinstance(at, int)
    ]
    moves = Moves(elsewhere={move.subject: Last(move.direction, move.at) for move in told})
    stays = [
        Stay(int(at), subject or None)
        for name, (number,) in _rows(kept, STAY, 1)
        for at, _, subject in [name.partition(".")]
        if at.isascii() and at.isdecimal() and len(at) <= DIGITS and isinstance(number, int)
        for _ in range(min(number, MOST))
    ][:MOST]
    used = tuple(sorted(told, key=lambda move: move.at))[-MOST_TOLD:]
    own = replace(own, stays=tuple(sorted(stays, key=lambda stay: stay.at)), used=used)
    area = Occupancy(gate, own, moves=moves)
    for grant, (direction, subject) in _rows(kept, WAY, 2):
        begun = area.let_in if direction == Direction.IN else area.let_out
        begun(grant, None if subject is None else str(subject))
    return area


class Changes:
    """What of a count has changed since it was last asked for; whoever asks hands it to the journal."""

    def __init__(self, area: Occupancy) -> None:
        """Begin with what was just restored."""
        self._area = area
        self._own: Ledger | None = None
        self._stays: Counter[Stay] = Counter(area.own.stays)
        self._moves = dict(area.moves.here)
        self._all = True
        self._subjects: dict[str, str] = {}
        self._restored = set(area.moves.elsewhere)
        self._told = self._counts(0)

    def take(self) -> Kept:
        """Word what is otherwise than it was; nothing where all is as it was."""
        return (*self._changed_counts(), *self._changed_stays(), *self._changed_moves())

    def way(self, grant: str, direction: Direction, subject: str | None, reference: str | None) -> Kept:
        """Word that somebody may go now; `over` takes it back.

        On disk a move is by the subject of the day alone: whoever takes the card is to learn of no pass. One without a
        subject is forgotten with the process.
        """
        words: Kept = ((WAY + grant, _text([direction.value, subject])),)
        if reference is None or subject is None:
            return words
        self._restored.discard(subject)
        before, self._subjects[reference] = self._subjects.get(reference, subject), subject
        return words if before == subject else (*words, (MOVE + before, None))

    @staticmethod
    def over(grant: str) -> Kept:
        """Word that a grant has ended."""
        return ((WAY + grant, None),)

    def anew(self) -> None:
        """Word all of it the next time: what was kept is gone."""
        self._told, self._own, self._stays, self._moves, self._all = "", None, Counter(), {}, True
        self._restored.clear()

    def _changed_counts(self) -> Iterator[tuple[str, str | None]]:
        if self._own is self._area.own:
            return
        text = self._counts(0)
        if text != self._told:
            self._told = text
            yield COUNTS, self._counts(self._area.own.seq)

    def _changed_stays(self) -> Iterator[tuple[str, str | None]]:
        if self._own is self._area.own:
            return
        self._own = self._area.own
        stays, before = Counter(self._own.stays), self._stays
        self._stays = stays
        for stay in (stays - before) + (before - stays):
            yield f"{STAY}{stay.at}.{stay.subject or ''}", _text([stays[stay]]) if stays[stay] else None

    def _changed_moves(self) -> Iterator[tuple[str, str | None]]:
        """Look at what is marked alone: this runs at every turn of the door, and many thousands may be remembered."""
        touched, dropped = self._area.moves.changed()
        here, before, elsewhere = self._area.moves.here, self._moves, self._area.moves.elsewhere
        for subject in dropped:
            if subject in self._restored and subject not in elsewhere:
                self._restored.remove(subject)
                yield MOVE + subject, None
        for reference in [*(here if self._all else ()), *touched]:
            last = here.get(reference)
            if last == before.get(reference):
                continue
            if last is None:
                del before[reference]
                yield from self._forgotten(reference, elsewhere)
            else:
                before[reference] = last
                if (subject_now := self._subjects.get(reference)) is not None:
                    yield MOVE + subject_now, _moved(last)
        self._all = False

    def _forgotten(self, reference: str, elsewhere: Mapping[str, Last]) -> Iterator[tuple[str, str | None]]:
        """Word that somebody is no longer known to have moved here; what a sibling saw of them counts again."""
        if (subject_then := self._subjects.pop(reference, None)) is not None:
            self._restored |= {subject_then} & elsewhere.keys()
            yield MOVE + subject_then, _moved(elsewhere.get(subject_then))

    def _counts(self, seq: int) -> str:
        """Word the counts; a leaf's number alone is no change."""
        own = self._area.own
        numbers = [own.generation, seq, own.entered, own.left, own.estimated, own.strays]
        return _text([own.epoch, numbers, own.given, own.past])


def _moved(last: Last | None) -> str | None:
    """Word a move; None where there is none."""
    return None if last is None else _text([last.direction.value, last.at])


def _ledger(text: str | None) -> Ledger | None:
    """Read the counts, stays and moves apart."""
    match None if text is None else _value(text):
        case [
            str(epoch),
            [int(generation), int(seq), int(entered), int(left), int(estimated), int(strays)],
            {**given},
            [*past],
        ]:
            places = {str(gate): number for gate, number in given.items() if isinstance(number, int)}
            counts = (entered, left, estimated, strays)
            return Ledger(epoch, generation, seq + RUN, *counts, places, past=tuple(map(str, past)))
    return None


def _rows(kept: Mapping[str, str], prefix: str, length: int) -> Iterator[tuple[str, list[object]]]:
    """Name what is kept under a prefix, as far as it reads as what was written."""
    for name, text in kept.items():
        value = _value(text) if name.startswith(prefix) else None
        if isinstance(value, list) and len(value) == length:
            yield name.removeprefix(prefix), value


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
