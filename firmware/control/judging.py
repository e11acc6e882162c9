"""From codes to a decision: read, then decide. A bug in either denies the way in and never the way out."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.events import Decision, Direction, Outcome, Posture, Reason
from firmware.passes.outcome import Unreadable
from firmware.passes.reading import read_first
from firmware.rules.decide import decide
from firmware.rules.officers import vouched

if TYPE_CHECKING:
    from collections import Counter

    from firmware.control.accounts import Knowledge
    from firmware.events import Instant
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

    def judge(
        self, codes: tuple[bytes, ...], direction: Direction, now: Instant, posture: Posture
    ) -> tuple[Reading, Decision]:
        """Say what the codes of one frame come to; nothing is raised for any bytes."""
        know = self._knowledge
        try:
            _, reading = read_first(codes, know.trust)
            return reading, decide(reading, direction, now, know.place, know.rules, self._presence, posture)
        except Exception:
            log.exception("a code could not be judged; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        fault = Unreadable(Reason.INTERNAL)
        return fault, decide(fault, direction, now, know.place, know.rules, self._presence, posture)

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
        know = self._knowledge
        if credential.presented is not None:
            credential = replace(credential, presented=replace(credential.presented, waited=True))
        try:
            return decide(
                credential, Direction.IN, now, know.place, know.rules, self._presence, posture, waived, beside
            )
        except Exception:
            log.exception("a pass could not be judged again; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
        return Decision(Outcome.DENY, Direction.IN, Reason.INTERNAL)
