"""One person who waits for an officer: what is known of it, who may answer, and how it is worded for officers.

Nothing in the wording says who the person is. It decides nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from firmware.events import Contact, Direction, Instant
from firmware.records import wire
from firmware.records.contract import Assistance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.events import Reason
    from firmware.passes.outcome import Pass

WAIT_MS: Final = 60_000
ID_BYTES: Final = 16
LOUDER: Final = 3
"""Where nothing else is said, a request is told more loudly after this part of the wait."""

By = Literal["operator", "button", "intercom", "pass"]
"""How an officer answers: a signed command, the button at the door, the intercom's contact, a pass of their own."""

AT_THE_DOOR: Final[Mapping[Contact, By]] = {Contact.OFFICER: "button", Contact.INTERCOM: "intercom"}
"""The contacts by which an officer answers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where officers see a request: `keep` lets a topic say something until it is taken back (an empty payload).

    A request is told more loudly after `escalate_ms`, and over after `wait_ms`.
    """

    keep: Callable[[str, bytes], None]
    gate: str
    boot: str
    wait_ms: int = WAIT_MS
    id_bytes: Callable[[int], bytes] = secrets.token_bytes
    escalate_ms: int | None = None

    def louder_ms(self, began_ms: int) -> int:
        """Say when (ms) a request that began then is told more loudly."""
        return began_ms + (self.wait_ms // LOUDER if self.escalate_ms is None else self.escalate_ms)


@dataclass(frozen=True, slots=True)
class Officer:
    """Who answered, as far as it may be told: an operator by name, a pass by its `subject` of the day.

    `duress` says that the pass was one that is shown under threat.
    """

    by: By
    operator: str | None = None
    subject: str | None = None
    duress: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One person who waits: their pass, why, to what an officer has said yes already, and until when (ms).

    `pass_class` is what may be told of the class: of a pass shown under duress it is another one. `told_reason` is
    what everybody may read of the `reason`. `louder_ms` is when it is told more loudly, `escalated` when it was.
    """

    id: str
    reader: str
    credential: Pass
    pass_class: str
    reason: Reason
    told_reason: Reason
    waived: frozenset[Reason]
    began: Instant
    louder_ms: int
    until_ms: int
    escalated: Instant | None = None

    @property
    def due_ms(self) -> int:
        """When (ms) something is to be done about it."""
        return self.until_ms if self.escalated is not None else min(self.louder_ms, self.until_ms)

    def ended(self, outcome: str, now: Instant, officer: Officer | None, grant: str | None) -> dict[str, object]:
        """Word how it ended, for the few who may read it."""
        body: dict[str, object] = {
            "request": self.id,
            "reader": self.reader,
            "outcome": outcome,
            "reason": self.reason.value,
            "class": self.pass_class,
            "answered_by": None if officer is None else officer.by,
            "operator": None if officer is None else officer.operator,
            "grant": grant,
            "waited_ms": now.ms - self.began.ms,
            "escalated_ms": None if self.escalated is None else self.escalated.ms - self.began.ms,
        }
        return body if officer is None or officer.subject is None else body | {"subject": officer.subject}


def payload(request: Request, boot: str) -> bytes:
    """Word what an officer sees; nothing in it says who the person is."""
    began, louder = request.began, request.escalated
    ends_s = (request.until_ms - began.ms) // 1000
    until = Instant(request.until_ms, began.earliest + ends_s, began.latest + ends_s, began.source)
    waiting = Assistance.model_validate(
        {
            "reader": request.reader,
            "direction": Direction.IN.value,
            "reason": request.told_reason.value,
            "class": request.pass_class,
            "since": wire.rfc3339(began),
            "expires_at": wire.rfc3339(until),
            "escalated": louder is not None,
            "escalated_at": None if louder is None else wire.rfc3339(louder),
            "boot": boot,
            "boottime_ms": began.ms,
            "until_ms": request.until_ms,
        }
    )
    return wire.dump(waiting.model_dump(by_alias=True, exclude_none=True))
