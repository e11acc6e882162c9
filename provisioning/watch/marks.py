"""What operators have said about troubles: seen and taken on, or not to be shown for a while.

Pure. An acknowledgement is for this time: when the trouble ends it ends, and the next time is new. A mute is for the
cause, however often it comes. Both end by themselves, so that nothing stays buried because somebody went home.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from provisioning.watch.troubles import Trouble

ACKNOWLEDGED_S: Final = 12 * 3600
MUTED_S: Final = 3600
SAME_S: Final = 90
"""Two starts of a trouble that no gate names are the same if they are this near."""

MOST: Final = 100_000

Standing = Literal["new", "acknowledged", "muted"]


class Mark(BaseModel):
    """One operator's word: who, when, until when (Unix seconds), and which time of the trouble it was about."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: str
    mute: bool
    operator: str
    at: int
    until: int
    since: int | None
    token: str


class _File(BaseModel):
    """The file of marks."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    marks: list[Mark] = Field(max_length=MOST)


@dataclass(slots=True)
class Marks:
    """All marks by what they are about."""

    acknowledged: dict[str, Mark]
    muted: dict[str, Mark]

    @classmethod
    def none(cls) -> Marks:
        """Begin with none."""
        return cls({}, {})

    @classmethod
    def read(cls, data: bytes) -> Marks | None:
        """Read the file; None when it is not one."""
        try:
            found = _File.model_validate_json(data).marks
        except ValidationError:
            return None
        return cls({one.key: one for one in found if not one.mute}, {one.key: one for one in found if one.mute})

    def render(self) -> bytes:
        """Write the file."""
        return _File(marks=[*self.acknowledged.values(), *self.muted.values()]).model_dump_json().encode() + b"\n"

    def standing(self, trouble: Trouble, now: int) -> tuple[Standing, str | None]:
        """Say how a trouble stands, and by whose word."""
        mute = self.muted.get(trouble.key)
        if mute is not None and now < mute.until:
            return "muted", mute.operator
        taken = self.acknowledged.get(trouble.key)
        if taken is not None and now < taken.until and _same(taken, trouble):
            return "acknowledged", taken.operator
        return "new", None

    def acknowledge(self, troubles: Iterable[Trouble], operator: str, now: int) -> None:
        """Take troubles on."""
        for one in troubles:
            if len(self.acknowledged) < MOST // 2:
                self.acknowledged[one.key] = _mark(one, operator, now, now + ACKNOWLEDGED_S, mute=False)

    def mute(self, troubles: Iterable[Trouble], operator: str, now: int) -> None:
        """Do not show troubles for a while, nor when they come again meanwhile."""
        for one in troubles:
            if len(self.muted) < MOST // 2:
                self.muted[one.key] = _mark(one, operator, now, now + MUTED_S, mute=True)

    def undo(self, troubles: Iterable[Trouble]) -> None:
        """Take both words back."""
        for one in troubles:
            self.acknowledged.pop(one.key, None)
            self.muted.pop(one.key, None)

    def settle(self, holding: Collection[str], now: int) -> bool:
        """Drop what is over: marks that have ended, and acknowledgements of what no longer holds. Say if any was."""
        taken = {key: one for key, one in self.acknowledged.items() if now < one.until and key in holding}
        muted = {key: one for key, one in self.muted.items() if now < one.until}
        changed = (len(taken), len(muted)) != (len(self.acknowledged), len(self.muted))
        self.acknowledged, self.muted = taken, muted
        return changed


def _mark(trouble: Trouble, operator: str, now: int, until: int, *, mute: bool) -> Mark:
    return Mark(
        key=trouble.key, mute=mute, operator=operator, at=now, until=until, since=trouble.since, token=trouble.token
    )


def _same(mark: Mark, trouble: Trouble) -> bool:
    """Say whether a mark is about this time of a trouble."""
    if mark.token != trouble.token:
        return False
    if mark.since is None or trouble.since is None:
        return mark.since is trouble.since
    return abs(mark.since - trouble.since) <= SAME_S
