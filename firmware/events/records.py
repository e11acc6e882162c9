"""What is written down: one line of the journal before it has a number, and an entry of a pass taken or given back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.events.time import Instant

USES_KEPT_S: Final = 30 * 86_400
"""How long beyond its pass's expiry a use is remembered: a clock that went ahead and came back must find it again."""


@dataclass(frozen=True, slots=True)
class Use:
    """One entry of a pass consumed (`delta` 1) or given back (-1); the pass expires at `expires` (Unix seconds)."""

    reference: str
    delta: int
    expires: int


@dataclass(frozen=True, slots=True)
class Obeyed:
    """The id of a command that is about to be obeyed; it is never obeyed again before `expires` (Unix seconds)."""

    command: str
    expires: int


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal before it has a sequence number.

    `token` is unique within this run of the process and comes back in `RecordCommitted`. `kind` is the last level
    of the event's topic (`access`, `grant`, `gate`). `body` holds plain JSON values and never personal data.
    `grant` names the grant that this record begins (`opens` true) or ends. `kept` are texts by name that are on disk as
    soon as the record is, and read again at the start; None takes one back.
    """

    token: int
    kind: str
    at: Instant
    body: dict[str, object] = field(hash=False)
    grant: str | None = None
    opens: bool = False
    use: Use | None = None
    obeyed: Obeyed | None = None
    kept: tuple[tuple[str, str | None], ...] = ()
