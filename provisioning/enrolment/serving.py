"""`enrol serve`: the loop that hears, has judged, answers, and keeps the broker's lists as the ledger says.

One thread does all of it in order: the ledger first, then the broker's lists, then the answer, and the acknowledgement
last. A kill anywhere in between repeats what was not finished and changes nothing that was.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.records import wire
from firmware.signed import enrolment
from provisioning.enrolment import access, alerts, clearing, eviction
from provisioning.enrolment.handling import CLAIMS
from provisioning.fleet import inventory as inventories
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provisioning.broker_address import Address
    from provisioning.enrolment.ear import Ear, Heard
    from provisioning.enrolment.gatekeeping import Lists
    from provisioning.enrolment.handling import Handler
    from provisioning.fleet.inventory import Inventory
    from provisioning.fleet.ledger import Ledger

LOOK_S: Final = 0.5
"""How often the ledger is looked at for changes of the desk's commands."""

TAMPER_S: Final = 5
"""How often the broker's lists are compared with what they should be, though nothing has changed."""

HEALTH_S: Final = 60
QUIET_S: Final = 2.0
PATIENCE_S: Final = 20.0
"""So long after the start the broker's lists wait for a connection; a broker that lets us in by none needs them."""

MOST_EVICTED: Final = 20
"""At once; whoever is shut out is deaf and mute without it."""


class Plan:
    """The inventory's file, read again when it was changed; a bad one is told and the last good one counts."""

    def __init__(self, path: Path) -> None:
        """Read it; raises OperatorError with every mistake."""
        self._path = path
        self._mark = self._look()
        self.now: Inventory = inventories.read(path)
        self.mistakes: tuple[str, ...] = ()

    def refresh(self) -> bool:
        """Read it if it was changed, and say whether another one counts now."""
        mark = self._look()
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            self.now, self.mistakes = inventories.read(self._path), ()
        except OperatorError as error:
            self.mistakes = error.lines
            return False
        return True

    def _look(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)


@dataclass(slots=True)
class _Due:
    """When what is next (monotonic seconds)."""

    look: float = 0.0
    compare: float = 0.0
    health: float = 0.0
    write: float = math.inf


class Service:
    """The parts of the service put together; `run` serves until somebody ends it."""

    def __init__(
        self,
        ledger: Ledger,
        plan: Plan,
        handler: Handler,
        lists: Lists,
        *,
        address: Address,
        clock: Callable[[], int],
        settle_s: float = 0.0,
    ) -> None:
        """Take the parts; `clock` says Unix seconds, and changes that can wait are collected for `settle_s`."""
        self._ledger = ledger
        self._plan = plan
        self._handler = handler
        self._lists = lists
        self._address = address
        self._clock = clock
        self._log = logging.getLogger("gapura.enrolment")
        self._refusals = alerts.Refusals()
        self._told: dict[str, bytes] = {}
        self._settle_s = settle_s
        self._patience_until = time.monotonic() + PATIENCE_S
        self._shut = access.shut_out(ledger.gates())
        self._changes = -1
        self._connections = 0
        self._due = _Due()
        self._stirred = True
        self._trouble = ""

    def run(self, ear: Ear, *, once: bool = False) -> None:
        """Serve; with `once`, only what waits. Raises OperatorError or sqlite3.Error when it cannot go on."""
        quiet_since = time.monotonic()
        while True:
            self._turn(ear)
            try:
                heard = ear.heard.get(timeout=LOOK_S)
            except queue.Empty:
                if once and ear.ready and time.monotonic() > quiet_since + QUIET_S:
                    return
                continue
            quiet_since = time.monotonic()
            self._take(ear, heard)

    def _take(self, ear: Ear, heard: Heard) -> None:
        """Handle one message to its end."""
        if heard.topic.startswith(CLAIMS):
            self._answer(ear, heard)
        elif heard.payload and clearing.owner(heard.topic) in self._gone():
            ear.publish(heard.topic, b"", retain=True)
        ear.acknowledge(heard)

    def _answer(self, ear: Ear, heard: Heard) -> None:
        """Let a request be judged and say what came of it, after the broker's lists are as it says."""
        if heard.retained or not heard.payload:
            if heard.payload:  # nobody of ours retains a request, and it would come with every connection
                ear.publish(heard.topic, b"", retain=True)
            return
        now = self._clock()
        self._births(ear)
        try:
            answer = self._handler.handle(heard.topic, heard.payload, self._plan.now, now)
        except (sqlite3.Error, OSError):
            raise
        except Exception as error:  # noqa: BLE001  our bug: it must not come again and again and keep every gate waiting
            self._handler.counts["failures"] += 1
            self._log.error("%s could not be handled (%s): report this", heard.topic, type(error).__name__)
            answer = None
        if self._handler.refused is not None:
            self._refusals.add(*self._handler.refused, now)
            self._handler.refused = None
        self._stirred, self._changes = True, -1
        if self._handler.shut:
            self._write_lists()
            self._handler.shut = False
        if answer is not None:
            topic, message = answer
            ear.publish(topic, enrolment.render(message), expiry_s=enrolment.ANSWER_S)

    def _births(self, ear: Ear) -> None:
        """Hand on what gates say of their stage; the access list lets each speak for itself only."""
        for gate, stage in ear.births().items():
            self._handler.born(gate, stage, self._clock())

    def _gone(self) -> frozenset[str]:
        return clearing.gone(self._ledger.gates(), self._ledger.why_suspended(), self._clock())

    def _turn(self, ear: Ear) -> None:
        """Do what is due beside messages."""
        now_s = time.monotonic()
        if ear.trouble != self._trouble:
            self._trouble = ear.trouble
            self._log.warning("%s", self._trouble)
        if now_s < self._due.look:
            return
        self._due.look = now_s + LOOK_S
        self._births(ear)
        changes = self._ledger.changes()
        if self._plan.refresh() or changes != self._changes or now_s >= self._due.compare:
            self._changes, self._stirred = changes, True
            self._due.compare = now_s + TAMPER_S
            self._compare(now_s, ready=ear.ready)
        if now_s >= self._due.write:
            self._write_lists()
        for line in self._plan.mistakes:
            self._log.warning("%s", line)
        self._plan.mistakes = ()
        if ear.ready and (self._stirred or ear.connections != self._connections):
            self._stirred = False
            self._tell(ear, now_s)

    def _compare(self, now_s: float, *, ready: bool) -> None:
        """See whether the broker's lists are as they should be, and when they will be: at once if somebody is shut out.

        Not before our own session stands: mosquitto 2.0 does not survive being told while one waits that later ends.
        """
        if not ready and now_s < self._patience_until:
            self._changes = -1
            return
        if access.shut_out(self._ledger.gates()) - self._shut or self._lists.untold():
            self._due.write = now_s
        elif self._lists.wrong(self._ledger, self._plan.now, self._clock()):
            self._due.write = min(self._due.write, now_s + self._settle_s)

    def _write_lists(self) -> None:
        """Write the broker's lists if they are not as they should be, and put out who is shut out from now on."""
        self._due.write = math.inf
        written = self._lists.keep(self._ledger, self._plan.now, self._clock())
        self._handler.counts["lists_written"] += bool(written)
        shut = access.shut_out(self._ledger.gates())
        for gate in sorted(shut - self._shut)[:MOST_EVICTED] if written else ():
            with contextlib.suppress(OSError):
                eviction.evict(self._address, gate)
        self._shut = shut

    def _tell(self, ear: Ear, now_s: float) -> None:
        """Publish alerts that changed, take back what gone gates left, and say how it is."""
        suspended, gates = self._ledger.why_suspended(), self._ledger.gates()
        again = ear.connections != self._connections
        self._connections = ear.connections
        for topic, payload in alerts.standing(suspended, self._refusals, self._clock()).items():
            if (again or self._told.get(topic) != payload) and ear.publish(topic, payload, retain=True):
                self._told[topic] = payload
        for gate in sorted(clearing.gone(gates, suspended, self._clock())):
            ear.listen(clearing.filters(gate))
        if again or now_s >= self._due.health:
            self._due.health = now_s + HEALTH_S
            numbers = dict(self._handler.counts) | {"dropped": ear.dropped, "suspended": len(suspended)}
            for standing in gates.values():
                numbers[f"gates_{standing.state}"] = numbers.get(f"gates_{standing.state}", 0) + 1
            ear.publish(f"{alerts.BRANCH}/health", wire.numbers(numbers), retain=True, expiry_s=3 * HEALTH_S)
