"""What gates answer to one order, and when enough of them have. Pure: messages in, answers and an end out.

It reads what was published by its bound and its types alone; that only a gate can publish in its name is the broker's
access list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from firmware.records.wire import ROOT, valid_id
from firmware.signed import strict_json
from firmware.signed.command import CommandRefusal
from provisioning.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES: Final = 8192
_MAX_WORD: Final = 64


class State(StrEnum):
    """How far an order has come."""

    ACCEPTED = "accepted"
    EXECUTING = "executing"
    SUCCESSFUL = "successful"
    FAILED = "failed"


FINAL: Final = frozenset({State.SUCCESSFUL, State.FAILED})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one gate. `at` is the gate's own time as RFC 3339, if it knew it; `result` is flat and short."""

    gate: str
    id: str
    state: State
    reason: str | None
    at: str | None
    result: dict[str, str | int]


def read_answer(topic: str, payload: bytes, op: str) -> Answer | None:
    """Read a message on `res/<op>`; None for what is no answer."""
    gate, found, leaf = topic.removeprefix(f"{ROOT}/").partition("/")
    value = strict_json.parse(payload) if len(payload) <= MAX_BYTES else None
    if value is None or not found or leaf != f"res/{op}" or not valid_id(gate):
        return None
    named, state = value.get("id"), value.get("state")
    if not isinstance(named, str) or state not in list(State):
        return None
    reason, at = (plain(value.get(name), _MAX_WORD) for name in ("reason", "at"))
    return Answer(gate, named, State(str(state)), reason, at, _flat(value.get("result")))


def _flat(value: object) -> dict[str, str | int]:
    """Keep of a result what fits on a line."""
    if not isinstance(value, dict):
        return {}
    kept: dict[str, str | int] = {}
    for name, each in list(value.items())[:16]:
        word = each if isinstance(each, int) else plain(each, _MAX_WORD)
        if word is not None:
            kept[plain(str(name), _MAX_WORD) or ""] = word
    return kept


class Replies:
    """The answers to one order, from the gates that are `expected` to give one; others may, and are not waited for."""

    def __init__(self, order_id: str, expected: Iterable[str]) -> None:
        """Wait for answers to this id."""
        self._id = order_id
        self._expected = frozenset(expected)
        self._begun: set[str] = set()
        self._ended: dict[str, State] = {}

    def take(self, answer: Answer) -> bool:
        """Note an answer, and say whether it tells anything new.

        A gate whose broker brought the order twice answers the second one `repeated`: that ends nothing that has begun.
        """
        if answer.id != self._id or answer.gate in self._ended:
            return False
        if answer.state not in FINAL:
            self._begun.add(answer.gate)
            return True
        if answer.reason == CommandRefusal.REPEATED and answer.gate in self._begun:
            return False
        self._ended[answer.gate] = answer.state
        return True

    @property
    def complete(self) -> bool:
        """Say whether everybody who is expected has said how it ended; nobody expected means that nobody knows."""
        return bool(self._expected) and self._expected <= self._ended.keys()

    @property
    def obeyed(self) -> bool:
        """Say whether somebody obeyed, and nobody failed or kept silent."""
        return bool(self._ended) and not self.silent and set(self._ended.values()) == {State.SUCCESSFUL}

    @property
    def anybody(self) -> bool:
        """Say whether anybody has said how it ended."""
        return bool(self._ended)

    @property
    def silent(self) -> tuple[str, ...]:
        """Who was expected and has not said how it ended."""
        return tuple(sorted((self._expected | self._begun) - self._ended.keys()))

    def has_begun(self, gate: str) -> bool:
        """Say whether a gate took the order up."""
        return gate in self._begun
