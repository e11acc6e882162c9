"""Who stands at a reader and waits for company, who went in there just now, and which of them may go in together. Pure.

Nobody is let in on account of somebody who is not: all who go in together are judged together, at one moment and each
beside the others, and one who is refused leaves the rest to be judged anew. It is kept in memory alone: after a restart
nobody waits, and everybody shows their pass again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from firmware.events import Decision, Outcome, Reason
from firmware.rules.companions import Companion, class_seen, keeps_company
from firmware.rules.company import AWAITED, MOST_WITHIN_S
from firmware.rules.identity import same_holder

if TYPE_CHECKING:
    from firmware.passes.outcome import Pass
    from firmware.rules.companions import Beside
    from firmware.rules.policy import Policy

MOST_WAITING: Final = 8
"""People who wait at one reader; of more the one who came first is forgotten, and has to show their pass again."""

MOST_INSIDE: Final = 64
KEPT_MS: Final = 2 * MOST_WITHIN_S * 1000
"""How long somebody is remembered: as long as a rule may ask for, and while an officer looks at who came with them."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody at a reader, there from `since_ms` until `until_ms` as far as is known: a pass that was shown twice.

    `grant` is what let them in, None for whoever waits, and `company` the first grant of those they were let in beside.
    `waived` is what an officer said yes to.
    """

    credential: Pass
    since_ms: int
    until_ms: int
    grant: str | None = None
    company: str | None = None
    waived: frozenset[Reason] = frozenset()


Members = tuple[Member, ...]
Together = tuple[tuple[Member, Decision], ...]
"""Each with what was decided about them, in the order in which they came."""


class Judge(Protocol):
    """What decides about one of them as things are now: decide() with everything but these two."""

    def __call__(self, who: Member, beside: Beside, /) -> Decision:
        """Answer for one of them, who stands beside the others."""


def same_person(one: Pass, other: Pass) -> bool:
    """Say whether two passes are one person's as far as they tell: the same pass, or two that name the same holder."""
    named = one.holder is not None and other.holder is not None and same_holder(one.holder, other.holder)
    return named or one.reference == other.reference


def apart_ms(one: Member, other: Member) -> int:
    """Say how long lay between two passes: nothing where both were there at some time."""
    return max(0, one.since_ms - other.until_ms, other.since_ms - one.until_ms)


def beside(place: int, everybody: Members, policy: Policy) -> Beside:
    """List who is at a reader, in their order, as the one at a `place` among them is judged beside the others."""
    return tuple(
        Companion(
            reference=one.credential.reference,
            pass_class=class_seen(one.credential.pass_class, policy),
            apart_ms=apart_ms(everybody[place], one),
            goes_in=one.grant is not None,
            ahead=at < place,
        )
        for at, one in enumerate(everybody)
        if at != place
    )


def together(inside: Members, waiting: Members, comer: Member, policy: Policy, judge: Judge) -> Together:
    """Judge who may go in now that somebody came to those who wait; the last answer is the comer's.

    Where there is no place for all, those go in with the comer who have waited longest and find one.
    """
    told = _settled(inside, (*waiting, comer), policy, judge)
    for left in range(len(waiting) - 1, -1, -1):
        if told[-1][1].reason is not Reason.FULL:
            break
        fewer = _settled(inside, (*waiting[:left], comer), policy, judge)
        if fewer[-1][1].outcome is Outcome.ALLOW:
            return fewer
    return told


def _settled(inside: Members, going: Members, policy: Policy, judge: Judge) -> Together:
    """Judge each beside those who are let in, until nobody is refused any more beside whom somebody else was not.

    Whoever finds no place is asked again after the rest: somebody who is refused anyway needs none.
    """
    told: list[Decision | None] = [None] * len(going)
    staying = list(range(len(going)))
    while True:
        everybody = (*inside, *(going[at] for at in staying))
        for place, at in enumerate(staying, len(inside)):
            told[at] = judge(going[at], beside(place, everybody, policy))
        refused = [at for at in staying if (answer := told[at]) is not None and answer.outcome is not Outcome.ALLOW]
        if not refused:
            return tuple((who, answer) for who, answer in zip(going, told, strict=True) if answer is not None)
        anyway = [at for at in refused if (answer := told[at]) is not None and answer.reason is not Reason.FULL]
        staying = [at for at in staying if at not in (anyway or refused)]


@dataclass(slots=True)
class Gathering:
    """Who stands at the readers of one gate, by the reader's name."""

    waiting: dict[str, Members] = field(default_factory=dict)
    inside: dict[str, Members] = field(default_factory=dict)

    def come(self, reader: str, comer: Member, policy: Policy, judge: Judge) -> Together:
        """Judge somebody who came to a reader beside all who are there; nothing is kept of it."""
        inside = tuple(one for one in self.inside.get(reader, ()) if _another(one, comer))
        waiting = tuple(one for one in self.waiting.get(reader, ()) if _another(one, comer))
        return together(inside, waiting, comer, policy, judge)

    def answered(
        self, reader: str, who: Member, decision: Decision, grant: str | None, company: str | None = None
    ) -> None:
        """Keep what was answered: whoever lacks company waits for it, and whoever may go in is company to the next."""
        waiting = tuple(one for one in self.waiting.get(reader, ()) if _another(one, who))
        inside = tuple(one for one in self.inside.get(reader, ()) if _another(one, who))
        if decision.outcome is Outcome.ALLOW and grant is not None:
            self.inside[reader] = (*inside, replace(who, grant=grant, company=company))[-MOST_INSIDE:]
        elif decision.reason in AWAITED:
            before = next((one for one in self.waiting.get(reader, ()) if not _another(one, who)), who)
            waiting = (*waiting, replace(who, since_ms=min(before.since_ms, who.since_ms)))[-MOST_WAITING:]
            self.inside[reader] = inside
        self.waiting[reader] = waiting

    def waits(self, reader: str) -> bool:
        """Say whether somebody waits for company at a reader."""
        return bool(self.waiting.get(reader))

    def leader(self, reader: str, going: Members, policy: Policy, area: str) -> str | None:
        """Name the company of the first who was let in before and is company to one of those who go in now."""
        inside = self.inside.get(reader, ())
        for at, one in enumerate(inside):
            for who in going:
                there = beside(len(inside), (*inside, who), policy)[at]
                if _another(one, who) and keeps_company(there, who.credential.pass_class, area, policy):
                    return one.company or one.grant
        return None

    def turned_back(self, grant: str) -> None:
        """Hear that somebody who was let in did not go: they are nobody's company any more."""
        for reader, inside in self.inside.items():
            self.inside[reader] = tuple(one for one in inside if one.grant != grant)

    def left(self, credential: Pass) -> None:
        """Hear that somebody goes out, by whichever reader they came in."""
        for reader, inside in self.inside.items():
            self.inside[reader] = tuple(one for one in inside if not same_person(one.credential, credential))

    def forget(self, now_ms: int) -> None:
        """Drop whoever was last seen at a reader too long ago."""
        for kept in (self.waiting, self.inside):
            for reader, members in list(kept.items()):
                kept[reader] = tuple(one for one in members if now_ms - one.until_ms <= KEPT_MS)

    def dismiss(self) -> None:
        """Let nobody wait any more: other rules hold, or somebody opened by hand."""
        self.waiting.clear()

    def awaited_ms(self, policy: Policy | None, area: str) -> int | None:
        """Say until when (ms) somebody waits for company, as their rules have it; None where nobody does."""
        moments = (
            one.until_ms + patience_s(one.credential.pass_class, policy, area) * 1000
            for members in self.waiting.values()
            for one in members
            if policy is not None
        )
        return max(moments, default=None)


def _another(one: Member, other: Member) -> bool:
    return not same_person(one.credential, other.credential)


def patience_s(pass_class: str, policy: Policy, area: str) -> int:
    """Say how many seconds somebody's company may take to show their passes."""
    pair, rule = policy.two_person.get(area), policy.classes.get(pass_class)
    rules = (pair, None if rule is None else rule.escort)
    return min((one.within_s for one in rules if one is not None), default=0)
