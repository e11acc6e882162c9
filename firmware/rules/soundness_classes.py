"""What classes of pass say of areas, of each other and of an officer. Pure; `soundness` asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.rules.identity import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from firmware.rules.policy import ClassRule, Policy


def areas(policy: Policy) -> Iterator[str]:
    """Where the areas are named, a rule about another one is a slip of the pen."""
    if policy.areas is None:
        return
    known = frozenset(policy.areas)
    for name, rule in policy.classes.items():
        for at, area in enumerate(rule.areas or ()):
            if area not in known:
                yield f"classes.{name}.areas.{at}: {area} is none of 'areas'; add it there or correct its spelling"


def duress(policy: Policy) -> Iterator[str]:
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


_ASKED: Final[Mapping[str, Callable[[ClassRule], bool]]] = {
    "lists_too_old": lambda rule: rule.limits is not None and rule.limits.ages,
    "holiday": lambda rule: rule.holidays is not None or rule.holiday_hours is not None,
    "hours": lambda rule: rule.hours is not None,
    "health": lambda rule: rule.health is not None,
}


def formats(policy: Policy) -> Iterator[str]:
    """What a class takes is among what the policy takes, and an identity is left to officers where one is in doubt."""
    for name, rule in policy.classes.items():
        for at, one in enumerate(rule.formats or ()):
            if one not in policy.formats:
                yield f"classes.{name}.formats.{at}: {one} is none of 'formats'; add it there or leave it out"
        if rule.proof is not None and OURS.isdisjoint(rule.formats or policy.formats):
            what = "no format of this class has a holder's proof"
            yield f"classes.{name}.proof: {what}, so nobody gets in; leave it out or add gp1"
        if "identity" in rule.verify and OURS.issuperset(rule.formats or policy.formats):
            what = "nothing refuses this class for identity, as it has no format of others"
            yield f"classes.{name}.verify: {what}; leave it out or add a format"


def verify(policy: Policy) -> Iterator[str]:
    """What is left to an officer has to be asked for somewhere, or nobody is ever sent to one for it."""
    for name, rule in policy.classes.items():
        for reason in sorted(rule.verify):
            if reason in _ASKED and not _ASKED[reason](rule):
                yield f"classes.{name}.verify: nothing refuses this class for {reason}; leave it out or add the rule"


def officers(policy: Policy) -> Iterator[str]:
    """Whose pass is an officer's word is a real class, shown freely, and there is something to answer."""
    for name in sorted(policy.officers):
        rule = policy.classes.get(name)
        if rule is None:
            yield f"officers: {name} is no class of this policy; leave it out or correct its spelling"
        elif rule.duress is not None:
            yield f"officers: {name} is one under threat; name {rule.duress}, which it stands for"
    if policy.officers and not any(rule.verify or rule.health == "colour" for rule in policy.classes.values()):
        yield "officers: nothing is left to one, so nobody ever asks; leave it out or add 'verify' to a class"
