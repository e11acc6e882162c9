"""What no single key of a policy can say: rules that contradict each other, that nothing ever reaches, that never end.

The desk asks before it signs and the gate before it believes, so both refuse the same. Each mistake is one line: where,
what, and what to write. Whoever adds a field to the policy adds its check to `CHECKS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.rules.policy import Policy
from firmware.signed import strict_json, times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from firmware.rules.hours import Hours, Timed
    from firmware.rules.policy import ClassRule


def read_policy(body: Mapping[str, object], issued: int = 0, expires: int | None = None) -> Policy | tuple[str, ...]:
    """Read a policy's body; answer the policy or every mistake in it.

    `issued` and `expires` are the dates of the document that brings it (Unix seconds); without them its own are not
    held against anything.
    """
    policy = strict_json.read_as(body, Policy)
    if not isinstance(policy, Policy):
        return policy
    return (*mistakes(policy), *_dates(policy, issued, expires)) or policy


def mistakes(policy: Policy) -> tuple[str, ...]:
    """Name everything in a policy that contradicts the rest of it."""
    return tuple(line for check in CHECKS for line in check(policy))


def _dates(policy: Policy, issued: int, expires: int | None) -> Iterator[str]:
    """A time of its own lies within its document's: what is past was not in force, what comes later never is."""
    if policy.effective is None:
        return
    begins, ends = policy.span
    for name, second in (("from", begins), ("until", ends)):
        if 0 < second < issued:
            what = f"is before this was signed ({times.render(issued)})"
            yield f"effective.{name}: {what}; write a later time or leave it out"
    if expires is not None and begins >= expires:
        yield f"effective.from: is not before this document ends ({times.render(expires)}); sign it for longer"


def _areas(policy: Policy) -> Iterator[str]:
    """Where the areas are named, a rule about another one is a slip of the pen."""
    if policy.areas is None:
        return
    known = frozenset(policy.areas)
    for name, rule in policy.classes.items():
        for at, area in enumerate(rule.areas or ()):
            if area not in known:
                yield f"classes.{name}.areas.{at}: {area} is none of 'areas'; add it there or correct its spelling"


def _duress(policy: Policy) -> Iterator[str]:
    """The class that stands in records for one under threat is a real one, and stands for itself."""
    for name, rule in policy.classes.items():
        if rule.duress is None:
            continue
        shown = policy.classes.get(rule.duress)
        if shown is None:
            yield f"classes.{name}.duress: {rule.duress} is no class of this policy, which would tell; name one that is"
        elif shown.duress is not None:
            what = "itself" if rule.duress == name else f"{rule.duress}, which is one under threat too"
            yield f"classes.{name}.duress: names {what}; name a class that is shown freely"


def _openings(policy: Policy) -> Iterator[str]:
    """An opening that lies inside another of its class says nothing."""
    for name, rule in policy.classes.items():
        hours = rule.hours or ()
        for at, one in enumerate(hours):
            for other_at, other in enumerate(hours):
                twice = one == other and at > other_at
                if at != other_at and _inside(one, other) and (one != other or twice):
                    yield f"classes.{name}.hours.{at}: lies inside of hours.{other_at}; leave it out"
                    break


def _inside(one: Hours, other: Hours) -> bool:
    """Say whether whenever one opening holds the other does."""
    begins, ends = other.minutes
    return set(one.days) <= set(other.days) and begins <= one.minutes[0] and one.minutes[1] <= ends


def _holidays(policy: Policy) -> Iterator[str]:
    """What is said of days of the calendar needs such days, and is said once."""
    seen: dict[str, int] = {}
    for at, off in enumerate(policy.calendar):
        if (first := seen.setdefault(off.date, at)) != at:
            yield f"calendar.{at}.date: {off.date} is calendar.{first} already; leave one of them out"
    kinds = {off.kind for off in policy.calendar}
    for name, rule in policy.classes.items():
        if rule.holidays is not None and rule.holiday_hours is not None:
            yield f"classes.{name}.holidays: is closed, and holiday_hours say when it is open; leave one of them out"
        if (rule.holidays is not None or rule.holiday_hours is not None) and not kinds:
            key = "holidays" if rule.holidays is not None else "holiday_hours"
            yield f"classes.{name}.{key}: there is no calendar, so it never holds; add 'calendar' or leave it out"
        for at, one in enumerate(rule.holiday_hours or ()):
            if kinds and not kinds & set(one.kinds):
                yield f"classes.{name}.holiday_hours.{at}: no day of the calendar is of its kind; leave it out"
    for at, timed in enumerate(policy.postures):
        if timed.holidays is not None and not kinds:
            yield f"postures.{at}.holidays: there is no calendar; add 'calendar' or leave it out"


def _postures(policy: Policy) -> Iterator[str]:
    """A time whose every minute belongs to times before it in the list never gives its posture."""
    for at, timed in enumerate(policy.postures):
        before = policy.postures[:at]
        if all(
            _shadowed(timed, day, off, before) for day in timed.days for off in (False, True) if _meant(timed, off=off)
        ):
            yield f"postures.{at}: never holds, for those before it do; leave it out or put it before them"
        for name in timed.first_in or ():
            if name not in policy.classes:
                yield f"postures.{at}.first_in: {name} is no class of this policy, so it never opens; name one that is"


def _meant(timed: Timed, *, off: bool) -> bool:
    """Say whether a time is meant for days of the calendar (`off`), or for all others."""
    return timed.holidays is None or (timed.holidays == "only") is off


def _shadowed(timed: Timed, day: str, off: bool, before: Sequence[Timed]) -> bool:  # noqa: FBT001  one of two kinds of day
    """Say whether every minute of a time on such a day is covered by times that surely hold before it."""
    spans = sorted(one.minutes for one in before if day in one.days and _meant(one, off=off) and one.first_in is None)
    reached, end = timed.minutes
    for begins, ends in spans:
        if begins <= reached < ends:
            reached = ends
    return reached >= end


_ASKED: Final[Mapping[str, Callable[[ClassRule], bool]]] = {
    "lists_too_old": lambda rule: rule.limits is not None,
    "holiday": lambda rule: rule.holidays is not None or rule.holiday_hours is not None,
    "hours": lambda rule: rule.hours is not None,
    "health": lambda rule: rule.health is not None,
}


def _verify(policy: Policy) -> Iterator[str]:
    """What is left to an officer has to be asked for somewhere, or nobody is ever sent to one for it."""
    for name, rule in policy.classes.items():
        for reason in sorted(rule.verify):
            if reason in _ASKED and not _ASKED[reason](rule):
                yield f"classes.{name}.verify: nothing refuses this class for {reason}; leave it out or add the rule"


def _health(policy: Policy) -> Iterator[str]:
    """What a class asks of somebody's health needs what answers it, and is answered once."""
    profile = policy.health_profile
    for name, rule in policy.classes.items():
        if rule.health == "colour" and profile is None:
            yield f"classes.{name}.health: is 'colour' and there is no 'health_profile'; add one"
        if rule.health == "rules" and policy.national_rules is None:
            yield f"classes.{name}.health: is 'rules' and there are no 'national_rules'; add them"
        if rule.health == "colour" and "health" in rule.verify:
            yield f"classes.{name}.verify: whether a colour asks an officer stands in 'actions'; leave out 'health'"
    asked = {rule.health for rule in policy.classes.values()}
    for key, word in (("health_profile", "colour"), ("national_rules", "rules")):
        if getattr(policy, key) is not None and word not in asked:
            yield f"{key}: no class has 'health' as '{word}', so nobody is asked; leave it out or add it to a class"
    for area in () if profile is None else profile.areas:
        if policy.areas is not None and area not in policy.areas:
            yield f"health_profile.areas.{area}: is none of 'areas'; add it there or correct its spelling"


def _presence(policy: Policy) -> Iterator[str]:
    """What is said of an area's places and of who is inside is about areas and classes that there are."""
    if policy.areas is not None:
        for area in policy.capacity:
            if area not in policy.areas:
                yield f"capacity.{area}: is none of 'areas'; add it there or correct its spelling"
    rule = policy.passback
    for name in sorted(rule.exempt) if rule is not None else ():
        if name not in policy.classes:
            yield f"passback.exempt: {name} is no class of this policy; leave it out or correct its spelling"
    for name, of_class in policy.classes.items():
        exempt = rule is None or rule.mode in {"off", "soft"} or name in rule.exempt
        if "passback" in of_class.verify and exempt:
            yield f"classes.{name}.verify: nothing refuses this class for passback; leave it out or add the rule"


CHECKS: Final[tuple[Callable[[Policy], Iterator[str]], ...]] = (
    _areas,
    _duress,
    _openings,
    _holidays,
    _postures,
    _verify,
    _health,
    _presence,
)
