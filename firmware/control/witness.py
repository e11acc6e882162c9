"""The witness: what a decision rested on, gathered at the moment it fell, and in which of its records that stands.

It belongs to the controller thread. Nothing about it can keep a door from opening or shutting: what it cannot say is
left out and counted.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.passes.outcome import Pass
from firmware.records.wire import bounded
from firmware.rules.replay.facts import facts_of
from firmware.rules.replay.hidden import seal_hidden
from firmware.rules.replay.marks import Marks, trust_mark
from firmware.signed import sealing

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from firmware.control.accounts import Knowledge
    from firmware.events import Decision, Record
    from firmware.rules.policy import Policy
    from firmware.rules.replay.facts import Given
    from firmware.signed.facts import Facts

log = logging.getLogger(__name__)

MOST_SEEN: Final = 1_024
"""More than one comer at a reader can have judged: with all who wait there, in every company they may go in with."""


class Witness:
    """Knows the marks of what the gate goes by; they are made once for each trust list and policy."""

    def __init__(self, knowledge: Knowledge, counts: Counter[str]) -> None:
        """Mark the trust list and the policy; a policy that takes its place later is marked when it does."""
        self._counts = counts
        self._seen: deque[tuple[Decision, Given]] = deque(maxlen=MOST_SEEN)
        self._trust = trust_mark(knowledge.trust)
        self._marks: tuple[Policy, Marks] | None = None
        self._marked(knowledge.rules.policy)

    def saw(self, decision: Decision, given: Given) -> None:
        """Remember what a decision was given, for as long as somebody may answer by it; the oldest is forgotten."""
        self._seen.append((decision, given))

    def forget(self) -> None:
        """Begin anew: somebody else is judged."""
        self._seen.clear()

    def facts(self, decision: Decision) -> Facts | None:
        """Say what this very decision rested on, before anything is noted of it; None for one that nobody made here.

        Where it cannot be said, that is counted as `internal`.
        """
        given = next((given for one, given in self._seen if one is decision), None)
        if given is None:
            return None
        try:
            policy, reading = given.rules.policy, given.reading
            marks = self._marked(policy)
            sealed = None
            if isinstance(reading, Pass) and policy is not None:
                sealed = _sealed(reading, policy, given.place.gate)
            return facts_of(given, decision, marks, self._trust, sealed)
        except Exception:
            log.exception("what a decision rested on cannot be said; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
            return None

    def _marked(self, policy: Policy | None) -> Marks | None:
        """Return the marks of a policy."""
        if policy is None:
            return None
        if self._marks is None or self._marks[0] is not policy:
            self._marks = (policy, Marks.of(policy))
        return self._marks[1]


def _sealed(credential: Pass, policy: Policy, gate: str) -> str | None:
    """Seal what the pass says of health, where its class is asked for that and somebody may read it."""
    rule = policy.classes.get(credential.pass_class)
    office = None if policy.health_office is None else sealing.read_public(policy.health_office)
    if rule is None or rule.health is None or office is None:
        return None
    return seal_hidden(credential, office, gate, certificate=rule.health == "rules")


def attested(records: Sequence[Record], facts: Facts | None, policy: Policy | None) -> list[Record]:
    """Put the facts of a decision into that one of its records where all of them may be read; the first is `access`.

    Where the policy knows passes that are shown under threat, those of every pass stand with the word about that. What
    only a few may read besides would be read by the wrong few there, and then they stand nowhere.
    """
    if facts is None:
        return list(records)
    restricted = facts.answer.restricted
    under_threat = facts.pass_class is not None and policy is not None and policy.knows_duress
    if under_threat and restricted:
        return list(records)
    kind = "duress" if under_threat else "follow-up" if restricted else "access"
    return [_with(record, facts) if record.kind == kind else record for record in records]


def _with(record: Record, facts: Facts) -> Record:
    """Add what the record does not say itself."""
    return replace(record, body={**record.body, "facts": facts.written(record.body, bounded=bounded(record.at))})
