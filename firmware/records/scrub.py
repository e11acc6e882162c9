"""Looking through the journal's own file, a few rows at a time, for what a failing disk has altered.

SQLite notices a page that is no page; a text that lost its letters it does not. It decides that a row is not the one
that was written, by the chain, and repairs nothing. What the gate's key has to say is left to whoever proves a copy.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, assert_never

from firmware.records import chain
from firmware.records.chain import Entry, Erased, Kept, Malformed, Span
from firmware.records.entries import entries

if TYPE_CHECKING:
    import sqlite3

    from firmware.records.lines import Origin, Tail


class Scrub:
    """One way through the file, up to the row that is the newest when it gets there.

    Between two steps rows may be erased, spanned or forgotten; that alters nothing of the chain behind them.
    """

    def __init__(self, origin: Origin, anchor: Tail) -> None:
        """Begin where the chain begins."""
        self._origin = origin
        self._seq, self._hash = anchor.seq, anchor.hash
        self.finished = False

    def step(self, connection: sqlite3.Connection, anchor: Tail, limit: int) -> int | None:
        """Look at the next rows and return the first that is not the one that was written; then it is finished."""
        if self._seq < anchor.seq:
            self._seq, self._hash = anchor.seq, anchor.hash
        looked = 0
        for entry in islice(entries(connection, self._seq), limit):
            looked += 1
            if not self._follows(entry):
                self.finished = True
                return self._seq + 1
        self.finished = looked < limit
        return None

    def _follows(self, entry: Entry) -> bool:
        """Say whether an entry is the next one, whole."""
        match entry:
            case Malformed():
                return False
            case Span(first, last, hashed):
                sound = first <= self._seq + 1
                self._seq, self._hash = last, hashed
                return sound
            case Kept(header, hashed, salt, body):
                whole = chain.commitment(salt, body) == header.commitment
            case Erased(header, hashed):
                whole = True
            case _:
                assert_never(entry)
        follows = chain.follow(self._hash, self._origin.gate, self._origin.epoch, header)
        if not whole or header.seq != self._seq + 1 or follows != hashed:
            return False
        self._seq, self._hash = header.seq, hashed
        return True
