"""What a service needs that waits for a disk or a board, done by a thread of its own, one errand after the other.

The controller asks and looks again; it never waits. Without a service card ever shown the thread does not exist.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from firmware.control import archive, commissioning
from firmware.control.commissioning import Walk
from firmware.doctor.steps import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.control.commissioning import Board
    from firmware.control.config import Config
    from firmware.doctor.findings import Facts
    from firmware.doctor.report import Entry
    from firmware.doctor.steps import Step
    from firmware.events import Instant

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a record: its number and digest, nothing where it could not be kept."""

    number: int | None
    digest: str | None
    signed: bool


NOT_FILED = Filed(None, None, signed=False)


class Errands(Protocol):
    """What a service asks of the gate around it; an answer may come at once or later."""

    def steps(self) -> tuple[Step, ...]:
        """List the steps of this door."""

    def begin(self, technician: str, now: Instant) -> Future[tuple[Entry, ...]]:
        """Begin a walk, and say which steps an interrupted one had settled."""

    def look(self, now: Instant, *, broker_up: bool, released: bool) -> Future[Facts]:
        """Look at the machine."""

    def keep(self, entries: Sequence[Entry]) -> None:
        """Keep how far the walk has come, soon."""

    def file(self, entries: Sequence[Entry], now: Instant) -> Future[Filed]:
        """Make, sign and keep the record of the finished walk."""

    def close(self) -> None:
        """End when what was asked for is done."""


class GateErrands:
    """The errands of a real gate."""

    def __init__(self, config: Config, board: Board, boot: str) -> None:
        """Take the door and the board; no thread runs yet."""
        self._config, self._board, self._boot = config, board, boot
        self._executor: ThreadPoolExecutor | None = None
        self._walk: Walk | None = None

    def steps(self) -> tuple[Step, ...]:
        """List the steps of this door."""
        return plan(commissioning.fitted(self._config))

    def begin(self, technician: str, now: Instant) -> Future[tuple[Entry, ...]]:
        """Begin a walk."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "service")
        return self._executor.submit(self._begin, technician, now)

    def look(self, now: Instant, *, broker_up: bool, released: bool) -> Future[Facts]:
        """Look at the machine; a gate that runs asks its link about the broker."""
        fault = "" if broker_up else "lost"
        return self._thread.submit(
            commissioning.look, self._config, self._board, now, broker_fault=fault, released=released
        )

    def keep(self, entries: Sequence[Entry]) -> None:
        """Keep how far the walk has come."""
        self._thread.submit(self._keep, tuple(entries))

    def file(self, entries: Sequence[Entry], now: Instant) -> Future[Filed]:
        """File the record."""
        return self._thread.submit(self._file, tuple(entries), now)

    def close(self) -> None:
        """Wait for what was asked for; each errand is a file or two."""
        if self._executor is not None:
            self._executor.shutdown()

    @property
    def _thread(self) -> ThreadPoolExecutor:
        if self._executor is None:
            msg = "a walk begins before anything else is asked"
            raise RuntimeError(msg)
        return self._executor

    def _begin(self, technician: str, now: Instant) -> tuple[Entry, ...]:
        self._walk = Walk.through(self._config, self._boot, "card", technician, now)
        before = archive.progress(self._config.gate.state_dir, self._walk.plan)
        if before is None:
            return ()
        self._walk = self._walk.resumed(before)
        return tuple(before.entries)

    def _keep(self, entries: tuple[Entry, ...]) -> None:
        try:
            if self._walk is not None:
                archive.keep(self._config.gate.state_dir, self._walk.progress(entries))
        except OSError as error:
            log.warning("the progress of the service is not kept: %s", error)

    def _file(self, entries: tuple[Entry, ...], now: Instant) -> Filed:
        try:
            if self._walk is not None:
                filed = self._walk.end(entries, now)
                return Filed(filed.number, filed.digest, filed.signed)
        except OSError as error:
            log.error("the commissioning record is not kept: %s", error)  # noqa: TRY400  one line
        return NOT_FILED
