"""The gate's accounts: what was decided, how each grant ended, what became of the gate, as records that name no person.

It numbers records and grants, and remembers which entry of a pass an open grant took, so that an annulled grant
gives it back. It writes nothing itself and decides nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

from firmware.control.subjects import NoSubjects, Subjects, contact_of
from firmware.events import (
    Alarm,
    ClearAlarm,
    Direction,
    EndGrant,
    Outcome,
    RaiseAlarm,
    Reason,
    Record,
    Side,
    TakePosture,
    Use,
)
from firmware.passes.outcome import Pass, Unreadable
from firmware.rules.health_action import colour_shown
from firmware.signed.ruling import Rulings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from firmware.control.counting import Counting
    from firmware.events import ClockChanged, Colour, Decision, Effect, Instant, Obeyed
    from firmware.passes.outcome import Reading
    from firmware.rules.decide import Place, Rulebook
    from firmware.rules.presence import Presence
    from firmware.trust.keys import TrustSet

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the gate goes by: where it stands, which way each reader leads, whom it trusts, which rules hold.

    `run` names this run of the process and begins every grant id, so that no two runs give the same one. `root` is the
    raw root key under which a card counts; without one none does. `rulings` answers what roots have said of keys.
    """

    run: str
    place: Place
    sides: Mapping[str, Side]
    trust: TrustSet
    rules: Rulebook
    root: bytes | None = None
    subjects: Subjects = field(default_factory=NoSubjects)
    rulings: Callable[[], Rulings] = Rulings

    def direction(self, reader: str) -> Direction:
        """Say which way a reader leads; one that nobody configured hangs outside."""
        return Direction.IN if self.sides.get(reader, Side.OUTSIDE) is Side.OUTSIDE else Direction.OUT


class Journal(Protocol):
    """Where records go; `firmware/records` keeps them."""

    def submit(self, record: Record) -> None:
        """Take a record without waiting; its token comes back as `RecordCommitted` when it is on disk."""


PASSED: Final = frozenset({"confirmed", "inferred", "assumed"})
"""How a grant ends with which somebody went through, as far as this door can tell."""


class Accounts:
    """Makes the records of one run; entries taken and given back are noted in `presence` at once."""

    def __init__(self, knowledge: Knowledge, presence: Presence, counting: Counting) -> None:
        """Begin with no grant open."""
        self._knowledge, self._counting = knowledge, counting
        counting.relearn(knowledge.place, knowledge.rules)
        self._presence = presence
        self._tokens = count(1)
        self._grants = count(1)
        self._uses: dict[str, Use] = {}
        self._classes: dict[str, str] = {}

    def relearn(self, knowledge: Knowledge, now: Instant) -> Record:
        """Go by other lists from now on, and record which; numbers and open grants go on."""
        self._knowledge = knowledge
        self._counting.relearn(knowledge.place, knowledge.rules)
        versions = {"policy_version": knowledge.rules.version, "trust_version": knowledge.trust.version}
        return self._record("gate", now, what="lists_changed", **versions, **knowledge.subjects.told())

    def decided(self, decision: Decision, reading: Reading | None, reader: str, now: Instant) -> Record:
        """Record one decision: what it was, by which lists, at which reader. An allowed one begins a grant."""
        know, shown = self._knowledge, decision.shown
        credential = reading if isinstance(reading, Pass) else None
        grant = f"{know.run}-{next(self._grants)}" if decision.outcome is Outcome.ALLOW else None
        body: dict[str, object] = {
            "reader": reader,
            "decision": decision.outcome.value,
            "direction": decision.direction.value,
            "reason": shown.reason and shown.reason.value,
            "remark": shown.remark and shown.remark.value,
            "format": None if reading is None or isinstance(reading, Unreadable) else reading.format,
            "class": credential and self._class_shown(credential, decision),
            "area": know.place.area,
            "grant": grant,
            "policy_version": know.rules.version,
            "trust_version": know.trust.version,
        }
        if decision.observed is not None:
            body["observed"] = decision.observed.value
        if credential is not None and not decision.restricted:
            body |= self._subject(credential, now)
        if grant is not None and credential is not None and decision.admitted:
            self._classes[grant] = self._class_shown(credential, decision)
        use = None if grant is None or decision.direction is Direction.OUT else self._take_entry(credential, grant)
        record = Record(next(self._tokens), "access", now, body, grant, opens=grant is not None, use=use)
        return self._counting.carried(record, self._counting.decided(decision, credential, record))

    def settled(self, now: Instant) -> Record | None:
        """Record what became of the area's count beside those who passed; None where nothing did."""
        kept = self._counting.settle(now)
        return self._counting.carried(self._record("area", now, **self._counting.told()), kept) if kept else None

    def ended(self, end: EndGrant, now: Instant) -> Record:
        """Record how a grant ended; an annulled one gives its entry back."""
        use, came = self._uses.pop(end.grant, None), self._classes.pop(end.grant, None)
        if came is not None and end.result in PASSED:
            self._presence.came_in[came] = now.earliest
        back = Use(use.reference, -1, use.expires) if use is not None and end.result == "annulled" else None
        if back is not None:
            self._presence.note(back)
        body: dict[str, object] = {"grant": end.grant, "result": end.result, "reason": end.reason and end.reason.value}
        record = Record(next(self._tokens), "grant", now, body, end.grant, use=back)
        return self._counting.carried(record, self._counting.ended(end, now))

    def restricted(self, decided: Record, decision: Decision, reading: Reading | None, now: Instant) -> list[Record]:
        """Record, for the few who may read it, what no other record says of this decision."""
        told = {name: decided.body[name] for name in ("reader", "direction", "decision", "class", "grant")}
        who = self._subject(reading, now) if isinstance(reading, Pass) and decision.restricted else {}
        reasons = {"reason": decision.reason, "remark": decision.remark} | self._colour(decision, reading, now)
        follow_up = [self._record("follow-up", now, **reasons, **told, **who)] if decision.restricted else []
        return [*self._duress(decided, decision, now), *follow_up, *self._contact(decided, reading, who, now)]

    def _colour(self, decision: Decision, reading: Reading | None, now: Instant) -> dict[str, Colour]:
        """Tell the colour behind an answer about health."""
        policy, area = self._knowledge.rules.at(now).policy, self._knowledge.place.area
        if policy is None or not isinstance(reading, Pass) or Reason.HEALTH not in {decision.reason, decision.remark}:
            return {}
        colour = colour_shown(reading, policy, area, now)
        return {} if colour is None else {"colour": colour}

    def _contact(self, decided: Record, reading: Reading | None, who: dict[str, object], now: Instant) -> list[Record]:
        """Record by which pass somebody was let through, for the health office alone, where policy asks for it."""
        policy, shown = self._knowledge.rules.policy, decided.body["class"]
        if not isinstance(reading, Pass) or decided.grant is None or policy is None or not isinstance(shown, str):
            return []
        sealed = contact_of(reading, policy.contact_key(shown), self._knowledge.place.gate)
        names = ("reader", "direction", "decision", "grant", "subject")
        told = {name: decided.body[name] for name in names if name in decided.body}
        return [] if sealed is None else [self._record("contact", now, contact=sealed, **told | who)]

    def _subject(self, credential: Pass, now: Instant) -> dict[str, object]:
        """Name a pass within today and this area, where there is a key for it."""
        subject = self._knowledge.subjects.subject(credential.reference, now)
        return {} if subject is None else {"subject": subject}

    def _duress(self, decided: Record, decision: Decision, now: Instant) -> list[Record]:
        """Record, for the few who may read it, whether a pass was shown under threat.

        Where the policy has such passes every pass gets this record, so that its number in the journal tells nothing.
        """
        policy = self._knowledge.rules.policy
        if policy is None or decided.body["class"] is None or not policy.knows_duress:
            return []
        told = {name: decided.body[name] for name in ("reader", "direction", "decision", "grant")}
        return [self._record("duress", now, duress=decision.duress, **told)]

    def told(self, effects: Iterable[Effect], now: Instant) -> list[Record]:
        """Record what the door tells: how grants ended, what is wrong and no longer is, what it is there for."""
        found: list[Record] = []
        for effect in effects:
            match effect:
                case EndGrant():
                    found.append(self.ended(effect, now))
                case RaiseAlarm(alarm, subject):
                    if alarm is Alarm.JOURNAL_REPLACED:
                        self._counting.lost()
                    log.warning("alarm: %s", f"{alarm} of {subject}" if subject else alarm)
                    found.append(self._record("alarm", now, alarm=alarm, subject=subject or None, state="raised"))
                case ClearAlarm(alarm, subject, times):
                    log.warning("alarm ended: %s", f"{alarm} of {subject}" if subject else alarm)
                    cleared = {"state": "cleared", "times": times}
                    found.append(self._record("alarm", now, alarm=alarm, subject=subject or None, **cleared))
                case TakePosture(posture, authority):
                    log.warning("posture: %s, by %s", posture, authority)
                    found.append(self._record("posture", now, posture=posture, authority=authority))
                case _:
                    pass
        return found

    def _record(self, kind: str, now: Instant, **body: object) -> Record:
        """Make a record on which no grant hangs."""
        plain = {name: value.value if isinstance(value, StrEnum) else value for name, value in body.items()}
        return Record(next(self._tokens), kind, now, plain)

    def told_by_service(self, kind: str, body: dict[str, object], now: Instant) -> Record:
        """Record what a service tells."""
        return self._record(kind, now, **body)

    def commanded(self, told: Mapping[str, object], now: Instant, obeyed: Obeyed | None) -> Record:
        """Record what becomes of a command; with `obeyed` its id is on disk as soon as this is."""
        return replace(self._record("command", now, **told), obeyed=obeyed)

    def clock(self, changed: ClockChanged, now: Instant) -> Record:
        """Record what became of the clocks."""
        told = {"cause": changed.cause, "off_s": changed.off_s}
        return self._record("clock", now, what=changed.what, source=changed.source, **told)

    def noted(self, what: str, reader: str, now: Instant) -> Record:
        """Record what became of the gate itself: `reader_lost` or `reader_back`."""
        return self._record("gate", now, what=what, reader=reader)

    def assisted(self, body: dict[str, object], now: Instant) -> Record:
        """Record, for the few who may read it, how a request for an officer ended."""
        return self._record("assistance-ended", now, **body)

    def _class_shown(self, credential: Pass, decision: Decision) -> str:
        """Name the class of a pass; one shown under duress looks like any other."""
        policy = self._knowledge.rules.policy
        rule = policy.classes.get(credential.pass_class) if decision.duress and policy is not None else None
        return credential.pass_class if rule is None or rule.duress is None else rule.duress

    def _take_entry(self, credential: Pass | None, grant: str) -> Use | None:
        """Take an entry of a pass that counts them."""
        if credential is None or credential.entries is None:
            return None
        use = self._uses[grant] = Use(credential.reference, 1, credential.expires)
        self._presence.note(use)
        return use
