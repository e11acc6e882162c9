"""Errands of a door in memory, answered at once and in the asker's own thread: for scripts and virtual time."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from firmware.control.errands import NOT_FILED, Filed
from firmware.doctor.steps import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.doctor.findings import Facts
    from firmware.doctor.report import Entry
    from firmware.doctor.steps import Fitted, Step
    from firmware.events import Instant

T = TypeVar("T")


def done(value: T) -> Future[T]:
    """Answer an errand at once."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


class SimulatedErrands:
    """Errands of a door in memory, answered at once: the machine is what it is told to be."""

    def __init__(self, fitted: Fitted, facts: Facts) -> None:
        """Take what is fitted and what the machine says; nothing was walked before."""
        self._steps, self._facts = plan(fitted), facts
        self.kept: tuple[Entry, ...] = ()

    def steps(self) -> tuple[Step, ...]:
        """List the steps."""
        return self._steps

    def begin(self, technician: str, now: Instant) -> Future[tuple[Entry, ...]]:  # noqa: ARG002  the signature of the port
        """Go on where it was interrupted."""
        return done(self.kept)

    def look(self, now: Instant, *, broker_up: bool, released: bool) -> Future[Facts]:  # noqa: ARG002  as above
        """Say what the machine was told to say."""
        return done(replace(self._facts, broker_fault="" if broker_up else "lost", released_at_rest=released))

    def keep(self, entries: Sequence[Entry]) -> None:
        """Remember how far it came."""
        self.kept = tuple(entries)

    def file(self, entries: Sequence[Entry], now: Instant) -> Future[Filed]:  # noqa: ARG002  as above
        """Forget the progress; a simulated door has no key."""
        self.kept = ()
        return done(NOT_FILED)

    def close(self) -> None:
        """Do nothing."""
