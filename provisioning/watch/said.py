"""One message of a gate as the desk understands it: typed, and fit to be shown on a terminal.

Pure data. `reading.py` makes these of bytes; what it cannot understand is `Rubbish` with a word for why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity = Literal["critical", "warning", "info"]


class Why(StrEnum):
    """Why a message was not understood: a closed list of stable words."""

    TOO_LONG = "too_long"
    NOT_JSON = "not_json"
    NOT_AS_TOLD = "not_as_told"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Rubbish:
    """A message that is not what its topic promises; `gate` is whose branch it stood in."""

    gate: str
    why: Why


@dataclass(frozen=True, slots=True)
class Availability:
    """`availability`."""

    gate: str
    online: bool


@dataclass(frozen=True, slots=True)
class Birth:
    """`info`: of it the desk needs the run, the version, the nonce and the labels."""

    gate: str
    run: str
    version: str
    nonce: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Numbers:
    """`health`: the integers of it."""

    gate: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """`alert/<name>`: `since` in Unix seconds if the gate knew the time; `token` names this raising.

    A person who `waits` for an officer (`assist/<name>`) is one too: it holds until it is taken back.
    """

    gate: str
    name: str
    severity: Severity
    meaning: str
    action: str
    clears: str
    subject: str | None
    since: int | None
    token: str
    waits: bool = False

    @property
    def what(self) -> str:
        """What it is in a few words."""
        return f"somebody waits at {self.subject}" if self.waits else self.name


@dataclass(frozen=True, slots=True)
class AlertCleared:
    """`alert/<name>` or `assist/<name>` with an empty payload."""

    gate: str
    name: str


@dataclass(frozen=True, slots=True)
class DocumentReported:
    """`doc/<kind>/reported`."""

    gate: str
    kind: str
    state: str
    version: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    """`event/access`: one decision; `time` in Unix seconds if the gate knew it."""

    gate: str
    id: str
    decision: str
    direction: str
    reason: str | None
    class_: str | None
    time: int | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """`_area/<area>/<gate>`: how many went in and out there, and for how many the area is, where that is told."""

    gate: str
    area: str
    entered: int
    left: int
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A retained topic that was emptied: `what` is its leaf, like `info` or `doc/policy/reported`."""

    gate: str
    what: str


Said = Availability | Birth | Numbers | AlertRaised | AlertCleared | DocumentReported | Decided | Leaf | Forgotten
