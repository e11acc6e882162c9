"""Signed answers to the question what time it is: which are looked at, what is refused, and what is reported of them.

Any thread puts one in; the timekeeper's thread takes it out, opens and reports it. It keeps no time itself.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import Instant
from firmware.records.contract import Reported
from firmware.records.wire import dump, reported_topic
from firmware.signed.envelope import EnvelopeRefusal, Kind
from firmware.signed.ruling import Rulings
from firmware.signed.time_answer import TimeAnswer, TimeRefusal, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.heard import Heard
    from firmware.records.notices import Notices

log = logging.getLogger(__name__)

MOST_WAITING: Final = 8
LATEST_MS: Final = 120_000
"""An answer is worth nothing that comes so long after the question: all that time is its error."""

MOST_BYTES: Final = 16_384


@dataclass(slots=True, eq=False)
class Asked:
    """One question: when it was asked (CLOCK_BOOTTIME, ms), and whether an answer was taken."""

    ms: int
    answered: bool = False


class Answers:
    """What came as an answer, until the timekeeper takes it."""

    def __init__(
        self,
        gate: str,
        root: bytes | None,
        notices: Notices,
        rulings: Callable[[], Rulings] = Rulings,
        now: Callable[[], Instant] = lambda: Instant(0),
    ) -> None:
        """Begin with nothing; `root` is the raw root key that the gate pins, `rulings` what roots have said of keys.

        `now` says which of the roots that follow each other still count; whoever has no time asks all of them.
        """
        self.counts: Counter[str] = Counter()
        self._gate, self._root, self._notices = gate, root, notices
        self._rulings, self._now = rulings, now
        self._waiting: deque[tuple[Heard, Asked, int]] = deque(maxlen=MOST_WAITING)
        self._in_force: TimeAnswer | None = None

    def put(self, heard: Heard, asked: Asked, arrived_ms: int) -> None:
        """Take a message in; of too many the oldest go."""
        self._waiting.append((heard, asked, arrived_ms))

    def take(self) -> tuple[TimeAnswer, Asked, int] | None:
        """Return the next good answer to a question that has none yet, of what has come by now; report every other.

        What comes meanwhile waits for the next turn, or who floods us would keep the clocks from being looked at.
        """
        for _ in range(len(self._waiting)):
            heard, asked, arrived_ms = self._waiting.popleft()
            if not heard.data:
                continue  # somebody cleared the topic
            try:
                found = self._read(heard, asked, arrived_ms)
            except Exception:
                self.counts["internal"] += 1
                log.exception("an answer to the question for the time met a fault of the firmware; please report it")
                continue
            if isinstance(found, TimeAnswer):
                return found, asked, arrived_ms
            self._refuse(found)
        return None

    def settle(self, answer: TimeAnswer, asked: Asked, why: TimeRefusal | None) -> None:
        """Report what became of an answer, and why it was not taken; a question is answered once."""
        if why is not None:
            self._refuse(why)
            return
        asked.answered = True
        self._in_force = answer
        self._report(None)

    def _read(self, heard: Heard, asked: Asked, arrived_ms: int) -> TimeAnswer | EnvelopeRefusal | TimeRefusal:
        if heard.retained:
            return TimeRefusal.RETAINED
        if heard.group is not None:
            return EnvelopeRefusal.WRONG_AUDIENCE
        if len(heard.data) > MOST_BYTES:
            return EnvelopeRefusal.TOO_LONG
        rulings = self._rulings()
        root = self._root and rulings.roots(self._root, self._now())[0]
        found = read_answer(heard.data, root=root, gate=self._gate, nonce=heard.nonce, rulings=rulings)
        if not isinstance(found, TimeAnswer):
            return found
        if asked.answered:
            return TimeRefusal.REPEATED
        return TimeRefusal.TOO_LATE if arrived_ms - asked.ms > LATEST_MS else found

    def _refuse(self, why: EnvelopeRefusal | TimeRefusal) -> None:
        self.counts["answers_refused"] += 1
        self.counts[f"answers_refused_{why}"] += 1
        if self.counts[f"answers_refused_{why}"] == 1:  # once: whoever owns the broker can send them for ever
            log.warning("an answer to the question for the time is refused: %s", why)
        self._report(why)

    def _report(self, why: EnvelopeRefusal | TimeRefusal | None) -> None:
        answer = self._in_force
        report = Reported(
            state="applied" if why is None else "rejected",
            version=0 if answer is None else answer.unix,
            digest=None if answer is None else answer.digest,
            code=0 if why is None else 1,
            reason=None if why is None else why.value,
        )
        self._notices.keep(reported_topic(self._gate, Kind.TIME.value), dump(report.model_dump(exclude_none=True)))
