"""What the broker brought: one message on a topic that this gate reads, taken apart and looked at no further.

It decides which topics are listened to and what their levels mean. Whether a single byte of a message is believed is
decided by the verifier of signed envelopes, in whichever room the message is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from firmware.records.wire import ROOT, valid_id

Channel = Literal["cmd", "doc", "blob"]

_GROUP: Final = "_group"
_BLOB: Final = "_blob"
_SHA256_HEX: Final = 64
_PIECE_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """One message. `name` is a command's op, a document's kind, or the SHA-256 (hex) of a blob, whose piece is `piece`.

    `group` is the group it was sent to, None for this gate alone. `nonce` is the one given out on the connection by
    which it came; `retained` says that it lay at the broker.
    """

    channel: Channel
    name: str
    group: str | None
    piece: int | None
    data: bytes
    nonce: str
    retained: bool


def filters(gate: str, groups: frozenset[str]) -> tuple[str, ...]:
    """Name the subscriptions of a gate: documents and commands for it and for each of its groups."""
    branches = (gate, *(f"{_GROUP}/{group}" for group in sorted(groups)))
    return tuple(f"{ROOT}/{branch}/{leaf}" for branch in branches for leaf in ("doc/+/desired", "cmd/+"))


def blob_topic(digest: str, piece: int) -> str:
    """Where one piece of a blob lies."""
    return f"{ROOT}/{_BLOB}/{digest}/{piece}"


def read(topic: str, data: bytes, *, retained: bool, nonce: str, gate: str) -> Heard | None:
    """Take a topic apart; None for one that nothing here is for."""
    place = _place(topic, gate)
    if place is None:
        return None
    channel, name, group, piece = place
    return Heard(channel, name, group, piece, data, nonce, retained)


def _place(topic: str, gate: str) -> tuple[Channel, str, str | None, int | None] | None:
    """Say what a topic is for: channel, name, group, piece."""
    levels = topic.removeprefix(f"{ROOT}/").split("/")
    if not topic.startswith(f"{ROOT}/") or not all(_plain(level) for level in levels):
        return None
    group: str | None = None
    match levels:
        case ["_blob", digest, piece] if (
            len(digest) == _SHA256_HEX and piece.isdecimal() and len(piece) <= _PIECE_DIGITS
        ):
            return "blob", digest, None, int(piece)
        case ["_group", group, *leaf]:
            pass
        case [own, *leaf] if own == gate:
            pass
        case _:
            return None
    match leaf:
        case ["cmd", op]:
            return "cmd", op, group, None
        case ["doc", kind, "desired"]:
            return "doc", kind, group, None
        case _:
            return None


def _plain(level: str) -> bool:
    """Whether a level is an id, or one of the branches that begin with an underscore."""
    return valid_id(level) or level in {_GROUP, _BLOB}
