"""A decision once more, from its facts and a policy: by decide() itself, over stand-ins that are to it what was there.

Pure. What the facts do not tell, and a rule of this policy asks, is tried in every way it can have been: where all of
them come to one answer that is the answer, and where they do not nobody can say, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import product, starmap
from typing import TYPE_CHECKING, Final, Literal

from firmware.events import Direction, Reason
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.replay import standing_in
from firmware.rules.replay.facts import asks_company
from firmware.rules.replay.marks import Marks
from firmware.rules.replay.standing_in import FOR_EVER, NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.events import Decision
    from firmware.passes.outcome import Reading
    from firmware.rules.companions import Beside
    from firmware.rules.policy import ClassRule, Policy
    from firmware.rules.presence import Presence
    from firmware.rules.replay.hidden import Hidden
    from firmware.signed.facts import Facts

Health = Literal["allow", "verify", "deny", "asked"]
Room = tuple[int, int]
Ages = tuple[int, int, int | None]

_PLENTY: Final = (10**9, -(10**9))
_TWO: Final = (0, 2)
_FULL: Final = (-(10**9), 10**9)
_NEW: Final = (0, 0, 0)
_OLD: Final = (1, 1, None)
"""Lists of the first second, and none of what is revoked."""


@dataclass(frozen=True, slots=True)
class NotTold:
    """The facts do not tell something that the answer hangs on: one of these at least."""

    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which things can have been: what was told, and a guess for each thing that was not.

    `company` is None as it was told, or all that a rule can ask for, or nobody; on the way out it is whether anybody is
    left alone. `waived` is whether an officer had said yes to what only a few may read of. `asked` means that the rules
    of health are asked themselves, by what is known of the holder.
    """

    again: bool = False
    company: bool | None = None
    room: Room = _PLENTY
    ages: Ages = _NEW
    reference: str = NOBODY
    issuer: bool = True
    revoked: bool = False
    waived: bool = False
    health: Health = "asked"


@dataclass(frozen=True, slots=True)
class Ways:
    """For each thing how it can have been: as told, in one way where the policy does not ask, or in several."""

    again: tuple[bool, ...] = (False,)
    company: tuple[bool | None, ...] = (None,)
    room: tuple[Room, ...] = (_PLENTY,)
    ages: tuple[Ages, ...] = (_NEW,)
    reference: tuple[str, ...] = (NOBODY,)
    issuer: tuple[bool, ...] = (True,)
    revoked: tuple[bool, ...] = (False,)
    waived: tuple[bool, ...] = (False,)
    health: tuple[Health, ...] = ("asked",)

    def __iter__(self) -> Iterator[Way]:
        """Give every one of them."""
        told = (self.again, self.company, self.room, self.ages, self.reference)
        return starmap(Way, product(*told, self.issuer, self.revoked, self.waived, self.health))

    @property
    def open(self) -> tuple[str, ...]:
        """Name what is not told."""
        return tuple(one.name for one in fields(self) if len(getattr(self, one.name)) > 1)


@dataclass(slots=True)
class Replayer:
    """Decides again under one policy, or under none. `answering` keeps what is made of it for each answer of health."""

    policy: Policy | None
    marks: Marks | None
    answering: dict[tuple[str, Health], Policy] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy | None) -> Replayer:
        """Prepare a policy."""
        return cls(policy, None if policy is None else Marks.of(policy))

    def decide(self, facts: Facts, hidden: Hidden | None = None) -> Decision | NotTold:
        """Decide again; `hidden` is the sealed part, where somebody could open it."""
        if facts.unread is not None or facts.pass_class is None:
            unknown = standing_in.presence(facts, standing_in.credential(facts, 0), again=False, room=_PLENTY)
            return self._decide(facts, standing_in.unread(facts), unknown, _rulebook(self.policy, facts, _NEW))
        ways = self._ways(facts, hidden)
        found = [self._as_if(facts, hidden, way) for way in ways]
        return found[0] if all(one == found[0] for one in found) else NotTold(ways.open)

    def _ways(self, facts: Facts, hidden: Hidden | None) -> Ways:
        """List how things can have been."""
        policy, marks = self.policy, self.marks
        revoked = (False, True) if facts.revoked is None else (facts.revoked,)
        if policy is None or marks is None:
            return Ways(revoked=revoked)
        rule = policy.classes.get(facts.pass_class or "")
        again: tuple[bool, ...] = (False,)
        if marks.passback is not None:
            again = (facts.again,) if facts.passback == marks.passback else (False, True)
        room: tuple[Room, ...] = (_PLENTY,) if facts.room is None else (facts.room,)
        if facts.room is None and facts.area in policy.capacity:
            room = (_PLENTY, _FULL)
        ages: tuple[Ages, ...] = (_NEW,) if facts.ages is None else (facts.ages,)
        if facts.ages is None and rule is not None and rule.limits is not None and rule.limits.ages:
            ages = (_NEW, _OLD)
        references = _references(policy, marks, facts, hidden)
        health = _health(rule, marks, facts, hidden)
        issuer: tuple[bool, ...] = (facts.issuer,)
        if facts.issuers != marks.issuers.get(facts.pass_class or "") and rule is not None and rule.issuers is not None:
            issuer = (False, True)
        waived = _waived(rule, facts, marks)
        return Ways(again, _company(policy, facts), room, ages, references, issuer, revoked, waived, health)

    def _as_if(self, facts: Facts, hidden: Hidden | None, way: Way) -> Decision:
        """Decide as if things had been so."""
        who = standing_in.credential(facts, way.ages[0], way.reference, self._issuer(facts) if way.issuer else "")
        who = who if hidden is None else hidden.onto(who, asked=way.health == "asked")
        room = way.room
        if facts.direction is Direction.OUT:
            room = _TWO if facts.alone or way.company else _PLENTY
        memory = standing_in.presence(facts, who, again=way.again, room=room)
        beside = standing_in.beside(facts, who)
        if way.company and self.policy is not None:
            beside = standing_in.best_company(self.policy, facts.area, facts.pass_class or "")
        policy = self.policy if way.health == "asked" else self._answers(facts.pass_class or "", way.health)
        facts = facts.model_copy(update={"waived": (*facts.waived, Reason.HEALTH)}) if way.waived else facts
        return self._decide(facts, who, memory, _rulebook(policy, facts, way.ages, revoked=way.revoked), beside)

    def _issuer(self, facts: Facts) -> str:
        """Name an issuer that the class of the pass takes."""
        rule = None if self.policy is None else self.policy.classes.get(facts.pass_class or "")
        return min(rule.issuers) if rule is not None and rule.issuers else ""

    def _answers(self, pass_class: str, health: Health) -> Policy | None:
        """Make of the policy one whose rules of health come to this for whoever brings nothing."""
        policy, key = self.policy, (pass_class, health)
        rule = None if policy is None else policy.classes.get(pass_class)
        if policy is None or rule is None or rule.health is None:
            return policy
        if key not in self.answering:
            verify = rule.verify | {Reason.HEALTH.value} if health == "verify" else rule.verify
            asks = None if health == "allow" else "required"
            other = rule.model_copy(update={"health": asks, "verify": verify})
            self.answering[key] = policy.model_copy(update={"classes": {**policy.classes, pass_class: other}})
        return self.answering[key]

    @staticmethod
    def _decide(facts: Facts, reading: Reading, memory: Presence, rules: Rulebook, beside: Beside = ()) -> Decision:
        """Ask decide(), in the place, at the time and under the posture of then."""
        place, waived = Place(facts.gate, facts.area, facts.observing), frozenset(facts.waived)
        return decide(reading, facts.direction, facts.now, place, rules, memory, facts.posture, waived, beside)


def _rulebook(policy: Policy | None, facts: Facts, ages: Ages, *, revoked: bool = False) -> Rulebook:
    """Put a policy into the document of then, by whose dates it was in force or not, beside the list of then."""
    _, issued, revocations = ages
    return Rulebook(
        policy,
        issued=issued,
        expires=0 if facts.out_of_date else FOR_EVER,
        revocations_issued=revocations,
        revocations=standing_in.Listed() if revoked else None,
        revocations_lost=facts.lists_lost,
    )


def _company(policy: Policy, facts: Facts) -> tuple[bool | None, ...]:
    """List what company there can have been, where it was not told."""
    if facts.direction is Direction.OUT:
        return (None,) if facts.alone is not None or facts.area not in policy.two_person else (False, True)
    told = facts.beside is not None or not asks_company(policy, facts.area, facts.pass_class or "")
    return (None,) if told else (False, True)


def _waived(rule: ClassRule | None, facts: Facts, marks: Marks) -> tuple[bool, ...]:
    """List whether an officer can have said yes to somebody's health, which no public answer tells.

    Under the policy of then a public answer is the same with that yes and without: else it would name health.
    """
    left = rule is not None and (rule.health == "colour" or Reason.HEALTH.value in rule.verify)
    if facts.answer.restricted or facts.direction is Direction.OUT or not left:
        return (False,)
    return (True,) if facts.policy == marks.policy else (False, True)


def _references(policy: Policy, marks: Marks, facts: Facts, hidden: Hidden | None) -> tuple[str, ...]:
    """List by which reference the pass can stand on the list of those that are blocked, and by which not."""
    if hidden is not None:
        return (hidden.reference,)
    if marks.blocklist is None:
        return (NOBODY,)
    blocked = min(policy.blocked)
    if facts.blocked is None or facts.blocklist != marks.blocklist:
        return (NOBODY, blocked)
    return (blocked,) if facts.blocked else (NOBODY,)


def _health(rule: ClassRule | None, marks: Marks, facts: Facts, hidden: Hidden | None) -> tuple[Health, ...]:
    """List what the rules of health can have come to."""
    if rule is None or rule.health is None or (hidden is not None and (hidden.whole or rule.health != "rules")):
        return ("asked",)
    if facts.health is None or facts.health_rules != marks.health.get(facts.pass_class or ""):
        return ("allow", "verify", "deny") if rule.health == "colour" else ("allow", "deny")
    return ("allow", "verify") if facts.health == "passable" else (facts.health,)
