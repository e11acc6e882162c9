"""What the broker brought for the library, until its thread takes it: bounded, and never waited for.

A document is a wish, and only the last one on a topic counts: there is one place for each kind and each group. Pieces
of a blob are asked for a few at a time, and what is too many is dropped and asked for again.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.control.fetching import WINDOW
from firmware.signed.envelope import MAX_BYTES, Kind

if TYPE_CHECKING:
    from firmware.control.desired import Whose
    from firmware.records.heard import Heard

_KINDS: Final = frozenset(kind.value for kind in Kind)


class Mailbox:
    """Any thread puts in; the library's thread takes."""

    def __init__(self, whose: Whose) -> None:
        """Begin empty; messages for other groups than this gate's are dropped."""
        self.counts: Counter[str] = Counter()
        self._whose = whose
        self._changed = threading.Condition()
        self._documents: dict[tuple[str, str | None], Heard] = {}
        self._pieces: deque[Heard] = deque(maxlen=2 * WINDOW)
        self._woken = False

    def put(self, heard: Heard) -> None:
        """Take a message in, or count why not; never waits for anything but this box."""
        with self._changed:
            if heard.channel == "blob":
                self._pieces.append(heard)
            elif heard.name not in _KINDS or not self._ours(Kind(heard.name), heard.group):
                self.counts["unknown"] += 1
                return
            else:
                self._documents[heard.name, heard.group] = replace(heard, data=heard.data[: MAX_BYTES + 1])
            self._changed.notify_all()

    def _ours(self, kind: Kind, group: str | None) -> bool:
        """Say whether documents of a kind for a group are for this gate too."""
        return group is None or group in self._whose.groups_for(kind)

    def wake(self) -> None:
        """Let the thread look around."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def take(self, timeout_s: float) -> Heard | None:
        """Return the next message, pieces first; None when the time is over or somebody woke us."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken or bool(self._pieces or self._documents), timeout_s)
            self._woken = False
            if self._pieces:
                return self._pieces.popleft()
            if not self._documents:
                return None
            return self._documents.pop(next(iter(self._documents)))
