"""What was decided about one presentation, and why: closed lists of stable strings, part of the public contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


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


class Colour(StrEnum):
    """What a health profile makes of somebody's facts; whoever is not told all of it cannot tell red from black."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    BLACK = "black"


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
    INCOMPLETE = "incomplete"
    BAD_COMPRESSION = "bad_compression"
    BAD_CBOR = "bad_cbor"
    BAD_COSE = "bad_cose"
    BAD_HEADER = "bad_header"
    BAD_CLAIMS = "bad_claims"
    NO_TRUST = "no_trust"
    TRUST_EXPIRED = "trust_expired"
    UNKNOWN_KEY = "unknown_key"
    ISSUER_UNKNOWN = "issuer_unknown"
    TEST_KEY = "test_key"
    WRONG_USAGE = "wrong_usage"
    ISSUER_EXPIRED = "issuer_expired"
    BAD_SIGNATURE = "bad_signature"
    BAD_PROOF = "bad_proof"
    CLOCK_UNTRUSTED = "clock_untrusted"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NO_POLICY = "no_policy"
    POLICY_EXPIRED = "policy_expired"
    CLASS_NOT_ADMITTED = "class_not_admitted"
    WRONG_AREA = "wrong_area"
    WRONG_GATE = "wrong_gate"
    LISTS_TOO_OLD = "lists_too_old"
    HOLIDAY = "holiday"
    HOURS = "hours"
    HEALTH = "health"
    IDENTITY = "identity"
    BLOCKED = "blocked"
    REVOKED = "revoked"
    NO_PROOF = "no_proof"
    STALE = "stale"
    REPLAYED = "replayed"
    SEE_OFFICER = "see_officer"
    USED = "used"
    PASSBACK = "passback"
    SECOND_PERSON = "second_person"
    NO_ESCORT = "no_escort"
    FULL = "full"
    EMERGENCY = "emergency"
    LOCKDOWN = "lockdown"
    DISABLED = "disabled"
    INTERLOCK = "interlock"
    NOT_READY = "not_ready"
    UNDERVOLTAGE = "undervoltage"
    STORAGE = "storage"
    INTERNAL = "internal"


STAGE_OF: Final[Mapping[Reason, Stage]] = {
    Reason.NO_CODE: Stage.READABLE,
    Reason.IO_ERROR: Stage.READABLE,
    Reason.TOO_LONG: Stage.READABLE,
    Reason.UNKNOWN_FORMAT: Stage.FORMAT,
    Reason.BAD_ENCODING: Stage.ENCODING,
    Reason.INCOMPLETE: Stage.ENCODING,
    Reason.BAD_COMPRESSION: Stage.ENCODING,
    Reason.BAD_CBOR: Stage.STRUCTURE,
    Reason.BAD_COSE: Stage.STRUCTURE,
    Reason.BAD_HEADER: Stage.STRUCTURE,
    Reason.NO_TRUST: Stage.TRUST,
    Reason.UNKNOWN_KEY: Stage.TRUST,
    Reason.ISSUER_UNKNOWN: Stage.TRUST,
    Reason.TEST_KEY: Stage.TRUST,
    Reason.BAD_SIGNATURE: Stage.SIGNATURE,
    Reason.BAD_PROOF: Stage.SIGNATURE,
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
    Reason.LISTS_TOO_OLD: Stage.RULES,
    Reason.HOLIDAY: Stage.RULES,
    Reason.HOURS: Stage.RULES,
    Reason.HEALTH: Stage.RULES,
    Reason.IDENTITY: Stage.RULES,
    Reason.BLOCKED: Stage.RULES,
    Reason.REVOKED: Stage.RULES,
    Reason.NO_PROOF: Stage.RULES,
    Reason.STALE: Stage.RULES,
    Reason.REPLAYED: Stage.RULES,
    Reason.SEE_OFFICER: Stage.RULES,
    Reason.USED: Stage.RULES,
    Reason.PASSBACK: Stage.RULES,
    Reason.SECOND_PERSON: Stage.RULES,
    Reason.NO_ESCORT: Stage.RULES,
    Reason.FULL: Stage.RULES,
    Reason.EMERGENCY: Stage.RULES,
    Reason.LOCKDOWN: Stage.RULES,
    Reason.DISABLED: Stage.RULES,
    Reason.INTERLOCK: Stage.RULES,
    Reason.NOT_READY: Stage.RULES,
    Reason.UNDERVOLTAGE: Stage.RULES,
    Reason.STORAGE: Stage.RULES,
    Reason.INTERNAL: Stage.RULES,
}
"""Which step a reason belongs to; total over `Reason`."""


RESTRICTED_REASONS: Final = frozenset({Reason.HEALTH, Reason.BLOCKED, Reason.REVOKED})
"""What is said of a person only to the few who have to know; everybody else reads `see_officer`."""

WAIVABLE: Final = frozenset(
    {
        *(Reason.LISTS_TOO_OLD, Reason.WRONG_GATE, Reason.HOLIDAY, Reason.HOURS),
        *(Reason.HEALTH, Reason.IDENTITY, Reason.USED, Reason.PASSBACK),
    }
)
"""What a policy may leave to an officer's judgement; whether a pass is genuine, in time and unblocked never is."""

SOFTENED: Final = frozenset({Reason.HEALTH, Reason.PASSBACK, Reason.FULL})
"""What a policy that only observes refuses nobody for: health, anti-passback, capacity. It is recorded all the same."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one presentation.

    `reason` is set whenever the outcome is not `allow`. `remark` is what would have been refused had the way
    led in: on the way out everything opens, and what is odd about it is only recorded. `duress` leaves the gate in a
    restricted event and nowhere else. `observed` is what an active gate would have come to under a policy
    that is enforced, from one that is only installed, or whose policy only observes; None from any other.
    """

    outcome: Outcome
    direction: Direction
    reason: Reason | None = None
    remark: Reason | None = None
    duress: bool = False
    observed: Outcome | None = None

    @property
    def admitted(self) -> bool:
        """Whether somebody goes in by a pass that nothing speaks against, but that its holder is inside already."""
        return self.outcome is Outcome.ALLOW and self.direction is Direction.IN and self.remark in _GOOD

    @property
    def restricted(self) -> bool:
        """Whether what was decided, or what was odd about it, is for a few only."""
        return bool(RESTRICTED_REASONS & {self.reason, self.remark})

    @property
    def shown(self) -> Decision:
        """What everybody may read of it."""
        return replace(self, reason=_shown(self.reason), remark=_shown(self.remark)) if self.restricted else self


_GOOD: Final = frozenset({None, Reason.PASSBACK})


def _shown(reason: Reason | None) -> Reason | None:
    return Reason.SEE_OFFICER if reason in RESTRICTED_REASONS else reason
