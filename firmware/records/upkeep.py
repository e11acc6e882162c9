"""When the journal looks after itself: lets go of what has outlived its use, and writes down where its chain stands.

It decides only when; the store decides what. It runs on the journal's thread, a step at a time, so that no record waits
long behind it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from firmware.records import schema
from firmware.records.retention import Keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.limits import Limits
    from firmware.records.store import Store


class Upkeep:
    """The next times for tidying and for a checkpoint; `sign` is None where a journal makes no checkpoints."""

    def __init__(self, limits: Limits, sign: Callable[[bytes], bytes | None] | None) -> None:
        """Begin to count now."""
        self._limits = limits
        self._sign = sign
        self._keep = Keep(limits.keep_s, limits.keep_priority_s, limits.max_bytes, limits.tidy_step)
        self._rows = 0
        self._tidy_at_s = time.monotonic() + limits.tidy_ms / 1000
        self._sealed = 0
        self._seal_at_s = time.monotonic() + limits.checkpoint_ms / 1000

    def opened(self, store: Store) -> None:
        """Find out how long the chain has gone on without a checkpoint."""
        if self._sign is not None:
            self._sealed = store.checkpointed()

    def pause_s(self, store: Store) -> float:
        """Say for how long nothing is due."""
        if self._rows >= self._limits.tidy_rows:
            return 0
        due = [self._tidy_at_s, *([self._seal_at_s] if self._news(store) else [])]
        return max(0, min(due) - time.monotonic())

    def turn(self, store: Store, written: int) -> int:
        """Do one step of what is due and return how many rows were let go; raises what the disk raises."""
        now_s, limits = time.monotonic(), self._limits
        if self._news(store) >= limits.checkpoint_rows or (self._news(store) and now_s >= self._seal_at_s):
            self.seal(store)
        self._rows += written
        if self._rows < limits.tidy_rows and now_s < self._tidy_at_s:
            return 0
        pruned = store.prune(self._keep)
        if pruned < limits.tidy_step:
            self._rows = 0
            self._tidy_at_s = now_s + limits.tidy_ms / 1000
        return pruned

    def seal(self, store: Store) -> None:
        """Write a checkpoint if anything came since the last one."""
        if self._sign is not None and self._news(store):
            store.checkpoint(self._sign)
            self._sealed = store.last_seq
        self._seal_at_s = time.monotonic() + self._limits.checkpoint_ms / 1000

    def end(self, store: Store) -> None:
        """Write the last checkpoint, if the disk takes one: else the first one of the next run covers it; and close."""
        with suppress(*schema.READ_ERRORS):
            self.seal(store)
        store.close()

    def _news(self, store: Store) -> int:
        return 0 if self._sign is None else store.last_seq - self._sealed
