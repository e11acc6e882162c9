"""The commissioning record: which door was walked through, when, how, and how each step ended; and its signed bytes.

It names a technician by an id and never a person. Progress that was interrupted has the same entries and no end yet.
Pure: whoever writes it to a disk or publishes it does that elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints

from firmware.doctor.findings import Finding, Outcome
from firmware.signed import strict_json, times
from firmware.signed.fields import Counter as Number
from firmware.signed.fields import Name, Strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.doctor.steps import Step

AAD: Final = b"gapura:commissioning:1"
MOST_STEPS: Final = 64
MAX_BYTES: Final = 48 << 10
"""As many steps as there may be, each with the longest words and figures, are less than this."""

_Model = TypeVar("_Model", bound=Strict)


def _stamp(text: str) -> str:
    """Refuse what is no time in the one spelling."""
    if times.parse(text) is None:
        msg = "not a time in UTC such as 2026-01-05T02:00:00Z"
        raise ValueError(msg)
    return text


Way = Literal["terminal", "card", "unattended"]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Stamp = Annotated[str, AfterValidator(_stamp)]
Figure = Annotated[int, Field(ge=-(2**53), le=2**53)]


class Entry(Strict):
    """How one step ended."""

    id: Name
    outcome: Annotated[Outcome, Field(strict=False)]
    reason: Word | None = None
    figures: Annotated[dict[Word, Figure], Field(max_length=8, default_factory=dict)]

    @classmethod
    def of(cls, step: Step, finding: Finding) -> Entry:
        """Write a finding down."""
        return cls(id=step.id, outcome=finding.outcome, reason=finding.reason, figures=dict(finding.figures))


class Progress(Strict):
    """What an interrupted walk has so far; `plan` names the steps and the configuration it belongs to."""

    plan: Digest
    began: Stamp | None = None
    entries: Annotated[list[Entry], Field(max_length=MOST_STEPS)]


class Record(Strict):
    """The whole record; times are absent where nobody vouched for the clock."""

    gate: Name
    boot: Annotated[str, StringConstraints(max_length=64)]
    version: Annotated[str, StringConstraints(max_length=32)]
    config_digest: Digest
    number: Number
    way: Way
    technician: Name | None = None
    began: Stamp | None = None
    ended: Stamp | None = None
    steps: Annotated[list[Entry], Field(min_length=1, max_length=MOST_STEPS)]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a record comes to."""

    ok: int
    fail: int
    skipped: int
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed; what was skipped is for a person to judge."""
        return not self.fail


def summary(entries: Sequence[Entry]) -> Summary:
    """Count the outcomes and name the steps that failed."""
    counts = Counter(entry.outcome for entry in entries)
    failed = tuple(entry.id for entry in entries if entry.outcome is Outcome.FAIL)
    return Summary(counts[Outcome.OK], counts[Outcome.FAIL], counts[Outcome.SKIPPED], failed)


def plan_digest(steps: Sequence[Step], config_digest: str) -> str:
    """Name a list of steps under one configuration: another door, or the same wired anew, begins anew."""
    words = [config_digest, *(f"{step.id} {step.kind} {step.subject} {step.lamp}" for step in steps)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def render(value: Strict) -> bytes:
    """Write a record or progress in the one spelling of signed JSON."""
    return strict_json.render(value.model_dump(mode="json"))


def read_record(data: bytes) -> Record | None:
    """Read a record's JSON; None for anything else."""
    return _read(data, Record)


def read_progress(data: bytes) -> Progress | None:
    """Read what an interrupted walk left; None for anything else."""
    return _read(data, Progress)


def _read(data: bytes, model: type[_Model]) -> _Model | None:
    value = strict_json.parse(data) if len(data) <= MAX_BYTES else None
    found = strict_json.read_as(value, model) if value is not None else None
    return found if isinstance(found, model) else None
