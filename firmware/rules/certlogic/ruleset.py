"""National rules as a policy holds them: which apply to a certificate at a moment, and whether it passes all of them.

Deny is the default: a certificate of no known kind, or one to which no rule applies, is not acceptable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from firmware.rules.certlogic.evaluating import Budget
from firmware.rules.certlogic.rule import Rule
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_KINDS: Final[dict[str, Literal["Vaccination", "Test", "Recovery"]]] = {
    "v": "Vaccination",
    "t": "Test",
    "r": "Recovery",
}
"""Under which name of its payload a European certificate has which kind of entry."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Codes = Annotated[tuple[Code, ...], Field(strict=False, max_length=4_096)]


class NationalRules(Strict):
    """Rules as published, and the value sets that they look codes up in (name -> codes)."""

    rules: Annotated[tuple[Rule, ...], Field(strict=False, min_length=1, max_length=256)]
    value_sets: Annotated[dict[Code, Codes], Field(default_factory=dict, max_length=64)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Refuse two rules of one name and version: nobody could say which of them counts."""
        names = [f"{rule.identifier} {rule.version}" for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"stands there more than once: {', '.join(twice)}"
            raise ValueError(msg)
        return self

    def acceptable(self, payload: Mapping[str, object], at: datetime) -> bool:
        """Say whether a certificate passes every rule that applies; together they have the steps of one evaluation."""
        kinds = {kind for name, kind in _KINDS.items() if payload.get(name)}
        rules = [rule for rule in self._in_force(at) if rule.certificate_type in {*kinds, "General"}]
        sets = {name: list(codes) for name, codes in self.value_sets.items()}
        external: dict[str, object] = {"validationClock": at.isoformat(timespec="seconds"), "valueSets": sets}
        budget = Budget()
        return bool(kinds) and bool(rules) and all(rule.passes(dict(payload), external, budget) for rule in rules)

    def _in_force(self, at: datetime) -> Iterator[Rule]:
        """Yield the newest version of each rule that is in force."""
        newest: dict[str, Rule] = {}
        for rule in self.rules:
            known = newest.get(rule.identifier)
            if rule.valid_from <= at <= rule.valid_to and (known is None or known.order < rule.order):
                newest[rule.identifier] = rule
        yield from newest.values()
