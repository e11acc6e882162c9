"""What the broker brought: one message on a topic that this gate reads, taken apart and looked at no further.

It decides which topics are listened to and what their levels mean. Whether a single byte of a message is believed is
decided by the verifier of signed envelopes, in whichever room the message is for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from firmware.records.wire import ROOT

Channel = Literal["cmd", "doc", "blob", "area"]

_GROUP: Final = "_group"
_BLOB: Final = "_blob"
_AREA: Final = "_area"
_ID: Final = "[a-z0-9-]{1,64}"
_BRANCH: Final = f"{ROOT}/(?:{_GROUP}/(?P<group>{_ID})|(?P<gate>{_ID}))"

_PLACES: Final[tuple[tuple[Channel, re.Pattern[str]], ...]] = (
    ("cmd", re.compile(f"{_BRANCH}/cmd/(?P<name>{_ID})")),
    ("doc", re.compile(f"{_BRANCH}/doc/(?P<name>{_ID})/desired")),
    ("blob", re.compile(f"{ROOT}/{_BLOB}/(?P<name>[0-9a-f]{{64}})/(?P<piece>[0-9]{{1,5}})")),
    ("area", re.compile(f"{ROOT}/{_AREA}/(?P<name>{_ID})/(?P<sender>{_ID})")),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message. `name` is a command's op, a document's kind, the SHA-256 (hex) of a blob, or an area.

    `piece` is which piece of the blob it is, and `sender` the gate whose leaf of the area. `group` is the group it was
    sent to, None for this gate alone. `nonce` is the one given out on the connection by which it came; `retained` says
    that it lay at the broker.
    """

    channel: Channel
    name: str
    group: str | None
    piece: int | None
    data: bytes
    nonce: str
    retained: bool
    sender: str | None = None


def filters(gate: str, groups: frozenset[str]) -> tuple[str, ...]:
    """Name the subscriptions of a gate: documents and commands for it and for each of its groups."""
    branches = (gate, *(f"{_GROUP}/{group}" for group in sorted(groups)))
    return tuple(f"{ROOT}/{branch}/{leaf}" for branch in branches for leaf in ("doc/+/desired", "cmd/+"))


def desired_topic(kind: str, gate: str, group: str | None) -> str:
    """Where a document of a kind is desired of a gate, or of a group it belongs to."""
    return f"{ROOT}/{gate if group is None else f'{_GROUP}/{group}'}/doc/{kind}/desired"


def blob_topic(digest: str, piece: int) -> str:
    """Where one piece of a blob lies."""
    return f"{ROOT}/{_BLOB}/{digest}/{piece}"


def area_topics(area: str) -> str:
    """The leaves of an area, of this gate and its siblings."""
    return f"{ROOT}/{_AREA}/{area}/+"


def read(topic: str, data: bytes, *, retained: bool, nonce: str, gate: str) -> Heard | None:
    """Take a topic apart; None for one that nothing here is for."""
    for channel, place in _PLACES:
        if (match := place.fullmatch(topic)) is None:
            continue
        found = match.groupdict()
        if found.get("gate") not in {None, gate}:
            return None
        piece = int(match["piece"]) if channel == "blob" else None
        name, group, sender = match["name"], found.get("group"), found.get("sender")
        return Heard(channel, name, group, piece, data, nonce, retained, sender)
    return None
