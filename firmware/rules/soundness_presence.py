"""What is asked of health and said of who is inside, where nothing in the policy answers. Pure; `soundness` asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.rules.policy import Policy


def health(policy: Policy) -> Iterator[str]:
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


def presence(policy: Policy) -> Iterator[str]:
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
