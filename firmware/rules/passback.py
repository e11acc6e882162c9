"""Anti-passback: whoever came in, and was not seen to leave, does not come in again over any gate of the area.

It knows passes by their reference where this gate saw them and by the subject of the day where a sibling did. It says
nothing of anybody whose grant was not used, and it keeps nobody inside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from firmware.events import NEVER, Direction
from firmware.rules.hours import ClockTime, Name
from firmware.rules.stays import last_closing, second
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from firmware.events import Instant, Move

DAY_S: Final = 86_400
MOST_KEPT: Final = 20_000
"""Moves of siblings that are remembered; of more the oldest are forgotten, which lets somebody in rather than not."""

MOST_ENTRIES: Final = 5 * MOST_KEPT
"""Entries at siblings that are remembered in all: whoever has a gate's key could name a thousand of one subject."""


class AntiPassback(Strict):
    """What becomes of somebody who shows their pass going in though they are inside.

    `soft` lets them in with a remark, `hard` refuses them until they were seen to leave, `timed` refuses them for
    `minutes` after they came in. Classes that are `exempt` are never asked. All is forgotten each night at `reset`
    (local `HH:MM`), and a pass whose grant was not used has not moved.
    """

    mode: Literal["off", "soft", "hard", "timed"] = "soft"
    minutes: Annotated[int, Field(ge=1, le=24 * 60)] | None = None
    exempt: Annotated[frozenset[Name], Field(strict=False, max_length=64)] = frozenset()
    reset: ClockTime = "00:00"

    @model_validator(mode="after")
    def _timed_by_minutes(self) -> Self:
        """Refuse a time limit without a time, and a time that limits nothing."""
        if (self.mode == "timed") is not (self.minutes is not None):
            msg = "'minutes' belongs to the mode 'timed', which does not work without"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Last:
    """The newest move of somebody: which way, and a Unix second."""

    direction: Direction
    at: int


@dataclass(slots=True)
class Moves:
    """Who moved last which way: `here` by the pass's reference, `elsewhere` by the subject of the day.

    Whoever keeps a copy asks `changed()` for the few marks of what may differ, instead of comparing all of it.
    """

    here: dict[str, Last] = field(default_factory=dict)
    elsewhere: dict[str, Last] = field(default_factory=dict)
    entries: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    _entries: int = 0
    _before: dict[str, tuple[str, Last | None, Last]] = field(default_factory=dict)
    _touched: dict[str, None] = field(default_factory=dict)
    _dropped: dict[str, None] = field(default_factory=dict)

    def begin(self, grant: str, reference: str, direction: Direction, now: Instant) -> None:
        """Take somebody to have moved as soon as they may: the pass must not come back through the door meanwhile."""
        before = self.here.get(reference)
        self.note(reference, direction, now)
        self._before[grant] = (reference, before, self.here[reference])

    def note(self, reference: str, direction: Direction, now: Instant) -> None:
        """Take somebody to have moved; what this gate saw later counts later, though its clock was put back."""
        before = self.here.get(reference)
        at = second(now)
        self._touched[reference] = None
        wrong = before is None or before.at > at + DAY_S
        self.here[reference] = Last(direction, at if before is None or wrong else max(at, before.at))

    def end(self, grant: str, *, used: bool) -> None:
        """Take it back if nobody went; where the same pass may go a second time meanwhile, that counts by itself."""
        found = self._before.pop(grant, None)
        if found is None or used:
            return
        reference, before, made = found
        for later, (_, known, then) in self._before.items():
            if known is made:
                self._before[later] = (reference, before, then)
        if self.here.get(reference) is not made:
            return
        self._touched[reference] = None
        if before is None:
            del self.here[reference]
        else:
            self.here[reference] = before

    def hear(self, gate: str, moves: Iterable[Move]) -> None:
        """Take in what a sibling saw; what it says again changes nothing."""
        for move in moves:
            heard = Last(move.direction, move.at)
            self.elsewhere[move.subject] = _newer(heard, self.elsewhere.pop(move.subject, heard))
            if move.direction is Direction.IN:
                seen = self.entries.setdefault(move.subject, set())
                self._entries += (gate, move.at) not in seen
                seen.add((gate, move.at))
        for subject in list(islice(self.elsewhere, max(0, len(self.elsewhere) - MOST_KEPT))):
            del self.elsewhere[subject]
            self._dropped[subject] = None
            self._forget_entries(subject)
        while self._entries > MOST_ENTRIES:
            self._forget_entries(next(iter(self.entries)))

    def recall(self, kept: Moves) -> None:
        """Take in what an earlier run remembered; whatever was seen or heard later counts later."""
        for subject, last in kept.elsewhere.items():
            self.elsewhere[subject] = _newer(last, self.elsewhere.get(subject, last))

    def taken(self, subject: str | None) -> int:
        """Count the entries that siblings have seen of a subject."""
        return 0 if subject is None else len(self.entries.get(subject, ()))

    def last(self, reference: str, subject: str | None) -> Last | None:
        """Say how somebody moved last, here or elsewhere; None where nobody has seen them."""
        here = self.here.get(reference)
        elsewhere = None if subject is None else self.elsewhere.get(subject)
        if here is None or elsewhere is None:
            return here or elsewhere
        return _newer(here, elsewhere)

    def forget(self, earliest: int) -> None:
        """Drop what is two days old at every instant the clock allows: no nightly reset is further apart."""
        kept = earliest - 2 * DAY_S
        self._touched |= {key: None for key, last in self.here.items() if last.at <= kept}
        self._dropped |= {key: None for key, last in self.elsewhere.items() if last.at <= kept}
        self.here = {key: last for key, last in self.here.items() if last.at > kept}
        self.elsewhere = {key: last for key, last in self.elsewhere.items() if last.at > kept}
        for subject in [one for one, seen in self.entries.items() if all(at <= kept for _, at in seen)]:
            self._forget_entries(subject)

    def _forget_entries(self, subject: str) -> None:
        self._entries -= len(self.entries.pop(subject, ()))

    def changed(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hand over, once, who may have moved `here` since this was last asked, and who was forgotten `elsewhere`.

        References and subjects, each in the order in which it first happened; some may be back as they were.
        """
        marks = tuple(self._touched), tuple(self._dropped)
        self._touched.clear()
        self._dropped.clear()
        return marks


def _newer(one: Last, other: Last) -> Last:
    """Choose the newer of two moves; of two at the same second the way out counts, which lets somebody in."""
    return max(one, other, key=lambda last: (last.at, last.direction is Direction.OUT))


def odd(  # noqa: PLR0917  what it rests on, in the order of its telling
    rule: AntiPassback | None, pass_class: str, direction: Direction, last: Last | None, now: Instant, zone: ZoneInfo
) -> bool:
    """Say whether somebody goes the way that they went last, as far as the rule asks.

    A clock that cannot tell whether the night's reset or the time limit lies between says no, and so does one by which
    that was more than a day ahead: it is the count that
    protects the area, and this only the order in which people come and go.
    """
    if rule is None or rule.mode == "off" or pass_class in rule.exempt or last is None:
        return False
    if (
        last.direction is not direction
        or now.latest >= NEVER
        or last.at > now.latest + DAY_S
        or last.at < last_closing(now.latest, rule.reset, zone)
    ):
        return False
    return rule.minutes is None or now.latest < last.at + rule.minutes * 60


def noted_only(rule: AntiPassback | None) -> bool:
    """Say whether the rule lets people in and only remarks on it."""
    return rule is not None and rule.mode == "soft"
