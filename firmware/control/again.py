"""Documents that were refused for the moment only: when they are asked for once more, though nobody sends them anew.

A clock is put right, a disk gets room, a piece at the broker is mended; none of that brings the document again while
the connection lasts. It keeps no document: the broker has it. It belongs to the library's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.control.desired import Turned
from firmware.records.heard import desired_topic
from firmware.signed.envelope import EnvelopeRefusal

if TYPE_CHECKING:
    from firmware.control.desired import Refusal
    from firmware.control.fetcher import Topics
    from firmware.signed.envelope import Kind

AGAIN_MS: Final = 600_000
"""How long a document that was given up is let be, unless it is sent anew."""

SOON_MS: Final = 60_000
"""The same where a clock that is behind was against it, as it is after every start of a board without one, or the trial
of another configuration."""

_EARLY: Final = frozenset({EnvelopeRefusal.NOT_YET_VALID, EnvelopeRefusal.CLOCK_UNTRUSTED})
_LATE: Final = frozenset({EnvelopeRefusal.EXPIRED, EnvelopeRefusal.WARRANT_EXPIRED})
_PASSING: Final = _EARLY | _LATE | {Turned.BAD_BLOB, Turned.NO_ROOM, Turned.STORAGE}

Place = tuple["Kind", str | None]
"""A kind and the group by whose topic it came; None for the gate's own."""


class Again:
    """One moment for each topic whose document was refused for the moment."""

    def __init__(self, gate: str, topics: Topics | None) -> None:
        """Begin with none; without topics nothing can be asked for."""
        self._gate, self._topics = gate, topics
        self._wait_ms: dict[Place, int] = {}
        self._due_ms: dict[Place, int] = {}
        self._asked: set[Place] = set()

    def refused(self, kind: Kind, source: str | None, why: Refusal) -> None:
        """Note a refusal; one for good is not asked about again."""
        if why in _PASSING:
            self._wait_ms[kind, source] = SOON_MS if why in _EARLY else AGAIN_MS

    def later(self, kind: Kind, source: str | None) -> None:
        """Note that a document could not be looked at yet."""
        self._wait_ms[kind, source] = SOON_MS

    def heard(self, kind: Kind, source: str | None) -> None:
        """Note that the topic has brought something: it is judged anew."""
        place = (kind, source)
        self._wait_ms.pop(place, None)
        self._due_ms.pop(place, None)
        self._let_go(place)

    def turn(self, now_ms: int) -> None:
        """Ask for what is due (CLOCK_BOOTTIME, ms)."""
        for place in [place for place, due_ms in self._due_ms.items() if due_ms <= now_ms]:
            del self._due_ms[place]
            self._let_go(place)
            if self._topics is not None:
                self._asked.add(place)
                self._topics.follow(desired_topic(place[0].value, self._gate, place[1]))
        for place, wait_ms in self._wait_ms.items():
            self._due_ms.setdefault(place, now_ms + wait_ms)

    def _let_go(self, place: Place) -> None:
        """Listen no longer to the one topic; the subscription to all of them stands."""
        if self._topics is not None and place in self._asked:
            self._asked.discard(place)
            self._topics.unfollow(desired_topic(place[0].value, self._gate, place[1]))
