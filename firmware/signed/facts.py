"""The facts of a decision as they are written down: all that it rested on, said without saying who it was about.

Pure, and a form only: `firmware/rules/replay/` makes them and decides by them once more. A pass stands in them by what
it is to this gate at this moment (in time, for this area, used up), never by a number, a date or a counter of its own,
so that two records of one pass are no more alike than those of any other.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, StringConstraints

from firmware.events import NEVER, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.signed import strict_json
from firmware.signed.fields import Name, Strict

if TYPE_CHECKING:
    from collections.abc import Mapping

Mark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""The beginning of a digest, which tells two documents of ours apart."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Second = Annotated[int, Field(ge=0, le=2**53 - 1)]
Interval = tuple[Second, Second | None]
"""The bounds of Unix time in seconds; an upper one that nobody vouches for is missing."""

Count = Annotated[int, Field(ge=-(2**53), le=2**53)]

SHARED: Final = ("area", "class", "decision", "direction", "format", "observed", "reason", "remark")
"""What the record beside the facts may say already, under the same names; then the facts leave it out."""

MOST_SEALED: Final = 1_024


Beside = tuple[Name, Count, bool, bool, bool]
"""Somebody at the same reader: their class as everybody sees it, how many ms lie between the passes, whether they were
let in already, whether they came before, and whether it is the same pass."""


class Told(Strict):
    """The facts of one decision; in an event those are missing that the event says itself.

    `policy` and `trust` mark the documents by what they say; without a policy there was none. `out_of_date` says that
    the policy's own document was not in force. `unread` is why the code came to no pass. Of a pass: `validity` refuses
    it by time; `elsewhere` and `other_gate` say that it does not name this area or gate; `used` that no entry is left;
    `proof` is what the holder's own proof came to, which was `replayed` or not. `revoked` says that it stood on the
    list of then, None that this may not be told, and `lists_lost` that there was a list nobody could read.

    What a rule of the policy asked is told as far as that rule asks it, and only then: `issuer` (whether it is one of
    those marked `issuers`), `ages` (when trust list, policy and revocation list were signed), `again` (whether its
    holder went this way last, under the reset and time limit marked `passback`), `room` (places held here beyond this
    gate's share, and people inside), `alone` (whether whoever leaves leaves one person behind), `beside` (who else was
    at the reader), `blocked` under the list marked `blocklist`, and `health`, what the rules marked `health_rules` come
    to (`passable`: not `deny`). `sealed` is for the health office: the pass and what it says of health.
    """

    area: Name | None = None
    at: Interval | None = None
    decision: Outcome | None = None
    direction: Direction | None = None
    reason: Reason | None = None
    remark: Reason | None = None
    observed: Outcome | None = None
    duress: bool = False
    observing: bool = False
    posture: Posture = Posture.SECURE
    waived: Annotated[tuple[Reason, ...], Field(max_length=32)] = ()
    policy: Mark | None = None
    trust: Mark
    out_of_date: bool = False
    format: Annotated[str, StringConstraints(max_length=16)] | None = None
    unread: Reason | None = None
    pass_class: Annotated[Name | None, Field(alias="class")] = None
    validity: Reason | None = None
    elsewhere: bool = False
    other_gate: bool = False
    used: bool = False
    ages: tuple[Second, Second, Second | None] | None = None
    proof: Literal["good"] | Reason | None = None
    replayed: bool = False
    revoked: bool | None = False
    lists_lost: bool = False
    issuer: bool = True
    issuers: Mark | None = None
    again: bool = False
    passback: Mark | None = None
    room: tuple[Count, Count] | None = None
    alone: bool | None = None
    beside: Annotated[tuple[Beside, ...] | None, Field(max_length=128)] = None
    blocked: bool | None = None
    blocklist: Mark | None = None
    health: Literal["allow", "verify", "deny", "passable"] | None = None
    health_rules: Mark | None = None
    sealed: Annotated[str, StringConstraints(max_length=2 * MOST_SEALED, pattern=r"^[A-Za-z0-9_-]+$")] | None = None


class Facts(Told):
    """The same with nothing missing: everything that one call of decide() was given and answered, at this `gate`."""

    gate: Name
    area: Name
    at: Interval
    decision: Outcome
    direction: Direction

    @property
    def now(self) -> Instant:
        """When it was decided, by the clock of then."""
        earliest, latest = self.at
        return Instant(0, earliest, NEVER if latest is None else latest, "recorded")

    @property
    def answer(self) -> Decision:
        """What was decided."""
        return Decision(self.decision, self.direction, self.reason, self.remark, self.duress, self.observed)

    @property
    def digest(self) -> str:
        """The digest over all of it, the answer and the documents' marks among them."""
        return hashlib.sha256(b"gapura:facts:1" + strict_json.render(self._said())).hexdigest()[:32]

    def written(self, beside: Mapping[str, object], *, bounded: bool) -> dict[str, object]:
        """Write them for a record with that body: what it says itself is not said twice.

        `bounded` says that the record tells the interval of time too, as it does where somebody vouches for a clock.
        """
        said = self._said()
        known = {name for name in SHARED if name in said and said[name] == beside.get(name)}
        left_out = known | {"gate"} | ({"at"} if bounded else set())
        return {name: value for name, value in said.items() if name not in left_out} | {"digest": self.digest}

    def _said(self) -> dict[str, object]:
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class Written(Told):
    """The facts as they stand in an event, with the digest over all of them, the event's own part among them."""

    digest: Digest


def read(written: Mapping[str, object], beside: Mapping[str, object], gate: str) -> tuple[Facts, str] | None:
    """Put them together with the record's own body again; None if they are none. The digest comes beside them.

    Facts that say what the record says already are none of ours, or a record could say one thing and rest on another.
    """
    digest = written.get("digest")
    at = beside.get("at")
    if any(beside.get(name) is not None for name in SHARED if name in written):
        return None
    value: dict[str, object] = {name: beside[name] for name in SHARED if beside.get(name) is not None}
    if isinstance(at, dict) and "earliest" in at:
        if "at" in written:
            return None
        value["at"] = [at.get("earliest"), at.get("latest")]
    value |= {name: value for name, value in written.items() if name != "digest"} | {"gate": gate}
    try:
        facts = Facts.model_validate_json(strict_json.render(value))
    except (ValueError, RecursionError):
        return None
    return (facts, digest) if isinstance(digest, str) else None
