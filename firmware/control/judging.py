"""From codes to a decision: read, then decide. A bug in either denies the way in and never the way out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.control.witness import Witness
from firmware.events import Decision, Direction, Outcome, Reason
from firmware.passes.outcome import Unreadable
from firmware.passes.reading import read_first
from firmware.rules.decide import decide
from firmware.rules.replay.facts import Given

if TYPE_CHECKING:
    from collections import Counter

    from firmware.control.accounts import Knowledge
    from firmware.events import Instant, Posture
    from firmware.passes.outcome import Pass, Reading
    from firmware.rules.presence import Presence
    from firmware.signed.facts import Facts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What codes came to, what was decided about it, and what that rested on, if anybody could say."""

    reading: Reading
    decision: Decision
    facts: Facts | None


class Judge:
    """What the gate goes by, put to use; it belongs to the controller thread and notes nothing but bugs."""

    def __init__(self, knowledge: Knowledge, presence: Presence, counts: Counter[str]) -> None:
        """Take what the gate goes by; bugs are counted as `internal`."""
        self._knowledge = knowledge
        self._presence = presence
        self._counts = counts
        self._witness = Witness(knowledge, counts)

    def judge(self, codes: tuple[bytes, ...], direction: Direction, now: Instant, posture: Posture) -> Judged:
        """Say what the codes of one frame come to; nothing is raised for any bytes."""
        try:
            _, reading = read_first(codes, self._knowledge.trust)
            return self._decided(reading, direction, now, posture)
        except Exception:
            log.exception("a code could not be judged; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        return self._decided(Unreadable(Reason.INTERNAL), direction, now, posture)

    def again(self, credential: Pass, now: Instant, posture: Posture, waived: frozenset[Reason]) -> Judged:
        """Judge anew somebody who waits to go in, as things are now, without the reasons that an officer waived."""
        try:
            return self._decided(credential, Direction.IN, now, posture, waived)
        except Exception:
            log.exception("a pass could not be judged again; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        return Judged(credential, Decision(Outcome.DENY, Direction.IN, Reason.INTERNAL), None)

    def _decided(
        self,
        reading: Reading,
        direction: Direction,
        now: Instant,
        posture: Posture,
        waived: frozenset[Reason] = frozenset(),
    ) -> Judged:
        """Decide, and have it witnessed before anything changes what it rested on."""
        know = self._knowledge
        decision = decide(reading, direction, now, know.place, know.rules, self._presence, posture, waived)
        given = Given(reading, direction, now, know.place, know.rules.at(now), self._presence, posture, waived)
        return Judged(reading, decision, self._witness.facts(given, decision))
