"""`enrol serve`: the loop that hears, has judged, answers, and keeps the broker's lists as the ledger says.

One thread does all of it in order: the ledger first, then the broker's lists, then the answer, and the acknowledgement
last. A kill anywhere in between repeats what was not finished and changes nothing that was.
"""

from __future__ import annotations

import contextlib
import logging
import queue
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


class Service:
    """The parts of the service put together; `run` serves until somebody ends it."""

    def __init__(
        self, ledger: Ledger, plan: Plan, handler: Handler, lists: Lists, *, address: Address, clock: Callable[[], int]
    ) -> None:
        """Take the parts; `clock` says Unix seconds."""
        self._ledger = ledger
        self._plan = plan
        self._handler = handler
        self._lists = lists
        self._address = address
        self._clock = clock
        self._log = logging.getLogger("gapura.enrolment")
        self._refusals = alerts.Refusals()
        self._told: dict[str, bytes] = {}
        self._shut: frozenset[str] = frozenset()
        self._changes = -1
        self._connections = 0
        self._due = _Due()
        self._stirred = True
        self._trouble = ""

    def prepare(self) -> None:
        """Make the broker's lists right before anything is heard."""
        self._keep_lists(tell=True)

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
        answer = self._handler.handle(heard.topic, heard.payload, self._plan.now, now)
        if self._handler.refused is not None:
            self._refusals.add(*self._handler.refused, now)
            self._handler.refused = None
        self._stirred = True
        if self._handler.shut:
            self._keep_lists()
            self._handler.shut = False
        if answer is not None:
            topic, message = answer
            ear.publish(topic, enrolment.render(message), expiry_s=enrolment.ANSWER_S)

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
        changes = self._ledger.changes()
        if self._plan.refresh() or changes != self._changes or now_s >= self._due.compare:
            self._changes, self._stirred = changes, True
            self._due.compare = now_s + TAMPER_S
            self._keep_lists()
        for line in self._plan.mistakes:
            self._log.warning("%s", line)
        self._plan.mistakes = ()
        if ear.ready and (self._stirred or ear.connections != self._connections):
            self._stirred = False
            self._tell(ear, now_s)

    def _keep_lists(self, *, tell: bool = False) -> None:
        """Write the broker's lists if they are not as they should be, and put out who is shut out from now on."""
        written = self._lists.keep(self._ledger, self._plan.now, self._clock(), tell=tell)
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
