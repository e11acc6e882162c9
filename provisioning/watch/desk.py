"""The desk: what was heard goes into the fleet, what operators say into the marks, and a picture comes out.

It owns the marks' file and the clock, and draws nothing. Time here never jumps: it is read once and then counted on.
"""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Final

from provisioning import files
from provisioning.mistake import OperatorError
from provisioning.watch import ear as ears
from provisioning.watch import picture
from provisioning.watch.broker_seen import BrokerSeen
from provisioning.watch.fleet import Fleet
from provisioning.watch.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from provisioning.watch.ear import Ear
    from provisioning.watch.picture import Picture, Scope
    from provisioning.watch.troubles import Trouble

ASK_S: Final = 5
_BATCH: Final = 5000
_MARKS_BYTES: Final = 64 << 20


class Desk:
    """One watching desk."""

    def __init__(self, ear: Ear, scope: Scope, state: Path, operator: str) -> None:
        """Read the marks that were left; a file that is none is refused rather than overwritten."""
        self.scope = scope
        self.fleet = Fleet()
        self._next: Fleet | None = None
        self._ear = ear
        self._state = state
        self._operator = operator
        self._began = (int(time.time()), time.monotonic())
        self.broker = BrokerSeen(self.now())
        self.idle = False
        """Whether all that was heard has been taken."""
        self.unkept = ""
        """Why the marks are not in their file, if they are not: then they count at this desk until it ends."""
        self._asked = 0
        self._stamp = 0
        self._marks = Marks.none()
        self._load()

    def now(self) -> int:
        """Unix seconds, counted on from the start."""
        began, at_s = self._began
        return began + int(time.monotonic() - at_s)

    def listen(self, timeout_s: float) -> None:
        """Take what was heard: wait for the first thing, then take what else is there, up to a bound."""
        now = self.now()
        if now - self._asked >= ASK_S:
            self._asked = now
            self._ear.ask()
        self.idle = False
        try:
            self._take(self._ear.heard.get(timeout=timeout_s))
            for _ in range(_BATCH):
                self._take(self._ear.heard.get_nowait())
        except queue.Empty:
            self.idle = True
        self.fleet.turn(self.now())

    def picture(self) -> Picture:
        """Take a picture, and let the marks end that are over."""
        self._load()
        now = self.now()
        taken = picture.take(self.fleet, self.broker, self._marks, self.scope, now)
        if taken.connected and taken.complete and not self.scope.labels and self._marks.settle(taken.held, now):
            self._save()
        return taken

    def acknowledge(self, troubles: Iterable[Trouble]) -> None:
        """Take troubles on, in this operator's name."""
        self._marks.acknowledge(troubles, self._operator, self.now())
        self._save()

    def mute(self, troubles: Iterable[Trouble]) -> None:
        """Mute troubles, in this operator's name."""
        self._marks.mute(troubles, self._operator, self.now())
        self._save()

    def undo(self, troubles: Iterable[Trouble]) -> None:
        """Take this back."""
        self._marks.undo(troubles)
        self._save()

    def _take(self, heard: ears.Heard) -> None:
        now = self.now()
        match heard:
            case ears.Message():
                self.broker.heard = now
                (self._next or self.fleet).take(heard.topic, heard.payload, now, heard.expiry_s)
            case ears.Refused():
                self.broker.refused.add(heard.topic)
            case ears.Up():
                self.broker.up(now)
                self._next = Fleet()  # what was cleared while we were away is told by nobody, so all is read anew
            case ears.Complete():
                self.broker.complete = True
                self._begin_anew()
            case ears.Down():
                self.broker.down(now, heard.why)
                self._next = None
            case ears.Answered():
                self.broker.answers(now, heard.took_ms)

    def _begin_anew(self) -> None:
        """Go by what this connection has told."""
        if self._next is not None:
            self._next.inherit(self.fleet)
            self.fleet, self._next = self._next, None

    def _load(self) -> None:
        """Read the marks when another desk has written them."""
        try:
            stamp = self._state.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return
        if stamp == self._stamp:
            return
        found = Marks.read(files.read(self._state, _MARKS_BYTES))
        if found is None:
            line = f"{self._state} is no file of marks; move it away or name another with --state"
            raise OperatorError(line)
        self._marks, self._stamp = found, stamp

    def _save(self) -> None:
        """Write the marks; a disk that fails must not take the view away from whoever watches."""
        try:
            self._state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            files.write(self._state, self._marks.render(), files.PRIVATE)
            self._stamp = self._state.stat().st_mtime_ns
        except OSError as error:
            self.unkept = f" marks count here only, they cannot be kept in {self._state}: {error.strerror}"
        else:
            self.unkept = ""
