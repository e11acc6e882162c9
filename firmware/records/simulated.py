"""The link without a broker: the same order and the same patience, pumped by hand, for simulation and virtual time.

It decides nothing that the real link does not, and knows neither thread nor socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.records import wire
from firmware.records.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.row import RowSource

_WINDOW = 20


class SimulatedLink:
    """Hands every pending record to `out` as its CloudEvent, oldest first, while it is not lost."""

    def __init__(self, journal: RowSource, out: Callable[[dict[str, object]], None]) -> None:
        """Begin within reach of the imagined broker."""
        self._journal = journal
        self._out = out
        self._outbox = Outbox(_WINDOW, lambda: 0.0)
        self._up = True

    @property
    def up(self) -> bool:
        """Whether the imagined broker is within reach."""
        return self._up

    def lose(self) -> None:
        """Cut the way to the broker; records stay in the journal."""
        self._up = False
        self._outbox.lost()

    def restore(self) -> None:
        """Open the way again and send what waited."""
        self._up = True
        self.pump()

    def replay(self, epoch: str, first: int, last: int) -> int:
        """Send rows again, taken before or not, and return how many there were."""
        sent, rows = 0, self._journal.rows(epoch, first, last, _WINDOW)
        while rows:
            for row in rows:
                self._out(wire.cloud_event(self._journal.gate, row))
            sent += len(rows)
            rows = self._journal.rows(epoch, rows[-1].seq + 1, last, _WINDOW)
        return sent

    def pump(self) -> int:
        """Send everything that is pending and return how many records that were."""
        sent = 0
        while self._up:
            chosen = self._outbox.choose(self._journal.pending(0, self._outbox.limit()), 0)
            for row in chosen:
                self._out(wire.cloud_event(self._journal.gate, row))
                self._outbox.delivered(row)
            self._journal.mark_acked(chosen)
            sent += len(chosen)
            if not chosen:
                break
        return sent
