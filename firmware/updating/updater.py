"""The updater: does what the plan says, step by step, and says how far it is. One of them at a time.

It runs beside the gate as a user of its own, holds no key and opens no line. What it cannot do leaves the release that
runs as it is. Restarting is asked for by a file, which the service manager watches.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json
from firmware.updating import asking, guard
from firmware.updating.asking import Status
from firmware.updating.faults import PASSING, TRIED, Fault
from firmware.updating.getting import Getting
from firmware.updating.plan import Act, Found, Outcome, State, next_act
from firmware.updating.release import rank

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.updating.disk import Disk
    from firmware.updating.fetching import Source
    from firmware.updating.getting import Board
    from firmware.updating.wanted import Wanted, Wishes

log = logging.getLogger(__name__)

RESTART: Final = "restart"
_LOOK_S: Final = 0.2
_AGAIN_S: Final = 2.0


class NoReleaseError(Exception):
    """The folder of releases names none that runs; there is nothing to update."""


class Updater:
    """One run; `wait_s` is how long a release on trial has for being healthy."""

    def __init__(self, disk: Disk, wishes: Wishes, source: Source, board: Board, *, root: Path, wait_s: float) -> None:
        """Take the parts; `root` is the pinned root of the repository."""
        self._disk, self._wishes, self._wait_s = disk, wishes, wait_s
        self._getting = Getting(disk, source, board, root, self._say)
        self._awaiting_s: float | None = None
        self._ended = self._asked = False

    def run(self) -> bool:
        """Go on until there is nothing to do; answer whether all of it went well. Raises NoReleaseError."""
        with self._alone():
            while not self._ended:
                state, wanted = self._state(), self._wishes.wanted()
                found = self._look(state, wanted)
                act, fault = next_act(state, found)
                if act is not Act.AWAIT:
                    log.info("%s%s", act, "" if fault is None else f": {fault}")
                if act is Act.REST:
                    self._disk.tidy()
                    self._say(self._resting(state, wanted, found))
                    return True
                self._do(act, fault, state, wanted)
        return False

    def _do(self, act: Act, fault: Fault | None, state: State, wanted: Wanted | None) -> None:
        """Make one step; a card that fails ends the order for now."""
        try:
            ended = self._step(act, fault, state, wanted)
        except OSError as error:
            log.warning("%s: %s", act, error)
            ended = Fault.STORAGE
        if ended is not None and state.phase != "idle":
            time.sleep(_AGAIN_S)  # a trial is not left in the middle for want of a disk
            return
        if ended is None or wanted is None:
            self._ended = self._ended or ended is not None
            return
        self._ended = True
        outcome = Outcome(document=wanted.digest, release=wanted.order.release, reason=ended)
        log.warning("release %s is refused: %s", wanted.order.release, ended)
        try:
            if ended not in PASSING:
                self._disk.keep(state.model_copy(update={"last": outcome}))
            self._say(self._told(outcome, "refused"))
        except OSError as error:
            log.warning("the refusal is not written down: %s", error)

    def _step(self, act: Act, fault: Fault | None, state: State, wanted: Wanted | None) -> Fault | None:
        """Make one step, or say why the order ends; raises OSError."""
        match act:
            case Act.ADOPT:
                self._adopt(state)
            case Act.REFUSE:
                return fault or Fault.INTERNAL
            case Act.AWAIT:
                self._await(state)
            case Act.CONFIRM:
                self._confirm(state)
            case Act.GO_BACK:
                self._disk.keep(state.model_copy(update={"phase": "returning", "reason": fault}))
            case Act.RETURN:
                self._return(state, fault or Fault.INTERRUPTED)
            case Act.FETCH | Act.UNPACK | Act.CHECK | Act.SWITCH if wanted is not None:
                if act is not Act.SWITCH:
                    return self._getting.step(act, wanted)
                self._switch(state, wanted)
            case _:
                return Fault.INTERNAL
        return None

    def _state(self) -> State:
        """Read what is remembered, or begin with what runs; damage costs the memory and no release."""
        spelled = guard.read_state(self._disk.base)
        if spelled is not None:
            try:
                return State.model_validate_json(strict_json.render(spelled))
            except ValueError:
                log.warning("the updater's memory cannot be read; it begins with what runs")
        link = guard.current(self._disk.base)
        if link is None or not guard.startable(self._disk.base, link):
            msg = f"{self._disk.base}/current names no release; install the package again"
            raise NoReleaseError(msg)
        return State(confirmed=link, floor=link)

    def _look(self, state: State, wanted: Wanted | None) -> Found:
        """Find out what is there."""
        release = None if wanted is None else wanted.order.release
        return Found(
            link=guard.current(self._disk.base),
            order=None if wanted is None else wanted.order,
            digest=None if wanted is None else wanted.digest,
            go=wanted is not None and wanted.go,
            fetched=self._getting.artefact is not None,
            unpacked=release is not None and (self._disk.releases / release).is_dir(),
            checked=release is not None and self._getting.checked == release,
            healthy=state.phase == "trying" and self._wishes.healthy() == state.release,
            overdue=self._awaiting_s is not None and time.monotonic() - self._awaiting_s >= self._wait_s,
        )

    def _switch(self, state: State, wanted: Wanted) -> None:
        """Put the release on trial: remembered first, then linked, then started."""
        release = wanted.order.release
        trial = {
            "phase": "trying",
            "release": release,
            "document": wanted.digest,
            "before": wanted.before,
            "starts": 0,
            "reason": None,
        }
        self._disk.keep(state.model_copy(update=trial))
        self._disk.point(release)
        self._say(Status(phase="trying", document=wanted.digest, release=release, before=wanted.before))
        self._restart()

    def _await(self, state: State) -> None:
        """Give the release on trial its time; an updater that was started anew gives all of it again."""
        if self._awaiting_s is None:
            self._awaiting_s = time.monotonic()
            if state.starts == 0 and not self._asked:  # whoever switched ended before anybody was asked to start it
                self._restart()
            self._say(Status(phase="trying", document=state.document, release=state.release, before=state.before))
        time.sleep(_LOOK_S)

    def _confirm(self, state: State) -> None:
        """Let the release on trial be the one that runs; the one before stays for the next trial."""
        release, document = state.release or state.confirmed, state.document
        outcome = None if document is None else Outcome(document=document, release=release)
        confirmed = State(
            confirmed=release, previous=state.confirmed, floor=max(state.floor, release, key=rank), last=outcome
        )
        self._disk.keep(confirmed)
        self._disk.tidy({release, state.confirmed})

    def _return(self, state: State, fault: Fault) -> None:
        """Go back to the release that was confirmed; a guard that went back has started it already."""
        self._disk.point(state.confirmed)
        if fault is not Fault.DID_NOT_START:
            self._restart()
        release, document = state.release or state.confirmed, state.document
        outcome = None if document is None else Outcome(document=document, release=release, reason=fault)
        self._disk.keep(
            State(confirmed=state.confirmed, previous=state.previous, floor=state.floor, last=outcome or state.last)
        )
        log.warning("release %s is taken back: %s", release, fault)
        if fault in TRIED:
            self._disk.drop(release)
        self._awaiting_s = None
        self._ended = True
        self._say(Status(phase="idle") if outcome is None else self._told(outcome, "returned"))

    def _adopt(self, state: State) -> None:
        """Go by the release that a package, or a hand, has put in the place of the confirmed one."""
        link = guard.current(self._disk.base) or state.confirmed
        self._disk.keep(
            State(confirmed=link, previous=state.confirmed, floor=max(state.floor, link, key=rank), last=state.last)
        )

    def _restart(self) -> None:
        """Ask the service manager to start gate and readers anew."""
        self._asked = True
        self._disk.put(self._disk.own / RESTART, f"{guard.current(self._disk.base)}\n".encode("ascii"))

    def _resting(self, state: State, wanted: Wanted | None, found: Found) -> Status:
        """Say how it stands when there is nothing to do."""
        if wanted is not None and wanted.order.release == state.confirmed:
            return Status(phase="confirmed", document=wanted.digest, release=state.confirmed)
        if found.unpacked and found.checked and wanted is not None:
            return Status(phase="ready", document=wanted.digest, release=wanted.order.release)
        last = state.last
        if last is None:
            return Status(phase="idle")
        return self._told(
            last, "confirmed" if last.reason is None else "returned" if last.reason in TRIED else "refused"
        )

    def _told(self, outcome: Outcome, phase: str) -> Status:
        """Say how an order ended."""
        return Status.model_validate(
            {"phase": phase, "document": outcome.document, "release": outcome.release, "reason": outcome.reason}
        )

    def _say(self, status: Status) -> None:
        """Let the gate know; raises OSError."""
        self._disk.put(self._disk.own / asking.STATUS, asking.write(status))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep a second updater waiting; raises OSError."""
        self._disk.own.mkdir(exist_ok=True)
        handle = os.open(self._disk.own, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
