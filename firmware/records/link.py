"""The link to the broker: what the journal holds reaches the operations room, in order, as often as it takes.

It decides when to connect, what to believe of the broker's answers and when to try again. It never decides about a
door, and whatever the broker or the network does ends a connection, never this thread.
"""

from __future__ import annotations

import logging
import random
import secrets
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from firmware.records import wire
from firmware.records.faults import SUCCESS_BELOW, LinkFault, LinkFaultError
from firmware.records.outbox import Outbox, backoff_ms
from firmware.records.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.records.row import Row, RowSource
    from firmware.records.settings import LinkSettings

_REPEAT_LOG_S = 600
_KNOCKING_S = 0.5
"""How long the end waits for a connection that has not come about: there is nobody to say goodbye to."""


class Link:
    """One thread that owns the connection; other threads only wake it.

    `changed(True)` comes when the broker has answered the birth, `changed(False)` when the connection is gone; both
    from the link's thread. The journal is the queue: nothing is kept here that is not there.
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
        jitter: Callable[[], float] | None = None,
    ) -> None:
        """Prepare; nothing is connected before `start`."""
        self._settings = settings
        self._gate = gate
        self._journal = journal
        self._info = info
        self._health = health
        self._on_changed = changed
        self._jitter = random.SystemRandom().random if jitter is None else jitter
        self._outbox = Outbox(settings.window, self._jitter, settings.refused_first_ms, settings.backoff_most_ms)
        self._log = logging.getLogger("gapura.link")
        self._counts: Counter[str] = Counter()
        self._nonce = ""
        self._up = self._unborn = False
        self._failures = 0
        self._said: dict[LinkFault, float] = {}
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.settimeout(0)
        self._wake_out.settimeout(0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._journal.watch(self._wake)
        self._thread.start()

    @property
    def nonce(self) -> str:
        """The nonce of this connection, which a command must carry; empty while there is none."""
        return self._nonce

    def counters(self) -> dict[str, int]:
        """Flat numbers: what was published, refused and why connections ended."""
        return {f"link_{name}": number for name, number in sorted(self._counts.items())} | {"link_up": int(self._up)}

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
                settings = self._settings
                wait_ms = backoff_ms(self._failures, settings.backoff_first_ms, settings.backoff_most_ms, self._jitter)
                self._stop.wait(wait_ms / 1000)

    def _serve(self) -> None:
        """Connect and publish until the connection ends; raises LinkFaultError unless we were asked to stop."""
        session = Session(self._settings, self._gate)
        try:
            session.open(self._wake_in, self._stop)
            self._nonce = secrets.token_hex(16)
            self._publish_birth(session)
            health_due_s = time.monotonic()
            while not self._stop.is_set():
                if self._up and time.monotonic() >= health_due_s:
                    health_due_s = time.monotonic() + self._settings.health_s
                    self._publish_health(session)
                self._fill(session)
                session.turn(self._pause_s(health_due_s), self._wake_in)
                self._take_answers(session)
            session.goodbye(wire.availability_topic(self._gate), wire.OFFLINE, self._wake_in)
        finally:
            session.drop()

    def _fill(self, session: Session) -> None:
        """Send what the journal holds and the window allows."""
        window = session.window
        while limit := self._outbox.limit(window):
            now_ms = _now_ms()
            rows = self._journal.pending(0, limit, self._outbox.held(now_ms))
            chosen = self._outbox.choose(rows, now_ms, window)
            for row in chosen:
                payload = wire.dump(wire.cloud_event(self._gate, row))
                session.publish(wire.event_topic(self._gate, row.kind), payload, row=row)
            if not chosen:
                return

    def _take_answers(self, session: Session) -> None:
        """Believe the reason code and nothing else: only a success lets the journal forget."""
        published: list[Row] = []
        for answer in session.answers():
            taken = answer.code < SUCCESS_BELOW
            if not taken:
                self._counts["refused"] += 1
                self._counts[f"refused_{answer.code}"] += 1
                self._say(LinkFault.PUBLISH_REFUSED, f"the broker answered {answer.code} to {answer.topic}")
            if answer.row is None:
                self._failures = 0 if taken else self._failures
                self._unborn |= not taken and answer.topic != wire.health_topic(self._gate)
                if not self._up and answer.topic == wire.availability_topic(self._gate):
                    self._came_up()
            elif taken:
                self._outbox.delivered(answer.row)
                published.append(answer.row)
            else:
                self._outbox.refused(answer.row, _now_ms())
        if published:
            self._counts["published"] += len(published)
            self._journal.mark_acked(published)

    def _publish_birth(self, session: Session) -> None:
        self._unborn = False
        session.publish(wire.info_topic(self._gate), wire.birth(self._info(), self._nonce))
        session.publish(wire.availability_topic(self._gate), wire.ONLINE)

    def _publish_health(self, session: Session) -> None:
        if self._unborn:  # the broker refused it; its access list may have been put right since
            self._publish_birth(session)
        numbers = {**self._health(), **self.counters()}
        expiry_s = max(1, int(self._settings.health_s * 3))
        session.publish(wire.health_topic(self._gate), wire.numbers(numbers), expiry_s=expiry_s)

    def _pause_s(self, health_due_s: float) -> float:
        wake_ms = self._outbox.wake_ms()
        until_health = health_due_s - time.monotonic()
        return max(0.0, until_health if wake_ms is None else min(until_health, (wake_ms - _now_ms()) / 1000))

    def _came_up(self) -> None:
        self._up = True
        self._counts["connects"] += 1
        self._said.clear()
        self._log.info("link: connected to %s:%d", self._settings.host, self._settings.port)
        self._on_changed(True)  # noqa: FBT003 - the event's own word

    def _down(self) -> None:
        self._outbox.lost()
        self._nonce = ""
        if self._up:
            self._up = False
            self._on_changed(False)  # noqa: FBT003 - the event's own word

    def _fault(self, fault: LinkFaultError) -> None:
        self._failures += 1
        self._counts[f"fault_{fault.fault}"] += 1
        self._say(fault.fault, str(fault))

    def _say(self, fault: LinkFault, text: str) -> None:
        """One line when the trouble is a new one, then again only now and then."""
        now_s = time.monotonic()
        if now_s - self._said.get(fault, -_REPEAT_LOG_S) >= _REPEAT_LOG_S:
            self._said[fault] = now_s
            self._log.warning("link: %s: %s", fault, " ".join(text.split()))

    def _wake(self) -> None:
        try:
            self._wake_out.send(b"\0")
        except OSError:
            return  # full means it is awake already; closed means there is nobody to wake


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
