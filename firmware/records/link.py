"""The link to the broker: what the journal holds reaches the operations room, in order, as often as it takes.

It decides when to connect, what to believe of the broker's answers and when to try again. It never decides about a
door, and whatever the broker or the network does ends a connection, never this thread.
"""

from __future__ import annotations

import random
import secrets
import socket
import threading
import time
from typing import TYPE_CHECKING

from firmware.records import tls, wire
from firmware.records.brokers import Brokers
from firmware.records.client import Publication
from firmware.records.contest import Contest
from firmware.records.faults import SUCCESS_BELOW, LinkFault, LinkFaultError
from firmware.records.lines import boot_id
from firmware.records.replay import Replay
from firmware.records.session import Session
from firmware.records.subscriptions import Subscriptions
from firmware.records.tally import Tally
from firmware.records.traffic import Traffic, boottime_ms, monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.records.callbacks import Answer
    from firmware.records.heard import Heard
    from firmware.records.notices import Notices
    from firmware.records.replay import Outcome
    from firmware.records.row import RowSource
    from firmware.records.settings import LinkSettings

_KNOCKING_S = 0.5
"""How long the end waits for a connection that has not come about: there is nobody to say goodbye to."""


class Link:
    """One thread that owns the connection; other threads only wake it.

    `changed(True)` comes when the broker has answered the birth, `changed(False)` when the connection is gone, and
    `heard` for each message on a topic of ours; all from the link's thread. The journal is the queue: nothing is kept
    here that is not there. While `asks` says so the birth comes again with the health, under a new nonce; while
    `dated` says no, dates of certificates are not judged, for the kernel does not know the date.
    """

    def __init__(
        self,
        settings: LinkSettings,
        gate: str,
        journal: RowSource,
        *,
        info: Callable[[], Mapping[str, object]],
        health: Callable[[], Mapping[str, int]],
        changed: Callable[[bool], None],
        heard: Callable[[Heard], None],
        notices: Notices,
        groups: frozenset[str] = frozenset(),
        asks: Callable[[], bool] = lambda: False,
        dated: Callable[[], bool] = lambda: True,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        """Prepare; nothing is connected before `start`."""
        self._settings, self._gate, self._journal = settings, gate, journal
        self._info, self._health, self._on_changed = info, health, changed
        self._notices = notices
        self._asks, self._dated = asks, dated
        self._jitter = random.SystemRandom().random if jitter is None else jitter
        self._tally = Tally()
        self._traffic = Traffic(settings, journal, notices, self._tally, self._jitter)
        self._subscriptions = Subscriptions(gate, groups, heard, notices, self._tally)
        self._nonce = ""
        self._up = self._unborn = False
        self._brokers = Brokers(settings, self._jitter)
        self._contest = Contest(gate)
        self._connection = self._since_ms = 0
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.settimeout(0)
        self._wake_out.settimeout(0)
        self._stop, self._asked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._journal.watch(self._wake)
        self._notices.watch(self._wake)
        self._thread.start()

    @property
    def nonce(self) -> str:
        """The nonce of this connection, which a command must carry; empty while there is none."""
        return self._nonce

    def counters(self) -> dict[str, int]:
        """Flat numbers: what was published, refused and heard, why connections ended, which broker it is (0: first)."""
        counts = {f"link_{name}": number for name, number in sorted(self._tally.counts.copy().items())}
        return counts | {"link_up": int(self._up), "link_broker": self._brokers.place}

    def follow(self, topic: str) -> None:
        """Listen to this topic too, on every connection until `unfollow`; any thread may ask."""
        self._subscriptions.follow(topic)
        self._wake()

    def unfollow(self, topic: str) -> None:
        """Listen to it no more; any thread may ask."""
        self._subscriptions.unfollow(topic)
        self._wake()

    def replay(self, epoch: str, first: int, last: int, name: str, told: Callable[[int, Outcome], None]) -> bool:
        """Send rows `first` to `last` of an epoch again; any thread may ask, `told` is called from the link's.

        `name` is the command's id, by which subscribers know what belongs to it. False if too many wait.
        """
        asked = self._traffic.ask(Replay(name, epoch, first, last, told))
        self._wake()
        return asked

    def report(self) -> None:
        """Publish the health numbers now, where there is a connection; any thread may ask."""
        self._asked.set()
        self._wake()

    def close(self) -> None:
        """Say goodbye (availability `offline`), disconnect and end the thread; one that is knocking is left behind."""
        self._stop.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(self._settings.goodbye_s + 1 if self._up else _KNOCKING_S)
        if not self._thread.is_alive():
            self._wake_in.close()
            self._wake_out.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except LinkFaultError as fault:
                self._fault(fault)
            except Exception as bug:  # noqa: BLE001 - a bug here may cost a connection, not every report after it
                self._fault(LinkFaultError(LinkFault.INTERNAL, f"{type(bug).__name__}: {bug}"))
            finally:
                self._down()
            if not self._stop.is_set():
                self._stop.wait(self._brokers.wait_ms(self._contest.times) / 1000)

    def _serve(self) -> None:
        """Connect and publish until we go; raises LinkFaultError when the connection ends before."""
        self._connection += 1
        session = Session(self._brokers.current, self._gate, self._connection, dated=self._dated())
        try:
            session.open(self._wake_in, self._stop)
            self._subscriptions.begin(session)  # first: whoever sees the birth is heard
            self._traffic.begin()
            self._publish_birth(session)
            health_due_s = time.monotonic()
            while not self._stop.is_set() and not self._goes_back():
                if self._up and (time.monotonic() >= health_due_s or self._asked.is_set()):
                    self._asked.clear()
                    health_due_s = time.monotonic() + self._settings.health_s
                    self._publish_health(session)
                self._subscriptions.renew(session)
                self._traffic.fill(session)
                session.turn(self._pause_s(health_due_s), self._wake_in)
                self._take(session)
            self._traffic.fill(session)
            session.goodbye(wire.availability_topic(self._gate), wire.OFFLINE, self._wake_in)
        finally:
            self._tally.counts["rested"] += session.rested
            session.drop()

    def _take(self, session: Session) -> None:
        """Take in what the broker answered and what it brought."""
        answers = session.answers()
        self._traffic.answered(answers)
        for answer in answers:
            if answer.publication.item is None:
                self._take_own(answer)
        self._subscriptions.take(session, self._traffic.postings, self._nonce)

    def _take_own(self, answer: Answer) -> None:
        """Take in what the broker thinks of the birth and the health."""
        taken, topic = answer.code < SUCCESS_BELOW, answer.publication.topic
        if taken:
            self._brokers.answered()
        self._unborn |= not taken and topic != wire.health_topic(self._gate)
        if not self._up and topic == wire.availability_topic(self._gate):
            self._came_up()

    def _publish_birth(self, session: Session) -> None:
        self._unborn = False
        self._nonce = secrets.token_hex(16)  # a new one for each birth: whoever answers one must have seen it
        birth = wire.birth(self._info(), self._nonce, self._connection)
        session.publish(Publication(wire.info_topic(self._gate), birth))
        session.publish(Publication(wire.availability_topic(self._gate), wire.ONLINE, expiry_s=wire.LASTING_S))

    def _publish_health(self, session: Session) -> None:
        if self._contest.over(monotonic_ms()):
            self._notices.keep(self._contest.topic, b"")
        if self._unborn or self._asks():  # refused once, and the access list may be right by now; or still no time
            self._publish_birth(session)
        numbers = wire.numbers({**self._health(), **self.counters()})
        expiry_s = max(1, int(self._settings.health_s * 3))
        session.publish(Publication(wire.health_topic(self._gate), numbers, expiry_s=expiry_s))

    def _pause_s(self, health_due_s: float) -> float:
        wake_ms = self._traffic.wake_ms()
        until_health = health_due_s - time.monotonic()
        return max(0.0, until_health if wake_ms is None else min(until_health, (wake_ms - monotonic_ms()) / 1000))

    def _goes_back(self) -> bool:
        """Whether to leave this broker because the first one is there again."""
        now_ms, back_ms = monotonic_ms(), self._brokers.back_ms
        if back_ms is None or now_ms < back_ms:
            return False
        there = tls.there(self._brokers.first, self._gate, dated=self._dated())
        self._brokers.looked(now_ms, there=there)
        return there

    def _came_up(self) -> None:
        self._up = True
        self._since_ms = monotonic_ms()
        self._brokers.admitted(monotonic_ms())
        self._tally.connected(self._brokers.current)
        self._on_changed(True)  # noqa: FBT003 - the event's own word

    def _down(self) -> None:
        self._traffic.lost()
        self._nonce = ""
        if self._up:
            self._up = False
            self._on_changed(False)  # noqa: FBT003 - the event's own word

    def _fault(self, fault: LinkFaultError) -> None:
        self._brokers.failed()
        now_ms = monotonic_ms()
        contested = fault.fault is LinkFault.TAKEN_OVER
        if self._up and self._contest.ended(now_ms, now_ms - self._since_ms, taken_over=contested):
            self._notices.keep(self._contest.topic, self._contest.alert(boot_id(), boottime_ms()))
        self._tally.counts[f"fault_{fault.fault}"] += 1
        self._tally.say(fault.fault, str(fault))

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"\0")
        except OSError:
            return  # full means it is awake already; closed means there is nobody to wake
