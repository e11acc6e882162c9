"""Commands: what somebody entitled may ask of a gate at once, as values.

It decides what a command can say. Whether one counts here and now is decided by `orders.py`; obeying it is the
controller's. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Op(StrEnum):
    """What can be asked. The comment names the arguments; times are in seconds, `until` is Unix seconds."""

    UNLOCK = "unlock"  # direction: in or out
    HOLD = "hold"  # for_s: 1 to 3600
    POSTURE = "posture"  # posture: free_access, disabled or resume; for_s: 1 to 86400, or absent
    LOCKDOWN = "lockdown"  # for_s: the same
    EVACUATE = "evacuate"  # for_s: the same
    ADMIT = "admit"  # request: the id of an assistance request
    REFUSE = "refuse"  # request: the same
    REPLAY = "replay"  # epoch, first, last
    IDENTIFY = "identify"  # for_s: 1 to 60
    RESTART = "restart"
    HEALTH = "health"
    PROVISION = "provision"  # for_s: 60 to 3600
    RETIRE = "retire"


GROUP_OPS: Final = frozenset({Op.POSTURE, Op.LOCKDOWN, Op.EVACUATE, Op.IDENTIFY, Op.HEALTH, Op.REPLAY})
"""What may be asked of many gates at once; nothing here opens a single door but an evacuation, which two must sign."""


class CommandRefusal(StrEnum):
    """Why a command is not obeyed: a closed list of stable strings, part of the public contract."""

    UNSIGNED = "unsigned"  # no envelope of ours, or not under this gate's root as a command
    RETAINED = "retained"
    WRONG_KIND = "wrong_kind"
    WRONG_ROLE = "wrong_role"
    WARRANT_REVOKED = "warrant_revoked"
    BAD_BODY = "bad_body"
    WRONG_TOPIC = "wrong_topic"
    WRONG_GATE = "wrong_gate"
    WRONG_NONCE = "wrong_nonce"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    TOO_LONG_LIVED = "too_long_lived"
    CLOCK_UNTRUSTED = "clock_untrusted"
    NOT_ENTITLED = "not_entitled"
    NOT_FOR_GROUPS = "not_for_groups"
    REPEATED = "repeated"
    SECOND_SIGNER = "second_signer"
    POSTURE = "posture"
    NOT_CONTINUOUS = "not_continuous"
    NO_REQUEST = "no_request"
    BUSY = "busy"
    STORAGE = "storage"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Order:
    """A command that counts: signed by somebody entitled, for this gate, on this connection, in time.

    `id` is 32 hex digits, `operator` the warrant's holder, `signer` the raw public key, `expires` Unix seconds,
    `reason` the operator's own words, which never leave the restricted branch. `args` are those of `Op`. `second` is
    the id of the order that another operator has signed for the same thing, which this one seconds; it is only named
    here, and whether the two make one evacuation is the controller's to say.
    """

    id: str
    op: Op
    operator: str
    signer: bytes
    group: str | None
    expires: int
    reason: str
    args: Mapping[str, str | int]
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """A command that does not count. `id` and `operator` are known only where the signature held."""

    reason: CommandRefusal
    op: str
    id: str | None = None
    operator: str | None = None
