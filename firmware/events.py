"""The one vocabulary of the gate: what happened, what to do, why, and when.

Every room speaks these words and no room adds a synonym. The file imports the standard library only and holds
no behaviour beyond what a value can say about itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

NEVER = 2**63 - 1
"""The Unix second after all others: the upper bound of a clock that nobody vouches for."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One reading of the clocks; a decision takes exactly one.

    `ms` is CLOCK_BOOTTIME in milliseconds and orders everything on this gate. `earliest` and `latest` bound the
    Unix time in whole seconds; validity is judged on the whole interval. `source` names who vouches for it.
    """

    ms: int
    earliest: int = 0
    latest: int = NEVER
    source: str = "none"


class Side(StrEnum):
    """Where a reader hangs. Configuration of that reader, never taken from a code or a message."""

    OUTSIDE = "outside"
    INSIDE = "inside"


class Direction(StrEnum):
    """Which way a person goes: an outside reader lets in, an inside reader lets out."""

    IN = "in"
    OUT = "out"


class Outcome(StrEnum):
    """What was decided. `verify` asks a person to confirm."""

    ALLOW = "allow"
    DENY = "deny"
    VERIFY = "verify"


class Stage(StrEnum):
    """The steps a code passes on its way in, in order; a refusal is counted under the step that refused."""

    READABLE = "readable"
    FORMAT = "format"
    ENCODING = "encoding"
    STRUCTURE = "structure"
    TRUST = "trust"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    VALIDITY = "validity"
    RULES = "rules"


class Reason(StrEnum):
    """Why a code was refused or a decision fell: a closed list of stable strings, part of the public contract."""

    NO_CODE = "no_code"
    IO_ERROR = "io_error"
    TOO_LONG = "too_long"
    UNKNOWN_FORMAT = "unknown_format"
    BAD_ENCODING = "bad_encoding"
    BAD_CBOR = "bad_cbor"
    BAD_COSE = "bad_cose"
    BAD_HEADER = "bad_header"
    BAD_CLAIMS = "bad_claims"
    NO_TRUST = "no_trust"
    TRUST_EXPIRED = "trust_expired"
    UNKNOWN_KEY = "unknown_key"
    TEST_KEY = "test_key"
    WRONG_USAGE = "wrong_usage"
    ISSUER_EXPIRED = "issuer_expired"
    BAD_SIGNATURE = "bad_signature"
    CLOCK_UNTRUSTED = "clock_untrusted"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NO_POLICY = "no_policy"
    POLICY_EXPIRED = "policy_expired"
    CLASS_NOT_ADMITTED = "class_not_admitted"
    WRONG_AREA = "wrong_area"
    WRONG_GATE = "wrong_gate"
    HOURS = "hours"
    USED = "used"
    STORAGE = "storage"
    INTERNAL = "internal"


STAGE_OF: Final[Mapping[Reason, Stage]] = {
    Reason.NO_CODE: Stage.READABLE,
    Reason.IO_ERROR: Stage.READABLE,
    Reason.TOO_LONG: Stage.READABLE,
    Reason.UNKNOWN_FORMAT: Stage.FORMAT,
    Reason.BAD_ENCODING: Stage.ENCODING,
    Reason.BAD_CBOR: Stage.STRUCTURE,
    Reason.BAD_COSE: Stage.STRUCTURE,
    Reason.BAD_HEADER: Stage.STRUCTURE,
    Reason.NO_TRUST: Stage.TRUST,
    Reason.UNKNOWN_KEY: Stage.TRUST,
    Reason.TEST_KEY: Stage.TRUST,
    Reason.BAD_SIGNATURE: Stage.SIGNATURE,
    Reason.BAD_CLAIMS: Stage.CLAIMS,
    Reason.WRONG_USAGE: Stage.TRUST,
    Reason.ISSUER_EXPIRED: Stage.TRUST,
    Reason.CLOCK_UNTRUSTED: Stage.VALIDITY,
    Reason.NOT_YET_VALID: Stage.VALIDITY,
    Reason.EXPIRED: Stage.VALIDITY,
    Reason.TRUST_EXPIRED: Stage.VALIDITY,
    Reason.NO_POLICY: Stage.RULES,
    Reason.POLICY_EXPIRED: Stage.RULES,
    Reason.CLASS_NOT_ADMITTED: Stage.RULES,
    Reason.WRONG_AREA: Stage.RULES,
    Reason.WRONG_GATE: Stage.RULES,
    Reason.HOURS: Stage.RULES,
    Reason.USED: Stage.RULES,
    Reason.STORAGE: Stage.RULES,
    Reason.INTERNAL: Stage.RULES,
}
"""Which step a reason belongs to; total over `Reason`."""


class Signal(StrEnum):
    """What the door tells a person. How it looks and sounds is one table in `firmware/door/signals.py`."""

    DARK = "dark"
    IDLE = "idle"
    GRANTED_IN = "granted_in"
    GRANTED_OUT = "granted_out"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    USED = "used"
    SEE_OFFICER = "see_officer"
    VERIFY = "verify"
    WRONG_GATE = "wrong_gate"
    HOURS = "hours"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one presentation.

    `reason` is set whenever the outcome is not `allow`. `remark` is what would have been refused had the way
    led in: on the way out everything opens, and what is odd about it is only recorded.
    """

    outcome: Outcome
    direction: Direction
    reason: Reason | None = None
    remark: Reason | None = None


# --- events: what happened, in the past tense -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodesPresented:
    """A reader saw these codes in one frame: raw bytes, the first verified one counts.

    `arrived_ms` is when they came to the gate (the clock of `Instant.ms`), however late their turn is.
    """

    reader: str
    codes: tuple[bytes, ...]
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class ReaderBeat:
    """A reader's heartbeat: flat numbers about its frames (see `hw/reader/README.md`)."""

    reader: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """A reader hung up or has been silent for too long."""

    reader: str


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """Something on a reader's socket was no message of ours; `cause` is one of a closed list, `detail` for people."""

    reader: str
    cause: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ExitRequested:
    """Somebody inside pressed the request-to-exit button (REX)."""


@dataclass(frozen=True, slots=True)
class RecordCommitted:
    """The journal has the record with this token on disk."""

    token: int


@dataclass(frozen=True, slots=True)
class UsesRead:
    """The journal could be opened only now; these are the uses it remembers (reference, entries, expires).

    Uses of passes issued before `since` (Unix seconds) may have been lost with an earlier journal.
    """

    uses: tuple[tuple[str, int, int], ...]
    since: int = 0


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The broker came within reach or went out of it."""

    up: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The process was asked to end: release, record, leave."""


Event = (
    CodesPresented
    | ReaderBeat
    | ReaderLost
    | MessageRefused
    | ExitRequested
    | RecordCommitted
    | UsesRead
    | LinkChanged
    | Stopped
)


# --- effects: what to do, in the imperative -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Energise:
    """Drive the relay for at most `limit_ms` from now; energised always means release of the lock."""

    limit_ms: int


@dataclass(frozen=True, slots=True)
class Release:
    """Let the relay fall."""


@dataclass(frozen=True, slots=True)
class ShowLight:
    """Show a signal on the lamps for at most `limit_ms`, then idle."""

    signal: Signal
    limit_ms: int


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Sound a signal once."""

    signal: Signal


@dataclass(frozen=True, slots=True)
class EndGrant:
    """Record how a grant ended: `assumed` (no sensor told), `annulled` or, after a crash, `outcome_unknown`."""

    grant: str
    result: Literal["assumed", "annulled", "outcome_unknown"]
    reason: Reason | None = None


Effect = Energise | Release | ShowLight | PlaySound | EndGrant


# --- records: what is written down ----------------------------------------------------------------------------


USES_KEPT_S: Final = 30 * 86_400
"""How long beyond its pass's expiry a use is remembered: a clock that went ahead and came back must find it again."""


@dataclass(frozen=True, slots=True)
class Use:
    """One entry of a pass consumed (`delta` 1) or given back (-1); the pass expires at `expires` (Unix seconds)."""

    reference: str
    delta: int
    expires: int


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal before it has a sequence number.

    `token` is unique within this run of the process and comes back in `RecordCommitted`. `kind` is the last level
    of the event's topic (`access`, `grant`, `gate`). `body` holds plain JSON values and never personal data.
    `grant` names the grant that this record begins (`opens` true) or ends.
    """

    token: int
    kind: str
    at: Instant
    body: dict[str, object] = field(hash=False)
    grant: str | None = None
    opens: bool = False
    use: Use | None = None
