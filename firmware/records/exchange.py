"""One question and its answer, on a connection of its own beside the gate's: subscribe, ask, wait, leave.

For enrolment, which needs no journal and no second link. It decides when to give up and nothing of what an answer says.
The caller's thread does all of it; whatever is wrong with the connection is raised as LinkFaultError.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.records.client import Filter, Publication
from firmware.records.faults import SUCCESS_BELOW, LinkFault, LinkFaultError
from firmware.records.session import Session

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from firmware.records.settings import LinkSettings

ANSWER_S: Final = 20.0
"""How long an answer is waited for; the service writes to its disk before it gives one."""

_TURN_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Question:
    """What is published where, where the answer comes, and how long (s) the broker may keep the question."""

    topic: str
    payload: bytes
    answered_at: str
    expiry_s: int = 60


def ask(
    settings: LinkSettings,
    user: str,
    question: Question,
    meant: Callable[[bytes], bool],
    stop: threading.Event,
    *,
    dated: bool,
    answer_s: float = ANSWER_S,
) -> bytes | None:
    """Ask one broker as `user`, the name in the certificate; None if nothing came in time that is `meant` for us.

    `stop` ends the waiting. Raises LinkFaultError.
    """
    wake, other = socket.socketpair()
    with wake, other:
        session = Session(settings, user, dated=dated, aside=True)
        try:
            session.open(wake, stop)
            session.subscribe([Filter(question.answered_at, 1)], once=True)
            _subscribed(session, question, wake, stop, time.monotonic() + settings.answer_s)
            session.publish(Publication(question.topic, question.payload, retained=False, expiry_s=question.expiry_s))
            found = _answer(session, meant, wake, stop, time.monotonic() + answer_s)
            session.leave()
        finally:
            session.drop()
    return found


def _subscribed(session: Session, question: Question, wake: socket.socket, stop: threading.Event, by_s: float) -> None:
    """Wait until the answer cannot be missed."""
    while not stop.is_set():
        for each in session.subscribed():
            if each.code >= SUCCESS_BELOW:
                text = f"the broker answered {each.code} to {question.answered_at}"
                raise LinkFaultError(LinkFault.SUBSCRIPTION_REFUSED, text)
            return
        if time.monotonic() > by_s:
            raise LinkFaultError(LinkFault.SILENT, "the broker does not answer a subscription")
        session.turn(_TURN_S, wake)


def _answer(
    session: Session,
    meant: Callable[[bytes], bool],
    wake: socket.socket,
    stop: threading.Event,
    by_s: float,
) -> bytes | None:
    """Wait for the answer; the broker's own refusal of the question ends it at once."""
    while not stop.is_set() and time.monotonic() < by_s:
        session.turn(_TURN_S, wake)
        for answer in session.answers():
            if answer.code >= SUCCESS_BELOW:
                text = f"the broker refused the question (reason code {answer.code})"
                raise LinkFaultError(LinkFault.PUBLISH_REFUSED, text)
        for message in session.messages():
            if meant(message.payload):
                return message.payload
    return None
