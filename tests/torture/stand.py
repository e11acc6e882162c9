"""A rig between its judges: the whole gate on one side, pin keeper, journal's file and a subscriber on the other.

It presents papers and says what was wrong with the answer. It never asks the gate.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from provisioning.rig.gate import GREEN, RELAY, Rig
from tests.torture.lane import Lane
from tests.torture.ledger import Arrivals, Entry, Ledger
from tests.torture.papers import Office
from tests.torture.pins import WITHIN_S, PinRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provisioning.broker.watcher import Seen, Watcher
    from provisioning.rig.gate import Plan
    from tests.torture.papers import Paper

LINK_S: Final = 90.0
"""How long the link may take to come back: its longest pause is a minute."""

TRIES: Final = 3
"""How often somebody comes who is refused because the machine's disk is busy."""

_LOOK_S: Final = 0.005


class Stand:
    """A running rig, its record of pins, its subscriber, and a lane for every reader that the plan leaves to us."""

    pins: PinRecord
    watcher: Watcher

    def __init__(self, folder: Path, plan: Plan, seed: int = 0, adapt: Callable[[Rig], None] | None = None) -> None:
        """Build everything; `adapt` may change the rig's files before it starts."""
        self.rig = Rig(folder, plan)
        self.chance = random.Random(seed)  # noqa: S311 - a run must be repeatable
        self.office = Office(self.rig.desk, self.chance)
        self.lanes = {name: Lane(self.rig.socket(name)) for name, source in plan.readers.items() if source is None}
        self.arrivals = Arrivals(plan.gate)
        self.gate = plan.gate
        self.slow = 0
        self._adapt = adapt
        self._given_up = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the rig, then the judges."""
        try:
            if self._adapt is not None:
                self._adapt(self.rig)
            self._stack.callback(self.rig.stop)
            self.watcher = self.rig.watcher()
            self.rig.start(before_gate=lambda: self._stack.enter_context(self.watcher))
            self.pins = self._stack.enter_context(PinRecord(self.rig.keeper_path))
            for lane in self.lanes.values():
                self._stack.callback(lane.hang_up)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stack.close()

    def ledger(self) -> Ledger:
        """Read the journal's file as it stands."""
        return Ledger.read(self.rig.folder / "state" / "journal.db")

    def settled(self, timeout_s: float = WITHIN_S) -> Ledger:
        """Read the journal of a door at rest, whose last grant's end may still be on its way to the disk."""
        until_s = time.monotonic() + timeout_s
        while (ledger := self.ledger()).faults() and time.monotonic() < until_s:
            time.sleep(_LOOK_S)
        return ledger

    def answered(self, after_seq: int, reader: str, timeout_s: float = WITHIN_S, count: int = 1) -> Entry | None:
        """Wait until the journal holds so many decisions for a reader after a number, and return the first."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            found = self.ledger().after(after_seq, reader)
            if len(found) >= count:
                return found[0]
            time.sleep(_LOOK_S)
        return None

    def present(self, paper: Paper, reader: str) -> list[str]:
        """Hold a paper up at an outside reader and say what was wrong: by the pins first, by the journal after."""
        mark, seq = self.pins.mark(), self.ledger().last
        self.lanes[reader].show(paper.code)
        if paper.reason is None and not self.pins.rose(RELAY, mark):
            return [f"{paper.kind}: the door stayed shut"]
        entry = self.answered(seq, reader)
        if entry is None:
            return [f"{paper.kind}: nothing was written down"]
        faults = [] if self.pins.rests(RELAY, GREEN) else [f"{paper.kind}: the relay did not fall"]
        if paper.reason is not None and self.pins.rises(RELAY, mark):
            faults.append(f"{paper.kind}: the door opened")
        said = (entry.body["decision"], entry.body["reason"], entry.body["class"])
        wanted = ("allow", None) if paper.reason is None else ("deny", paper.reason.value)
        return faults if said == (*wanted, paper.pass_class) else [*faults, f"{paper.kind}: {said} is not {wanted}"]

    def insist(self, paper: Paper, reader: str) -> list[str]:
        """Hold a paper up, and again if the disk was too slow for its record: a gate rightly lets nobody in then."""
        faults: list[str] = []
        for _ in range(TRIES):
            seq = self.ledger().last
            faults = self.present(paper, reader)
            if not faults or not self.too_slow(seq, reader):
                break
        return faults

    def too_slow(self, after_seq: int, reader: str) -> bool:
        """Say whether somebody was refused since a number because the record was not on the disk in time; count it."""
        ledger = self.settled()
        found = any(ledger.unwritten(entry) for entry in ledger.after(after_seq, reader))
        self.slow += found
        return found

    def leave(self, reader: str, code: bytes = b"anything at all") -> list[str]:
        """Show anything at an inside reader, which must open."""
        mark = self.pins.mark()
        self.lanes[reader].show(code)
        if not self.pins.rose(RELAY, mark):
            return ["the way out stayed shut"]
        return [] if self.pins.rests(RELAY, GREEN) else ["the relay did not fall"]

    def caught_up(self, timeout_s: float = LINK_S) -> bool:
        """Wait until everything in the journal of a door at rest has reached the subscriber."""
        ledger = self.settled()

        def enough(seen: list[Seen]) -> bool:
            self.arrivals.feed(seen)
            return self.arrivals.has(ledger, self._given_up)

        complete = self.watcher.wait(enough, timeout_s)
        if not complete:  # it is said once and judged at the end; nobody waits for the same loss again
            self._given_up = ledger.last
        return complete

    def keep_subscription(self) -> None:
        """Have the broker write down who subscribes: a kill then costs the subscriber its connection and no more."""
        self.rig.broker.save()
        until_s = time.monotonic() + WITHIN_S
        while not (self.rig.folder / "broker" / "data" / "mosquitto.db").exists():
            if time.monotonic() > until_s:
                message = "the broker does not write its database"
                raise TimeoutError(message)
            time.sleep(_LOOK_S)

    def health(self, name: str, least: int, timeout_s: float = 15) -> bool:
        """Wait until a number of the gate's health on the broker has reached `least`; say whether it did."""
        topic = f"gapura/1/{self.gate}/health"
        return self.watcher.wait(
            lambda seen: any(one.topic == topic and _number(one.json().get(name)) >= least for one in seen), timeout_s
        )

    def next_health(self, timeout_s: float = 15) -> bool:
        """Wait for one more health message than there is; say whether it came."""
        topic = f"gapura/1/{self.gate}/health"
        had = sum(one.topic == topic for one in self.watcher.seen())
        return self.watcher.wait(lambda seen: sum(one.topic == topic for one in seen) > had, timeout_s)

    def counted(self, name: str) -> int:
        """Return a number of the gate's health as it was last told; 0 if it never was."""
        topic = f"gapura/1/{self.gate}/health"
        told = [one.json().get(name) for one in self.watcher.seen() if one.topic == topic]
        return _number(told[-1]) if told else 0

    def reborn(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Have the gate end and wait until it is there again."""
        lives = len(self.rig.gate.marks("ready"))
        pid = self.rig.gate.pid
        if pid is not None:
            os.kill(pid, number)
        self.rig.gate.wait_for("ready", lives + 1)

    def says(self, words: str, timeout_s: float = LINK_S) -> bool:
        """Wait until the gate's log holds these words; say whether it does."""
        until_s = time.monotonic() + timeout_s
        while words not in self.log():
            if time.monotonic() > until_s:
                return False
            time.sleep(_LOOK_S)
        return True

    def log(self) -> str:
        """Return what the gate and its readers said on stderr."""
        return self.rig.log.read_text(encoding="utf-8", errors="replace")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
