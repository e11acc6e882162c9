"""What one policy changes against another, in words: for whom, what it was and what it becomes. Pure.

A field without words of its own is told as its JSON, so that no change is ever left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.rules.hours import DAYS
from firmware.rules.policy import ClassRule
from provisioning.policies.health_words import profile_changes, rules_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from firmware.rules.policy import Policy

EVERYBODY: Final = "everybody"
DOOR: Final = "the door"

_SETS: Final = frozenset({"verify", "issuers", "officers", "by", "first", "second", "exempt"})

Words = "Callable[[object], str]"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: for whom (a class, everybody, the door), of what, and both sides in words."""

    who: str
    what: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """Say it in one line."""
        return f"{self.who}: {self.what}: {self.after} (before: {self.before})"


def changes(old: Policy, new: Policy) -> list[Change]:
    """Name every change from the old policy to the new, the classes first; none where they mean the same."""
    return [*_classes(old, new), *_whole(old, new)]


def _classes(old: Policy, new: Policy) -> Iterator[Change]:
    """Tell class by class."""
    for name in sorted(old.classes.keys() | new.classes.keys()):
        before, after = old.classes.get(name), new.classes.get(name)
        if before is None or after is None:
            words = ("not admitted", "admitted") if before is None else ("admitted", "not admitted")
            yield Change(name, "class", *words)
        before, after = before or ClassRule(), after or ClassRule()
        if name in new.classes:
            yield from _fields(name, _plain(before), _plain(after), CLASS_WORDS)


def _whole(old: Policy, new: Policy) -> Iterator[Change]:
    """Tell what no class has of its own."""
    before, after = _plain(old), _plain(new)
    for fields in (before, after):
        fields.pop("classes")
    gone, come = set(old.blocked - new.blocked), set(new.blocked - old.blocked)
    if gone or come:
        words = (f"{len(old.blocked)} of them", f"{len(come)} more and {len(gone)} fewer")
        yield Change(EVERYBODY, "blocked passes", *words)
    yield from _calendar(old, new)
    yield from (Change(EVERYBODY, *told) for told in profile_changes(old.health_profile, new.health_profile))
    yield from (Change(EVERYBODY, *told) for told in rules_changes(old.national_rules, new.national_rules))
    for fields in (before, after):
        fields.pop("blocked", None)
        fields.pop("calendar", None)
        fields.pop("health_profile", None)
        fields.pop("national_rules", None)
    for change in _fields(EVERYBODY, before, after, POLICY_WORDS):
        yield Change(DOOR, change.what, change.before, change.after) if change.what == "postures" else change


def _calendar(old: Policy, new: Policy) -> Iterator[Change]:
    """Tell each day that comes, goes or becomes another kind."""
    for day in sorted(old.days_off.keys() | new.days_off.keys()):
        before, after = old.days_off.get(day), new.days_off.get(day)
        if before != after:
            told = ("a day like any other" if one is None else f"{one.kind}, {one.name}" for one in (before, after))
            yield Change(EVERYBODY, day, *told)


def _fields(
    who: str, old: Mapping[str, object], new: Mapping[str, object], words: Mapping[str, Callable[[object], str]]
) -> Iterator[Change]:
    """Tell field by field."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before != after:
            say = words.get(name, _json)
            yield Change(who, name.replace("_", " "), say(before), say(after))


def _plain(model: Policy | ClassRule) -> dict[str, object]:
    """Spell a model as its JSON, sets in order, without what it leaves at its default."""
    found: dict[str, object] = {
        name: _ordered(name, value) for name, value in json.loads(model.model_dump_json(by_alias=True)).items()
    }
    return found


def _ordered(name: str, value: object) -> object:
    """Put what is a set in the model into one order, at any depth."""
    if isinstance(value, dict):
        return {key: _ordered(key, one) for key, one in value.items()}
    return sorted(value) if isinstance(value, list) and name in _SETS else value


def _json(value: object) -> str:
    """Say a value as it is written."""
    return "nothing said" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _any(otherwise: str) -> Callable[[object], str]:
    """Name a list, or what its absence means."""
    return lambda value: ", ".join(map(str, value)) if isinstance(value, list) and value else otherwise


def _hours(value: object) -> str:
    """Say weekly openings."""
    if not isinstance(value, list) or not value:
        return "at any hour"
    return ", ".join(f"{_days(one['days'])} {one['from']}-{one['until']}" for one in value)


def _days(days: list[str]) -> str:
    """Say days of the week, a run of three or more by its ends."""
    at = sorted(DAYS.index(day) for day in days)
    if len(at) > 2 and at == list(range(at[0], at[-1] + 1)):  # noqa: PLR2004  two days are named both
        return f"{DAYS[at[0]]}-{DAYS[at[-1]]}"
    return " ".join(DAYS[one] for one in at)


def _holiday_hours(value: object) -> str:
    """Say openings on days of the calendar."""
    if not isinstance(value, list):
        return "a day like any other"
    return ", ".join(f"{one['from']}-{one['until']} on {' and '.join(sorted(one['kinds']))}" for one in value)


def _limits(value: object) -> str:
    """Say how old lists may be, and how unsure the clock."""
    if not isinstance(value, dict):
        return "lists of any age"
    said = ((name.removesuffix("_s"), seconds) for name, seconds in sorted(value.items()) if seconds is not None)
    return ", ".join(f"{name} at most {seconds} s {'wide' if name == 'clock' else 'old'}" for name, seconds in said)


def _escort(value: object) -> str:
    """Say whom a class goes in with."""
    if not isinstance(value, dict):
        return "alone"
    by, apart = " or ".join(sorted(value["by"])), f"within {value['within_s']} s"
    return f"only with {by}, at most {value['per_escort']} with each, {apart}"


def _two_person(value: object) -> str:
    """Say where nobody goes in alone."""
    rules = sorted(value.items()) if isinstance(value, dict) else []
    return ", ".join(f"{area} ({_pair(rule)})" for area, rule in rules) or "nowhere"


def _pair(rule: Mapping[str, object]) -> str:
    """Say who makes a pair."""
    one, other = (
        " or ".join(sorted(map(str, named))) if isinstance(named, list) else "anybody"
        for named in (rule["first"], rule["second"])
    )
    return f"{one} with {other}, within {rule['within_s']} s"


def _effective(value: object) -> str:
    """Say from when until when."""
    if not isinstance(value, dict):
        return "at once and for good"
    return f"from {value.get('from') or 'at once'} until {value.get('until') or 'further notice'}"


def _postures(value: object) -> str:
    """Say the door's timetable."""
    if not isinstance(value, list) or not value:
        return "no timetable"
    return ", ".join(_posture(one) for one in value)


def _posture(one: Mapping[str, object]) -> str:
    """Say one time of it."""
    told = f"{one['posture']} {_hours([one])}"
    told += f" ({one['holidays']} on holidays)" if one.get("holidays") else ""
    return told + (f" after the first of {', '.join(map(str, one['first_in']))}" if one.get("first_in") else "")  # type: ignore[call-overload]


CLASS_WORDS: Final[Mapping[str, Callable[[object], str]]] = {
    "formats": _any("every format of the policy"),
    "issuers": _any("every issuer that is trusted"),
    "areas": _any("wherever the pass says"),
    "hours": _hours,
    "holidays": lambda value: "closed" if value else "a day like any other",
    "holiday_hours": _holiday_hours,
    "limits": _limits,
    "duress": lambda value: f"shown under threat, recorded as {value}" if value else "shown freely",
    "health": lambda value: f"{value}" if value else "not asked for",
    "contact": lambda value: f"{value} contact reference" if value else "no contact reference",
    "proof": lambda value: f"with the {value}'s proof" if value else "whoever shows it",
    "verify": _any("nothing is left to an officer"),
    "escort": _escort,
}
POLICY_WORDS: Final[Mapping[str, Callable[[object], str]]] = {
    "effective": _effective,
    "areas": _any("any"),
    "officers": _any("nobody's pass is an officer's word"),
    "postures": _postures,
    "two_person": _two_person,
    "health_office": lambda value: "another key" if value else "none",
}
