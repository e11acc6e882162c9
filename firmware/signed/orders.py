"""Orders: whether a command that arrived counts, here and now.

It decides that from the bytes, the topic they came on and what the gate knows of itself, and never raises for any of
them. That an order counts does not make it obeyed: ids that were seen before, and what a door can do, are the
controller's. Pure: no clock, no state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from firmware.signed.arguments import read_args
from firmware.signed.command import GROUP_OPS, CommandRefusal, Op, Order, Turned
from firmware.signed.envelope import Document, EnvelopeRefusal, Kind, open_envelope, read_body, seal
from firmware.signed.fields import Strict
from firmware.signed.payload import GROUP_PREFIX
from firmware.signed.ruling import SILENT, Rulings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.events import Instant

LONGEST_S: Final = 60
LONGEST_EVACUATION_S: Final = 300
"""Two people have to sign an evacuation of a group, the second after the first."""

MAX_REASON: Final = 200
UNKNOWN_OP: Final = "unknown"
"""What is answered and counted for an op that this firmware does not know, whatever its topic says."""

_OPS: Final = frozenset(op.value for op in Op)

_REFUSALS: Final[Mapping[EnvelopeRefusal, CommandRefusal]] = {
    EnvelopeRefusal.TOO_LONG: CommandRefusal.UNSIGNED,
    EnvelopeRefusal.MALFORMED: CommandRefusal.UNSIGNED,
    EnvelopeRefusal.BAD_WARRANT: CommandRefusal.UNSIGNED,
    EnvelopeRefusal.UNKNOWN_ROOT: CommandRefusal.UNSIGNED,
    EnvelopeRefusal.BAD_SIGNATURE: CommandRefusal.UNSIGNED,
    EnvelopeRefusal.WRONG_KIND: CommandRefusal.WRONG_KIND,
    EnvelopeRefusal.WRONG_ROLE: CommandRefusal.WRONG_ROLE,
    EnvelopeRefusal.WARRANT_REVOKED: CommandRefusal.WARRANT_REVOKED,
    EnvelopeRefusal.BAD_PAYLOAD: CommandRefusal.BAD_BODY,
    EnvelopeRefusal.WRONG_AUDIENCE: CommandRefusal.WRONG_GATE,
    EnvelopeRefusal.ROLLED_BACK: CommandRefusal.BAD_BODY,
    EnvelopeRefusal.NOT_YET_VALID: CommandRefusal.NOT_YET_VALID,
    EnvelopeRefusal.EXPIRED: CommandRefusal.EXPIRED,
    EnvelopeRefusal.WARRANT_EXPIRED: CommandRefusal.NOT_ENTITLED,
    EnvelopeRefusal.CLOCK_UNTRUSTED: CommandRefusal.CLOCK_UNTRUSTED,
}


def _speakable(text: str) -> str:
    """Hold a reason to what can stand on one line."""
    if not text.isprintable() or text != text.strip():
        msg = "not printable text on one line"
        raise ValueError(msg)
    return text


Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON), AfterValidator(_speakable)]


class Body(Strict):
    """The body of a command as it is signed. `op` is text, so that what is newer than this firmware can be named."""

    id: Id
    op: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
    args: dict[str, object]
    reason: Reason
    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,64}$")] | None = None
    second: Id | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """What a gate knows of itself when a command arrives.

    `root` is the pinned root as raw bytes; without one nothing is signed for this gate. `nonce` is that of the
    connection on which the command came, as `info` tells it, and empty while there is none. `rulings` are what the
    roots have said of their keys.
    """

    gate: str
    groups: frozenset[str]
    root: bytes | None
    nonce: str
    now: Instant
    rulings: Rulings = SILENT


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody at the desk wants of a gate: the order before it is signed.

    Exactly one of `nonce` (of the gate's connection) and `group` is given. `second` is the id of the order of a group's
    evacuation that this one seconds.
    """

    id: str
    op: Op
    args: Mapping[str, str | int]
    reason: str
    gate: str | None = None
    group: str | None = None
    nonce: str | None = None
    second: str | None = None


def longest_s(op: Op) -> int:
    """For how many seconds at most such an order may be good."""
    return LONGEST_EVACUATION_S if op is Op.EVACUATE else LONGEST_S


def for_groups(op: Op, args: Mapping[str, object]) -> bool:
    """Say whether this may be asked of many gates at once: nothing that opens but an evacuation, which two sign."""
    return op in GROUP_OPS and args.get("posture") != "free_access"


def body_of(wish: Wish) -> dict[str, object]:
    """Word the body that will be signed."""
    body: dict[str, object] = {"id": wish.id, "op": wish.op.value, "args": dict(wish.args), "reason": wish.reason}
    told = {"nonce": wish.nonce, "second": wish.second}
    return body | {name: value for name, value in told.items() if value is not None}


def audience_of(wish: Wish) -> str:
    """Name the one gate or group that is meant, as the envelope writes it."""
    return f"{GROUP_PREFIX}{wish.group}" if wish.gate is None else wish.gate


def write_order(wish: Wish, *, issued: int, expires: int, signer: Ed25519PrivateKey, signer_warrant: bytes) -> bytes:
    """Sign an order, good from `issued` to before `expires` (Unix seconds).

    Whether a gate will take it is not looked at here: `read_order` says that, of these bytes too. ValueError for what
    no envelope can say.
    """
    return seal(
        Kind.COMMAND,
        body_of(wish),
        version=issued,
        audience=(audience_of(wish),),
        issued=issued,
        expires=expires,
        signer=signer,
        signer_warrant=signer_warrant,
    )


def read_order(data: bytes, op: str, group: str | None, here: Here) -> Order | Turned:
    """Say whether these bytes are an order that counts; never raises.

    `op` is the last level of the topic and `group` the group it was sent to, None for this gate alone. That a message
    was retained is known before and never comes here. The first check that fails is the answer, in the order of
    `README.md`.
    """
    told = op if op in _OPS else UNKNOWN_OP
    if here.root is None:
        return Turned(CommandRefusal.UNSIGNED, told)
    document = open_envelope(data, Kind.COMMAND, root=here.root, gate=None, now=None, rulings=here.rulings)
    if isinstance(document, EnvelopeRefusal):
        return Turned(_REFUSALS[document], told)
    body = read_body(document, Body)
    if not isinstance(body, Body):
        return Turned(CommandRefusal.BAD_BODY, told, None, document.granted.holder)
    found = _judge(document, body, op, group, here)
    if isinstance(found, CommandRefusal):
        return Turned(found, told, body.id, document.granted.holder)
    return found


def _judge(document: Document, body: Body, op: str, group: str | None, here: Here) -> Order | CommandRefusal:
    """Hold an authentic command against where, by whom, how and when it was sent."""
    args = read_args(Op(body.op), body.args) if body.op in _OPS else {}
    if isinstance(args, tuple) or document.version != document.issued:
        return CommandRefusal.BAD_BODY
    if body.op != op:
        return CommandRefusal.WRONG_TOPIC
    if op not in _OPS:
        return CommandRefusal.UNSUPPORTED
    asked = Op(op)
    refused = (
        _misaddressed(document, body, asked, group, here)
        or _not_entitled(document, asked)
        or _not_answering(body, group, here)
        or _untimely(document, longest_s(asked), here.now)
    )
    if refused is not None:
        return refused
    granted = document.granted
    operator = granted.holder or ""
    return Order(body.id, asked, operator, granted.key, group, document.expires, body.reason, args, body.second)


def _misaddressed(document: Document, body: Body, op: Op, group: str | None, here: Here) -> CommandRefusal | None:
    """Refuse what is for others, and of a group what one gate alone can be asked."""
    meant = here.gate if group is None else f"{GROUP_PREFIX}{group}"
    if document.audience != (meant,) or (group is not None and group not in here.groups):
        return CommandRefusal.WRONG_GATE
    seconds = body.second is not None
    if seconds and (group is None or op is not Op.EVACUATE or body.second == body.id):
        return CommandRefusal.BAD_BODY
    if group is None:
        return None
    if not for_groups(op, body.args):
        return CommandRefusal.NOT_FOR_GROUPS
    return None if body.nonce is None else CommandRefusal.BAD_BODY


def _not_entitled(document: Document, op: Op) -> CommandRefusal | None:
    """Refuse what the signer's warrant does not name; one that names no person or no op commands nothing."""
    granted = document.granted
    entitled = granted.holder is not None and op.value in granted.ops
    return None if entitled else CommandRefusal.NOT_ENTITLED


def _not_answering(body: Body, group: str | None, here: Here) -> CommandRefusal | None:
    """Refuse what was signed for another connection; a group has no nonce, its orders live by their time and id."""
    answers = group is not None or (bool(here.nonce) and body.nonce == here.nonce)
    return None if answers else CommandRefusal.WRONG_NONCE


def _untimely(document: Document, longest_s: int, now: Instant) -> CommandRefusal | None:
    """Judge the order on the whole time interval: it acts at once, so it must certainly not be over.

    An interval wider than an order may live says too little of the time to judge any by it.
    """
    if document.expires - document.issued > longest_s:
        return CommandRefusal.TOO_LONG_LIVED
    if now.latest - now.earliest > longest_s:
        return CommandRefusal.CLOCK_UNTRUSTED
    if now.latest < document.issued:
        return CommandRefusal.NOT_YET_VALID
    if now.earliest >= document.granted.not_after:
        return CommandRefusal.NOT_ENTITLED
    if now.earliest >= document.expires:
        return CommandRefusal.EXPIRED
    return CommandRefusal.CLOCK_UNTRUSTED if now.latest >= document.expires else None
