"""The one order that is on its way at this gate: kept on its disk, gone on with after a restart, asked for, forgotten.

It also says whether the order may still be acted on, by the updater's own rule. It belongs to the library's thread.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from firmware.control.desired import Held, read
from firmware.control.documents import MAX_FILE_BYTES, read_bounded
from firmware.control.shelf import put, sync
from firmware.signed.envelope import EnvelopeRefusal, Kind, read_body
from firmware.updating.order import Order

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.desired import Whose
    from firmware.events import Instant

WISH: Final = "wish.cose"


class KeptOrder:
    """What was signed and what it says; `source` is the group by whose topic it came, None for the gate's own."""

    def __init__(self, folder: Path) -> None:
        """Begin without one; nothing is read yet."""
        self._folder = folder
        self.held: Held | None = None
        self.order: Order | None = None
        self.source: str | None = None

    def load(self, whose: Whose) -> Held | None:
        """Go on with the order of an earlier run, if it still is one."""
        with contextlib.suppress(OSError):
            held = read(read_bounded(self._folder / WISH, MAX_FILE_BYTES), Kind.UPDATE, whose)
            order = read_body(held.document, Order) if isinstance(held, Held) else None
            if isinstance(held, Held) and isinstance(order, Order):
                self.held, self.order = held, order
        return self.held

    def take(self, held: Held, order: Order, source: str | None) -> None:
        """Keep one in the place of the other; raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(self._folder / WISH, held.data)
        self.held, self.order, self.source = held, order, source

    def forget(self) -> None:
        """Forget it, here and on the disk."""
        self.held = self.order = None
        with contextlib.suppress(OSError):
            (self._folder / WISH).unlink(missing_ok=True)
            sync(self._folder)

    def fallen(self, whose: Whose, now: Instant) -> EnvelopeRefusal | None:
        """Say why it may not be acted on any more: a root that has been followed, a key that was taken back."""
        if self.held is None or whose.root is None:
            return None
        granted, rulings = self.held.document.granted, whose.rulings()
        if rulings.stands(granted, whose.root, now):
            return None
        return EnvelopeRefusal.WARRANT_REVOKED if rulings.revoked(granted) else EnvelopeRefusal.UNKNOWN_ROOT
