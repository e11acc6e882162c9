"""What the gate listens to, and who is handed what comes.

It decides which topics are asked for and what is dropped unread: what nobody asked for is counted and costs nothing
else, whoever put it there. What an earlier run of this gate left at its own topics and no longer holds is taken back.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from firmware.records import heard as hearing
from firmware.records import wire
from firmware.records.client import Filter
from firmware.records.faults import SUCCESS_BELOW, LinkFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.client import Message
    from firmware.records.heard import Heard
    from firmware.records.notices import Notices
    from firmware.records.postings import Postings
    from firmware.records.session import Session
    from firmware.records.tally import Tally

_OWN = ("alert", "assist")
"""Branches in which a gate finds what it said itself."""


class Subscriptions:
    """The standing subscriptions of a gate, and those that somebody asked for."""

    def __init__(
        self,
        gate: str,
        groups: frozenset[str],
        heard: Callable[[Heard], None],
        notices: Notices,
        tally: Tally,
    ) -> None:
        """Begin without a connection."""
        self._gate = gate
        self._groups = groups
        self._heard = heard
        self._notices = notices
        self._tally = tally
        # A command that waited is worth nothing: with QoS 0 no broker keeps one for a gate that is away.
        standing = [Filter(topic, int("/doc/" in topic)) for topic in hearing.filters(gate, groups)]
        own = [*(f"{wire.ROOT}/{gate}/{branch}/+" for branch in _OWN), wire.discovery_topic(gate)]
        self._standing = (*standing, *(Filter(topic, 1) for topic in own))
        self._lock = threading.Lock()
        self._followed: set[str] = set()
        self._fresh: set[str] = set()
        self._current: set[str] = set()

    def follow(self, topic: str) -> None:
        """Listen to this topic too, on every connection until `unfollow`; what is retained there comes each time."""
        with self._lock:
            self._followed.add(topic)
            self._fresh.add(topic)

    def unfollow(self, topic: str) -> None:
        """Listen to it no more."""
        with self._lock:
            self._followed.discard(topic)

    def begin(self, session: Session) -> None:
        """Ask for everything on a connection that begins."""
        self._current = set()
        session.subscribe(self._standing)
        self.renew(session)

    def renew(self, session: Session) -> None:
        """Ask for what was asked of us since the last time, and let go of what nobody wants any more."""
        with self._lock:
            followed, fresh = set(self._followed), self._fresh & self._followed
            self._fresh.clear()
        session.unsubscribe(sorted(self._current - followed))
        session.subscribe([Filter(topic, 1) for topic in sorted((followed - self._current) | fresh)], once=True)
        self._current = followed

    def take(self, session: Session, postings: Postings, nonce: str) -> None:
        """Hand on what the broker brought, and count what it refused to bring."""
        for answer in session.subscribed():
            if answer.code >= SUCCESS_BELOW:
                self._tally.counts["unsubscribed"] += 1
                self._tally.counts[f"unsubscribed_{answer.code}"] += 1
                self._tally.say(LinkFault.SUBSCRIPTION_REFUSED, f"the broker answered {answer.code} to {answer.topic}")
        for message in session.messages():
            if self._own(message.topic):
                self._take_back(message, postings)
            else:
                self._hand_on(message, nonce)

    def _hand_on(self, message: Message, nonce: str) -> None:
        found = hearing.read(message.topic, message.payload, retained=message.retained, nonce=nonce, gate=self._gate)
        if found is None or not self._asked_for(found, message.topic):
            self._tally.counts["unasked_topic"] += 1
            return
        self._tally.counts["heard"] += 1
        try:
            self._heard(found)
        except Exception as bug:  # noqa: BLE001 - a retained message must not end every connection it comes by
            self._tally.counts["heard_failed"] += 1  # by its type alone: its words may quote the message
            self._tally.say(LinkFault.INTERNAL, f"a message of kind {found.channel} met a {type(bug).__name__}")

    def _asked_for(self, found: Heard, topic: str) -> bool:
        """Whether this is for a group of ours, or something that somebody follows; the broker may send anything."""
        if found.channel == "blob":
            return topic in self._current
        if found.channel == "area":
            return hearing.area_topics(found.name) in self._current
        return found.group is None or found.group in self._groups

    def _own(self, topic: str) -> bool:
        branches = (f"{wire.ROOT}/{self._gate}/{branch}/" for branch in _OWN)
        return topic == wire.discovery_topic(self._gate) or any(map(topic.startswith, branches))

    def _take_back(self, message: Message, postings: Postings) -> None:
        """Say again what holds, and clear what does not."""
        if not message.payload or not message.retained:
            return
        holds = self._notices.kept().get(message.topic)
        if holds is None and postings.clear(message.topic):
            self._tally.counts["taken_back"] += 1
