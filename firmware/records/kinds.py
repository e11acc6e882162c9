"""What each kind of event says: one strict model of its `data` for every kind of record that this gate writes.

Pure. The models are closed so that the gate cannot say what nobody wrote down; a subscriber ignores fields it does not
know, because later releases of this contract may add some. No model has room for a name, an identity number or a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from firmware.events import Alarm, Authority, Direction, Outcome, Posture, Reason
from firmware.records.contract import Digest, Id, Rfc3339
from firmware.records.data import Count, Data, Subject
from firmware.records.restricted import AssistanceEnded, CommandReason, Contact, Duress, FollowUp
from firmware.signed.command import CommandRefusal
from firmware.signed.facts import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

Format = Literal["gp1", "hc1", "shc", "vdsnc", "divoc", "unknown"]


class Access(Data):
    """One decision about somebody at a reader or a button. `allow` is the decision; the grant tells who went.

    `reason` is there whenever the decision is not `allow`; `remark` is what would have been refused had the way led in.
    `class` is the class of the pass, as its policy names it. The versions are those of the lists it was decided by.
    `observed` is there from a gate that is not active yet, or whose policy only observes: what would have been decided,
    for the reason in `remark`.
    `company` is the same for all who were let in beside each other: the grant of the first of them.
    `facts` are what decide() went by, where it was asked and everybody may read all of it.
    `subject` is missing without a pass or a key of today, and wherever `reason` or `remark` reads `see_officer`.
    """

    reader: Id
    decision: Outcome
    direction: Direction
    reason: Reason | None = None
    remark: Reason | None = None
    observed: Outcome | None = None
    company: str | None = None
    format: Format | None = None
    pass_class: Annotated[str | None, Field(alias="class")] = None
    subject: Subject | None = None
    area: Id
    policy_version: Count
    trust_version: Count
    facts: Written | None = None


class Grant(Data):
    """How a grant ended: seen, inferred, assumed, annulled, or unknown because the gate was down."""

    grant: str
    result: Literal["confirmed", "inferred", "assumed", "annulled", "outcome_unknown"]
    reason: Reason | None = None


class AreaCounted(Data):
    """What this gate counts of its area, since something changed beside somebody passing: an estimate, places given.

    `inside` is as far as is known here. Where a policy limits the area, `limit` is how many may be inside, and `held`
    how many this gate may still let in of its own. `estimated` left without being seen, `given` went to siblings.
    """

    area: Id
    generation: Count
    inside: Count
    estimated: Count
    given: Count
    limit: Count | None = None
    held: Count | None = None


class AlarmChanged(Data):
    """Something is wrong (`raised`) or no longer is (`cleared`, with how many `times` it came in between)."""

    alarm: Alarm
    subject: str | None = None
    state: Literal["raised", "cleared"]
    times: Annotated[int, Field(ge=1)] | None = None


class PostureTaken(Data):
    """What the door is there for from now on, and on whose authority."""

    posture: Posture
    authority: Authority


class GateChanged(Data):
    """What became of the gate itself; `what` says which of the other fields are there.

    A reader that is gone or back names itself. A journal that was replaced says why, the name of the file put aside,
    how many entries used were saved, and since when (Unix seconds) none is missing. Lists that changed name their
    versions; keys of the day that are over are gone: those that are left begin at `keys_from`.
    """

    what: Literal[
        "reader_lost",
        "reader_back",
        "journal_replaced",
        "lists_changed",
        "service_began",
        "service_ended",
        "service_interrupted",
        "service_failed",
    ]
    reader: Id | None = None
    cause: str | None = None
    aside: str | None = None
    uses_kept: Count | None = None
    uses_since: Count | None = None
    policy_version: Count | None = None
    trust_version: Count | None = None
    keys_version: Count | None = None
    keys_from: Rfc3339 | None = None


class Command(Data):
    """A command that somebody sent, and what the gate did with it. `command` is its id, where its signature held.

    `accepted` is written before the gate acts: from then on the id is never obeyed again. A `grant` is what it opened;
    an `accepted` that nothing follows means that the gate was down before it could say how it ended.
    """

    op: Id
    command: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    group: Id | None = None
    state: Literal["accepted", "successful", "failed"]
    reason: CommandRefusal | None = None


class ClockChanged(Data):
    """What became of the gate's clocks: who vouches for the time now, and which one is not believed, or is again.

    `off_s` is by how many seconds a clock that is not believed is off, ahead if positive.
    """

    what: Literal["source", "answered", "disbelieved", "believed", "floor_lost", "floor_reset"]
    source: Literal["none", "system", "ntp", "rtc", "signed"]
    cause: (
        Literal["kernel_disagrees", "kernel_below_floor", "rtc_disagrees", "rtc_below_floor", "held_below_floor"] | None
    ) = None
    off_s: int | None = None


class Commissioning(Data):
    """What a walk through the door by service card came to; the signed record itself stays with the gate."""

    outcome: Literal["ok", "fail"]
    number: Annotated[int, Field(ge=1)]
    sha256: Digest
    signed: bool
    ok: Count
    fail: Count
    skipped: Count
    failed: list[str]


class Gap(Data):
    """Records that are missing and why: `lost` counts them, `first` and `last` are their numbers where they had any.

    What was `erased` by age counts its `records`; `digest` names exactly which. `hash` is where the chain goes on.
    """

    what: Literal["overflow", "retention", "erased", "headers", "altered", "unreadable_row"]
    first: Annotated[int, Field(ge=1)] | None = None
    last: Annotated[int, Field(ge=1)] | None = None
    lost: Count | None = None
    records: Count | None = None
    digest: str | None = None
    hash: Digest | None = None


class Checkpoint(Data):
    """Where the journal's chain stands: the hash of record `seq`, in hex, signed (base64) where the gate has a key."""

    seq: Count
    hash: Digest
    signed: str | None = None


DATA: Final[Mapping[str, type[Data]]] = {
    "access": Access,
    "alarm": AlarmChanged,
    "area": AreaCounted,
    "assistance-ended": AssistanceEnded,
    "checkpoint": Checkpoint,
    "clock": ClockChanged,
    "command": Command,
    "command-reason": CommandReason,
    "commissioning": Commissioning,
    "contact": Contact,
    "duress": Duress,
    "follow-up": FollowUp,
    "gap": Gap,
    "gate": GateChanged,
    "grant": Grant,
    "posture": PostureTaken,
}
"""The model of each kind; its name is the last level of the event's topic and the middle of its type."""
