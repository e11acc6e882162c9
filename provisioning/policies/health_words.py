"""What changes in a policy's health profile and national rules, in words. Pure.

Each change is what, how it was and how it becomes. A rule whose content changed under the same version is told as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from firmware.rules.certlogic.ruleset import NationalRules
    from firmware.rules.health.profile import Actions, ColourRule, Conditions, HealthProfile

    Told = tuple[str, str, str]

NONE: Final = "none"


def profile_changes(old: HealthProfile | None, new: HealthProfile | None) -> Iterator[Told]:
    """Tell what becomes of a profile, version by version."""
    names = [NONE if one is None else one.name for one in (old, new)]
    switches = ["on" if one is not None and one.green_by_test else "off" for one in (old, new)]
    yield from _differing({"health profile": names[0]}, {"health profile": names[1]})
    yield from _differing({"green by a test alone": switches[0]}, {"green by a test alone": switches[1]})
    yield from _differing(_actions(old), _actions(new), "as everywhere")
    yield from _differing(_versions(old), _versions(new))


def rules_changes(old: NationalRules | None, new: NationalRules | None) -> Iterator[Told]:
    """Tell which national rules and value sets come, go or change."""
    yield from _differing(_rules(old), _rules(new))
    yield from _differing(_sets(old), _sets(new))


def _differing(old: Mapping[str, str], new: Mapping[str, str], absent: str = NONE) -> Iterator[Told]:
    for what in sorted(old.keys() | new.keys()):
        before, after = old.get(what, absent), new.get(what, absent)
        if before != after:
            yield what, before, after


def _actions(profile: HealthProfile | None) -> dict[str, str]:
    """Say what colours come to, everywhere and where it is otherwise."""
    if profile is None:
        return {"colours": NONE}
    areas = {f"colours in {area}": _action(actions) for area, actions in profile.areas.items()}
    return {"colours": _action(profile.actions), **areas}


def _action(actions: Actions) -> str:
    return ", ".join(f"{colour} {action}" for colour, action in actions.model_dump().items())


def _versions(profile: HealthProfile | None) -> dict[str, str]:
    """Say the rules of each version by the day on which it begins."""
    versions = () if profile is None else profile.versions
    return {f"colours from {version.from_}": "; ".join(map(_rule, version.rules)) for version in versions}


def _rule(rule: ColourRule) -> str:
    return f"{rule.colour} {_conditions(rule.when)}"


def _conditions(when: Conditions) -> str:
    """Say the conditions as they are written, shortest form; none is everybody else."""
    told = [f"{name.replace('_', ' ')} {_value(value)}" for name, value in when.model_dump(exclude_none=True).items()]
    return " and ".join(told) or "everybody else"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name.replace('_', ' ')} {_value(one)}" for name, one in value.items()) + ")"
    return str(value)


def _rules(rules: NationalRules | None) -> dict[str, str]:
    """Say each national rule: its version's name and all that counts of it."""
    every = () if rules is None else rules.rules
    return {
        f"national rule {rule.identifier} {rule.version}": rule.model_dump_json(by_alias=True, exclude={"description"})
        for rule in every
    }


def _sets(rules: NationalRules | None) -> dict[str, str]:
    """Say each value set."""
    sets = {} if rules is None else rules.value_sets
    return {f"value set {name}": ", ".join(sorted(codes)) for name, codes in sets.items()}
