"""A release on trial proves that it has what the one before had: its time, its outputs, its readers, its broker.

It says so once, and to the updater alone. It belongs to the library's thread.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.looking import Look
    from firmware.control.questions import Questions
    from firmware.events import Instant
    from firmware.updating.asking import Status

log = logging.getLogger(__name__)


class Proving:
    """The gate of `release`, which has to run for `healthy_ms` before it counts as good."""

    def __init__(self, questions: Questions, release: str, healthy_ms: int, look: Callable[[], Look]) -> None:
        """Take the parts; its time begins with the first turn."""
        self._questions, self._release, self._healthy_ms, self._look = questions, release, healthy_ms, look
        self._began_ms: int | None = None

    def trying(self, status: Status | None) -> bool:
        """Say whether this release is on trial."""
        return status is not None and status.phase == "trying" and status.release == self._release

    def turn(self, status: Status | None, now: Instant, *, connected: bool) -> None:
        """Tell the updater that this gate is as good as the one before, once it is."""
        self._began_ms = now.ms if self._began_ms is None else self._began_ms
        before = None if status is None else status.before
        if before is None or not self.trying(status) or self._questions.proved:
            return
        look = self._look()
        long_enough = now.ms - self._began_ms >= self._healthy_ms
        if long_enough and look.relay and before.readers <= look.readers and (connected or not before.connected):
            log.warning("release %s has what the one before had", self._release)
            self._questions.prove(self._release)
