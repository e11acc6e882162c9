"""A national rule as it is published, and whether a certificate passes it. What cannot be evaluated is refused whole.

The fields are those in which the member states of the European certificate exchange their rules. Texts for people may
be added to them by anybody and are left out; anything else that is not known is a mistake: it might mean something.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_pascal

from firmware.rules.certlogic.evaluating import Budget, evaluate
from firmware.rules.certlogic.validating import mistakes
from firmware.rules.certlogic.values import EvaluationError, moment

_VERSION: Final = r"^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}$"
_KNOWN: Final = re.compile(r"^[01]\.")


def _read_time(value: object) -> datetime:
    """Read a moment as rules write it."""
    try:
        return moment(value)
    except EvaluationError as error:
        raise ValueError(str(error)) from None


def _evaluable(logic: object) -> object:
    """Refuse logic with mistakes, every one of them named."""
    found = mistakes(logic)
    if found:
        raise ValueError("; ".join(dict.fromkeys(mistake.message for mistake in found)))
    return logic


def _supported(version: object) -> object:
    """Refuse a rule for an engine or a scheme that is newer than anything known."""
    if isinstance(version, str) and not _KNOWN.match(version):
        msg = f"version {version[:20]} is newer than what can be evaluated; 0.x and 1.x can"
        raise ValueError(msg)
    return version


def _is_text(value: object) -> bool:
    """Say whether a value can mean nothing but words: a text, or a list of texts in languages."""
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, str) or (isinstance(item, dict) and set(item) == {"lang", "desc"}) for item in items)


Version = Annotated[str, StringConstraints(pattern=_VERSION)]
Known = Annotated[Version, BeforeValidator(_supported)]
Moment = Annotated[datetime, BeforeValidator(_read_time)]


class Description(BaseModel):
    """What a rule says, in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    lang: Annotated[str, Field(max_length=16)]
    desc: Annotated[str, Field(max_length=10_000)]


class Rule(BaseModel):
    """One published rule. `Logic` comes to true where the certificate is acceptable."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_pascal)

    identifier: Annotated[str, StringConstraints(pattern=r"^(GR|VR|TR|RR|IR)-[A-Z]{2}-[0-9]{4}$")]
    type: Literal["Acceptance", "Invalidation"]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    region: Annotated[str | None, Field(max_length=5)] = None
    version: Version
    schema_version: Known
    engine: Literal["CERTLOGIC"]
    engine_version: Known
    certificate_type: Literal["General", "Test", "Vaccination", "Recovery"]
    description: Annotated[tuple[Description, ...], Field(strict=False, min_length=1, max_length=64)]
    valid_from: Moment
    valid_to: Moment
    affected_fields: Annotated[tuple[str, ...], Field(strict=False, max_length=64)]
    logic: Annotated[object, BeforeValidator(_evaluable)]

    @model_validator(mode="before")
    @classmethod
    def _without_words(cls, document: object) -> object:
        """Leave out what is not known and can only be words."""
        if not isinstance(document, dict):
            return document
        known = {to_pascal(name) for name in cls.model_fields}
        return {name: value for name, value in document.items() if name in known or not _is_text(value)}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse a rule that is never in force."""
        if self.valid_from >= self.valid_to:
            msg = "'ValidTo' is not after 'ValidFrom'"
            raise ValueError(msg)
        return self

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, so that 1.10.0 is newer than 1.9.0."""
        return tuple(int(part) for part in self.version.split("."))

    def passes(self, payload: object, external: dict[str, object], budget: Budget | None = None) -> bool:
        """Say whether a certificate's payload passes; a rule that cannot be evaluated on it does not.

        `external` holds `validationClock` (a time) and `valueSets` (name -> codes).
        """
        try:
            return evaluate(self.logic, {"payload": payload, "external": external}, budget) is True
        except EvaluationError:
            return False
