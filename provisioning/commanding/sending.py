"""Sending one order and hearing what becomes of it.

It decides nothing about the order: it finds out who would hear it and on which connection, has it signed for that,
sends it once, and hands every answer on with the time since sending.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.records.wire import OFFLINE, ROOT, availability_topic, info_topic, valid_id
from firmware.signed import strict_json
from firmware.signed.orders import audience_of, write_order
from provisioning.commanding.answers import read_answer
from provisioning.commanding.wishes import BACKDATED_S
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.signed.orders import Wish
    from provisioning.commanding.answers import Answer, Replies
    from provisioning.connection import Connection, Message

FIRST_WORD_S: Final = 3.0
"""For how long a broker may take to bring what is retained of one gate."""

_NONCE: Final = re.compile(r"[0-9a-f]{1,64}", re.ASCII)


@dataclass(slots=True)
class Seen:
    """What the broker holds of a gate."""

    nonce: str | None = None
    offline: bool = False
    groups: frozenset[str] = frozenset()


def look(connection: Connection, wish: Wish) -> dict[str, Seen]:
    """Subscribe to the answers, and find who is meant: the gate, or the gates known to be in the group."""
    whose = wish.gate if wish.gate is not None else "+"
    connection.subscribe(f"{ROOT}/{whose}/res/{wish.op.value}")
    connection.subscribe(f"{ROOT}/{whose}/info", f"{ROOT}/{whose}/availability")
    seen: dict[str, Seen] = {}
    if wish.gate is None:
        for message in connection.receive_retained():
            note(seen, message)
        return {gate: each for gate, each in seen.items() if wish.group in each.groups}
    wanted = {info_topic(wish.gate), availability_topic(wish.gate)}
    until_s = time.monotonic() + FIRST_WORD_S
    while wanted and (left_s := until_s - time.monotonic()) > 0:
        if (heard := connection.receive(left_s)) is not None:
            note(seen, heard)
            wanted.discard(heard.topic)
    return seen


def note(seen: dict[str, Seen], message: Message) -> None:
    """Note what a gate's `info` or `availability` says."""
    gate, _, leaf = message.topic.removeprefix(f"{ROOT}/").partition("/")
    if leaf not in {"info", "availability"} or not valid_id(gate):
        return
    known = seen.setdefault(gate, Seen())
    if leaf == "availability":
        known.offline = message.payload == OFFLINE
        return
    said = strict_json.parse(message.payload) or {}
    nonce, labels, groups = said.get("nonce"), said.get("labels"), said.get("groups")
    known.nonce = nonce if isinstance(nonce, str) and _NONCE.fullmatch(nonce) is not None else None
    area = [labels.get("area")] if isinstance(labels, dict) else []
    named = groups if isinstance(groups, list) else []
    known.groups = frozenset(name for name in (*area, *named) if isinstance(name, str))


def aim(wish: Wish, seen: dict[str, Seen]) -> Wish:
    """Bind an order for one gate to that gate's connection; raises OperatorError where nobody would hear it."""
    if wish.gate is None:
        return wish
    found = seen.get(wish.gate, Seen())
    if found.nonce is None:
        line = f"the broker knows no {wish.gate}: check its name with gapura-ops watch; nothing was sent"
        raise OperatorError(line, exit_code=FAILED)
    if found.offline:
        line = (
            f"{wish.gate} is offline and would not hear it; nothing was sent. Somebody at the door can open it by key"
        )
        raise OperatorError(line, exit_code=FAILED)
    return replace(wish, nonce=found.nonce)


def sign(wish: Wish, signer: Ed25519PrivateKey, warrant: bytes, *, now: int, lifetime_s: int) -> bytes:
    """Sign an order that is good from a little before `now` (Unix seconds) for `lifetime_s` seconds on."""
    return write_order(wish, issued=now - BACKDATED_S, expires=now + lifetime_s, signer=signer, signer_warrant=warrant)


def send(
    connection: Connection, wish: Wish, signer: Ed25519PrivateKey, warrant: bytes, *, now: int, lifetime_s: int
) -> float:
    """Sign and send; answers the monotonic second of sending. Raises OperatorError if the broker does not take it."""
    data = sign(wish, signer, warrant, now=now, lifetime_s=lifetime_s)
    sent_s = time.monotonic()
    connection.send(f"{ROOT}/{audience_of(wish)}/cmd/{wish.op.value}", data, expiry_s=lifetime_s)
    connection.settle()
    return sent_s


def hear(
    connection: Connection, op: str, replies: Replies, *, since_s: float, timeout_s: float
) -> Iterable[tuple[Answer, int]]:
    """Yield each new answer and the milliseconds since sending, until all have answered or the time is up."""
    until_s = since_s + timeout_s
    while not replies.complete and (left_s := until_s - time.monotonic()) > 0:
        message = connection.receive(min(left_s, 1.0))
        if message is None:
            connection.check()
            continue
        ms = int((time.monotonic() - since_s) * 1000)
        answer = read_answer(message.topic, message.payload, op)
        if answer is not None and replies.take(answer):
            yield answer, ms
