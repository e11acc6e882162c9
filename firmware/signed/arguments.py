"""The arguments of a command: which there are for each op, in which range, and nothing else.

It decides what can be asked and never whether it may be; `orders.py` does that. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from firmware.signed import strict_json
from firmware.signed.command import Op
from firmware.signed.fields import Counter, Name, Strict

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_S: Final = 86_400
_Epoch = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]


class _Nothing(Strict):
    """No arguments."""


class _Unlock(Strict):
    direction: Literal["in", "out"]


class _Hold(Strict):
    for_s: Annotated[int, Field(ge=1, le=3600)]


class _Lasting(Strict):
    """`for_s` absent: until another posture is commanded."""

    for_s: Annotated[int, Field(ge=1, le=DAY_S)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, value: object) -> object:
        """Refuse `null`, which would be a second spelling of an absent argument."""
        if isinstance(value, dict) and value.get("for_s", 0) is None:
            msg = "leave for_s out or give it a number"
            raise ValueError(msg)
        return value


class _Posture(_Lasting):
    posture: Literal["free_access", "disabled", "resume"]

    @model_validator(mode="after")
    def _resumes_for_good(self) -> Self:
        if self.posture == "resume" and self.for_s is not None:
            msg = "resume takes no for_s"
            raise ValueError(msg)
        return self


class _Request(Strict):
    request: Name


class _Replay(Strict):
    epoch: _Epoch
    first: Counter
    last: Counter

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            msg = "first comes after last"
            raise ValueError(msg)
        return self


class _Provision(Strict):
    for_s: Annotated[int, Field(ge=60, le=3600)]


class _Identify(Strict):
    for_s: Annotated[int, Field(ge=1, le=60)]


_MODELS: Final[Mapping[Op, type[Strict]]] = {
    Op.UNLOCK: _Unlock,
    Op.HOLD: _Hold,
    Op.POSTURE: _Posture,
    Op.LOCKDOWN: _Lasting,
    Op.EVACUATE: _Lasting,
    Op.ADMIT: _Request,
    Op.REFUSE: _Request,
    Op.REPLAY: _Replay,
    Op.IDENTIFY: _Identify,
    Op.RESTART: _Nothing,
    Op.HEALTH: _Nothing,
    Op.PROVISION: _Provision,
    Op.RETIRE: _Nothing,
}


def names_of(op: Op) -> tuple[str, ...]:
    """Name the arguments that an op knows, in the order in which they are written."""
    return tuple(sorted(_MODELS[op].model_fields))


def numbers_of(op: Op) -> frozenset[str]:
    """Name those of them that are whole numbers."""
    return frozenset(names_of(op)) & {"for_s", "first", "last"}


def read_args(op: Op, args: Mapping[str, object]) -> dict[str, str | int] | tuple[str, ...]:
    """Answer the arguments, without what was left out, or every mistake in them as `where: what; what to write`."""
    found = strict_json.read_as(args, _MODELS[op])
    return found if isinstance(found, tuple) else found.model_dump(exclude_none=True)
