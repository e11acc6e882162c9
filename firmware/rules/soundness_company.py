"""Company that nobody could ever keep: classes and areas that are none, escorts in a circle, too few places. Pure.

`soundness` asks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from firmware.rules.policy import Policy

TWO: Final = 2


def company(policy: Policy) -> Iterator[str]:
    """Whoever has to come with somebody must be able to."""
    yield from _two_persons(policy)
    yield from _escorts(policy)


def _two_persons(policy: Policy) -> Iterator[str]:
    """An area that takes two persons at a time takes two, of classes that get in there."""
    for area, rule in policy.two_person.items():
        where = f"two_person.{area}"
        if policy.areas is not None and area not in policy.areas:
            yield f"{where}: {area} is none of 'areas'; add it there or correct its spelling"
        if _too_small(policy, area):
            yield f"{where}: fewer than two may be in {area} by 'capacity', so nobody gets in; raise it or leave it out"
        for key, named in (("first", rule.first), ("second", rule.second)):
            for name in sorted(named or ()):
                if name not in policy.classes:
                    yield f"{where}.{key}: {name} is no class of this policy; leave it out or correct its spelling"
                elif (seen := policy.classes[name].duress) is not None:
                    yield f"{where}.{key}: {name} is shown under threat and counts as {seen}; name that one"
            known = [name for name in policy.classes if named is None or name in named]
            if known and not any(_admitted(policy, name, area) for name in known):
                what = f"none of these classes is admitted in {area}, so nobody gets in"
                yield f"{where}.{key}: {what}; name one that is"


def _escorts(policy: Policy) -> Iterator[str]:
    """Escorts are other classes that get in where those get in who need them, and none waits for itself."""
    need = {name: rule.escort.by for name, rule in policy.classes.items() if rule.escort is not None}
    for name, by in need.items():
        where = f"classes.{name}.escort.by"
        for escort in sorted(by):
            if escort not in policy.classes:
                yield f"{where}: {escort} is no class of this policy; leave it out or correct its spelling"
            elif (seen := policy.classes[escort].duress) is not None:
                yield f"{where}: {escort} is shown under threat and counts as {seen}; name that one"
        if name in _reached(need, by):
            circle = "itself" if name in by else "somebody who needs this class as an escort in turn"
            yield f"{where}: names {circle}, so nobody could come first; name classes that go in without"
        known = by & policy.classes.keys()
        if known and not any(_meet(policy, name, escort) for escort in known):
            yield f"{where}: none of these classes is admitted where {name} is, so it never gets in; name one that is"
        areas = policy.classes[name].areas
        if areas is not None and all(_too_small(policy, area) for area in areas):
            yield f"classes.{name}.escort: its areas hold fewer than two by 'capacity', so it never gets in; raise it"


def _reached(need: Mapping[str, frozenset[str]], by: frozenset[str]) -> frozenset[str]:
    """Name all classes that somebody waits for, those included that their escorts wait for."""
    found: frozenset[str] = frozenset()
    while by - found:
        found |= by
        by = frozenset(name for one in by for name in need.get(one, ()))
    return found


def _too_small(policy: Policy, area: str) -> bool:
    rule = policy.capacity.get(area)
    return rule is not None and rule.limit < TWO


def _admitted(policy: Policy, name: str, area: str) -> bool:
    areas = policy.classes[name].areas
    return areas is None or area in areas


def _meet(policy: Policy, one: str, other: str) -> bool:
    """Say whether two classes are admitted in one area."""
    mine, theirs = policy.classes[one].areas, policy.classes[other].areas
    return mine is None or theirs is None or not set(mine).isdisjoint(theirs)
