"""From codes to a decision: read, then decide. A bug in either denies the way in and never the way out."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.control.witness import Witness
from firmware.events import Decision, Direction, Outcome, Reason
from firmware.passes.outcome import Unreadable
from firmware.passes.reading import read_first
from firmware.rules.decide import decide
from firmware.rules.officers import vouched
from firmware.rules.replay.facts import Given

if TYPE_CHECKING:
    from collections import Counter

    from firmware.control.accounts import Knowledge
    from firmware.events import Instant, Posture
    from firmware.passes.outcome import Pass, Reading
    from firmware.rules.companions import Beside
    from firmware.rules.presence import Presence

log = logging.getLogger(__name__)


class Judge:
    """What the gate goes by, put to use; it belongs to the controller thread and notes nothing but bugs."""

    def __init__(self, knowledge: Knowledge, presence: Presence, counts: Counter[str]) -> None:
        """Take what the gate goes by; bugs are counted as `internal`."""
        self._knowledge = knowledge
        self._presence = presence
        self._counts = counts
        self.witness = Witness(knowledge, counts)

    def judge(
        self, codes: tuple[bytes, ...], direction: Direction, now: Instant, posture: Posture
    ) -> tuple[Reading, Decision]:
        """Say what the codes of one frame come to; nothing is raised for any bytes."""
        self.witness.forget()
        try:
            _, reading = read_first(codes, self._knowledge.trust)
            return reading, self._decided(reading, direction, now, posture)
        except Exception:
            log.exception("a code could not be judged; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        fault = Unreadable(Reason.INTERNAL)
        return fault, self._decided(fault, direction, now, posture)

    def vouched(self, credential: Pass, now: Instant) -> Decision | None:
        """Judge a pass as an officer's word; None where it is none."""
        know = self._knowledge
        try:
            return vouched(credential, now, know.place, know.rules, self._presence)
        except Exception:
            log.exception("an officer's pass could not be judged; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        return None

    def again(
        self, credential: Pass, now: Instant, posture: Posture, waived: frozenset[Reason], beside: Beside = ()
    ) -> Decision:
        """Judge anew somebody who wants to go in, as things are now, without the reasons that an officer waived."""
        if credential.presented is not None:
            credential = replace(credential, presented=replace(credential.presented, waited=True))
        try:
            return self._decided(credential, Direction.IN, now, posture, waived, beside)
        except Exception:
            log.exception("a pass could not be judged again; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        return Decision(Outcome.DENY, Direction.IN, Reason.INTERNAL)

    def _decided(  # noqa: PLR0917  as decide() has them
        self,
        reading: Reading,
        direction: Direction,
        now: Instant,
        posture: Posture,
        waived: frozenset[Reason] = frozenset(),
        beside: Beside = (),
    ) -> Decision:
        """Decide, and let the witness see what that rests on."""
        know, presence = self._knowledge, self._presence
        decision = decide(reading, direction, now, know.place, know.rules, presence, posture, waived, beside)
        rules = know.rules.at(now)
        self.witness.saw(decision, Given(reading, direction, now, know.place, rules, presence, posture, waived, beside))
        return decision
