"""One line of the journal as it was written: the value that the store, the wire and the link pass to each other.

It decides nothing and touches nothing. A row never changes after its sequence number was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from firmware.events import Instant


@dataclass(frozen=True, slots=True)
class Row:
    """A record with its place: `seq` is gapless from 1 under `epoch`, which is made with the journal's file.

    `boot` names the run of the kernel that `at.ms` counts from; `grant` is the grant it began or ended, if any.
    """

    epoch: str
    seq: int
    kind: str
    boot: str
    at: Instant
    body: dict[str, object] = field(hash=False)
    grant: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What tells this row from every other one this gate ever wrote."""
        return (self.epoch, self.seq)


class RowSource(Protocol):
    """What the links ask of a journal."""

    @property
    def gate(self) -> str:
        """Whose journal it is."""

    def pending(self, after_seq: int, limit: int, skip: Iterable[str] = ()) -> list[Row]:
        """Read the oldest unacknowledged rows; nothing while the disk fails."""

    def rows(self, epoch: str, first: int, last: int, limit: int) -> list[Row] | None:
        """Read at most `limit` rows by number, whether acknowledged or not; those that are gone are simply absent.

        None while the disk fails.
        """

    def head(self) -> tuple[str, int, int]:
        """Give the epoch, the oldest number that can still be read, and the newest."""

    def mark_acked(self, rows: Iterable[Row]) -> None:
        """Note that the broker has them; never blocks."""

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each commit, from the writing thread."""
