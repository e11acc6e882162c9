"""Cases by which a policy is tried out before it is signed: who comes, where, when, and what shall come of it.

A table is YAML. Reading it opens no other file; whatever is wrong in it is listed by line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.events import Direction, Outcome, Posture, Reason
from firmware.rules.effective import LocalTime, real_time
from firmware.rules.hours import Name
from firmware.rules.policy import Reference
from firmware.signed import strict_json
from firmware.signed.fields import Strict
from provisioning.fleet import yaml_nodes
from provisioning.fleet.yaml_nodes import Mapping, Node, Scalar, Sequence, ShapeError
from provisioning.mistake import OperatorError
from provisioning.policies.facts import Facts
from provisioning.policies.proved import Proof

MOST: Final = 10_000
_MOVED: Final = r"^(in|out) at [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _of_an_age(text: str) -> str:
    """Refuse a minute by which no gate's clock can stand, with the days around it that a decision looks at."""
    if not "1971" <= text < "9999":
        msg = f"lies outside of the years 1971 to 9998 (found {text:.16}); write one that a gate can see"
        raise ValueError(msg)
    return text


def _moved(text: str) -> str:
    """Refuse a passage at a minute that no calendar has."""
    _of_an_age(real_time(text.rpartition(" ")[2]))
    return text


Moved = Annotated[str, StringConstraints(pattern=_MOVED), AfterValidator(_moved)]
"""A passage: which way, and when by the policy's time zone."""
Some = Annotated[int, Field(ge=0, le=1_000_000)]
Age = Annotated[int, Field(ge=0)]


class Shown(Strict):
    """What is known of the pass; without times it is good for the day around the moment it is shown.

    `issuer` is its name on the trust list, or the id of its key. `used` are entries taken before, `reference` names it
    where the policy blocks passes. `last` is how it moved last (`in at 2026-01-05T09:00`), seen here or `elsewhere`, at
    another gate of the area, which has seen `used_elsewhere` entries of it.
    """

    pass_class: Name = Field(alias="class")
    format: Name = "gp1"
    issuer: Words = "authority"
    areas: Names | None = None
    gates: Names = ()
    not_before: LocalTime | None = None
    expires: LocalTime | None = None
    entries: Annotated[int, Field(ge=1)] | None = None
    used: Annotated[int, Field(ge=0)] = 0
    used_elsewhere: Annotated[int, Field(ge=0, le=1_000)] = 0
    last: Moved | None = None
    elsewhere: bool = False
    health_ok_until: LocalTime | None = None
    health: Facts | None = None
    proof: Proof | None = None
    reference: Reference = "0" * 32

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        """Refuse a place for a passage that there was none of."""
        if self.elsewhere and self.last is None:
            msg = "'elsewhere' says where 'last' was; write that too, or 'used_elsewhere'"
            raise ValueError(msg)
        return self


class With(Strict):
    """Somebody at the same reader: their class, how many seconds lie between the passes, and if they went in before."""

    pass_class: Name = Field(alias="class")
    apart_s: Annotated[int, Field(ge=0, le=3600)] = 0
    let_in: bool = False


class Ages(Strict):
    """How many seconds ago the lists were signed."""

    trust: Age | None = None
    policy: Age | None = None
    revocations: Age | None = None


class Case(Strict):
    """One case. Times are local to the policy; without a posture the policy's own timetable gives it.

    `inside` is how many are in the area, `full` as many as the policy lets in; the gate's siblings are in reach.
    `reason` is why it shall be refused or left to an officer, `remark` what shall be odd about one who gets in.
    """

    name: Words
    at: Annotated[LocalTime, AfterValidator(_of_an_age)]
    expect: Annotated[Outcome, Field(strict=False)]
    reason: Annotated[Reason, Field(strict=False)] | None = None
    remark: Annotated[Reason, Field(strict=False)] | None = None
    observed: Annotated[Outcome, Field(strict=False)] | None = None
    shown: Shown | None = Field(alias="pass", default=None)
    direction: Annotated[Direction, Field(strict=False)] = Direction.IN
    gate: Name = "gate-1"
    area: Name = "lobby"
    unsure_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    posture: Annotated[Posture, Field(strict=False)] | None = None
    came_in: Names = ()
    inside: Some = 0
    full: bool = False
    beside: Annotated[tuple[With, ...], Field(alias="with", strict=False, max_length=64)] = ()
    waived: Annotated[tuple[Reason, ...], Field(strict=False)] = ()
    ages_s: Ages = Ages()
    stage: Literal["active", "installed"] = "active"

    @model_validator(mode="after")
    def _counted_once(self) -> Self:
        """Refuse two answers to how many are inside."""
        if self.full and self.inside:
            msg = "'full' and 'inside' both say how many are inside; write one of them"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Placed:
    """A case and the line on which it begins."""

    line: int
    case: Case


def read(text: str) -> list[Placed]:
    """Read a table of cases; raises OperatorError with a line for everything that is wrong."""
    try:
        table = yaml_nodes.parse(text)
        defaults, cases = _parts(table)
    except ShapeError as error:
        line = f"line {error.line}: {error.what}; {error.remedy}"
        raise OperatorError(line) from error
    found: list[Placed] = []
    wrong: list[str] = []
    for node in cases:
        try:
            value = _value(node)
        except ShapeError as error:
            wrong.append(f"line {error.line}: {error.what}; {error.remedy}")
            continue
        read_as = strict_json.read_as({**defaults, **value} if isinstance(value, dict) else {"case": value}, Case)
        if isinstance(read_as, Case):
            found.append(Placed(node.line, read_as))
        else:
            wrong += [f"line {node.line}: {mistake}" for mistake in read_as]
    if wrong:
        raise OperatorError(*wrong)
    return found


def _parts(table: Node | None) -> tuple[dict[str, object], list[Node]]:
    """Take what all cases share, and the cases."""
    if not isinstance(table, Mapping):
        raise ShapeError(1, "holds no table of cases", "write 'cases:' and below it one entry for each, with a dash")
    keys = {_key(key): value for key, value in table.items}
    cases = keys.get("cases")
    unknown = sorted(keys.keys() - {"cases", "defaults"})
    if unknown or not isinstance(cases, Sequence) or not cases.items:
        what = f"has {unknown[0]!r:.40}, which is not known here" if unknown else "has no cases"
        raise ShapeError(table.line, what, "write 'cases' with at least one, and 'defaults' if they share something")
    if len(cases.items) > MOST:
        raise ShapeError(cases.line, f"has more than {MOST} cases", "split the table")
    defaults = _value(keys["defaults"]) if "defaults" in keys else {}
    if not isinstance(defaults, dict):
        raise ShapeError(keys["defaults"].line, "has defaults that are no keys with values", "write keys as in a case")
    return defaults, cases.items


def _value(node: Node) -> object:
    """Turn a node into what JSON would hold; only plain true, false, null and whole numbers are no text."""
    match node:
        case Mapping(items=items):
            keys = [_key(key) for key, _ in items]
            if len(set(keys)) != len(keys):
                raise ShapeError(node.line, "has a key twice", "leave one of them out")
            return {name: _value(value) for name, (_, value) in zip(keys, items, strict=True)}
        case Sequence(items=parts):
            return [_value(part) for part in parts]
        case Scalar(text=text, plain=plain):
            if plain and text in {"true", "false"}:
                return text == "true"
            if plain and text in {"", "null", "~"}:
                return None
            return int(text) if plain and re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII) else text


def _key(node: Node) -> str:
    """Read a key, which is text."""
    if not isinstance(node, Scalar):
        raise ShapeError(node.line, "has a key that is no word", "write a word and a colon")
    return node.text
