"""What the events say that only a few may read: the reasons of health, of operators, of officers, and who passed.

Pure. Each has a branch and an access list of its own (`wire.RESTRICTED`); none has room for a name or a number.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from firmware.events import Colour, Direction, Outcome, Reason
from firmware.records.contract import Id
from firmware.records.data import Count, Data, Subject
from firmware.signed.facts import Written


class CommandReason(Data):
    """Restricted: who sent a command, and why in the operator's own words."""

    op: Id
    command: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    operator: Id
    words: str


class Duress(Data):
    """Restricted: whether a pass was shown under threat. Where the policy knows such passes every pass has one.

    It holds the `facts` of the decision then, unless a `follow-up` tells of it too.
    """

    reader: Id
    direction: Direction
    decision: Outcome
    duress: bool
    facts: Written | None = None


class Contact(Data):
    """Restricted: by which pass somebody was let through, sealed to the health office (`contact`, base64url)."""

    reader: Id
    direction: Direction
    decision: Outcome
    subject: Subject | None = None
    contact: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{140}$")]


class FollowUp(Data):
    """Restricted: the `reason` or `remark` behind a `see_officer`, for the person in charge and the task force.

    `colour` is there where a health profile gave one; `facts` are what decide() went by.
    """

    reader: Id
    direction: Direction
    decision: Outcome
    subject: Subject | None = None
    pass_class: Annotated[str | None, Field(alias="class")] = None
    reason: Reason | None = None
    remark: Reason | None = None
    colour: Colour | None = None
    facts: Written | None = None


class AssistanceEnded(Data):
    """Restricted: how a request for an officer ended, after `waited_ms`, and who answered it.

    An `operator` is named where the answer was a signed command, a `subject` of the day where it was an officer's pass
    and there is a key for it. `escalated_ms` says after how long it was told more loudly, if it was.

    `admitted` waived the `reason`; there is a grant unless the pass had a second question. `overruled` was a yes that
    counted for nothing, because something else refuses the pass by now. What nobody answered is `expired`, or
    `withdrawn` when something else was shown, somebody opened by hand, the lists changed or the gate was ended.
    """

    request: Id
    reader: Id
    outcome: Literal["admitted", "refused", "overruled", "expired", "withdrawn"]
    reason: Reason
    pass_class: Annotated[str, Field(alias="class")]
    answered_by: Literal["operator", "button", "intercom", "pass"] | None = None
    operator: str | None = None
    subject: Subject | None = None
    waited_ms: Count
    escalated_ms: Count | None = None
