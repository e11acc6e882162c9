"""The journal as its followers see it: a read-only connection beside the writer's.

It decides nothing and writes nothing. Whoever reads here never makes a record wait.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from firmware.records import schema
from firmware.records.lines import select

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from firmware.records.row import Row


class Reader:
    """One read-only connection, opened when first needed and again whenever the writer began a new file."""

    def __init__(self, path: Path) -> None:
        """Remember where; the file need not exist yet."""
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._generation = 0

    def pending(self, generation: int, after_seq: int, limit: int, skip: Iterable[str] = ()) -> list[Row] | None:
        """Read the oldest unacknowledged rows: none while the disk fails, `None` when the file looks damaged."""
        with self._lock:
            try:
                return select(self._connect(generation), after_seq, limit, skip)
            except schema.READ_ERRORS as error:
                self._drop()
                return None if schema.is_damage(error) else []

    def backlog(self, generation: int) -> int:
        """Count the rows that the broker has not taken yet; 0 while the disk fails."""
        with self._lock:
            try:
                query = "SELECT count(*) FROM records WHERE acked = 0"
                return int(self._connect(generation).execute(query).fetchone()[0])
            except schema.READ_ERRORS:
                self._drop()
                return 0

    def close(self) -> None:
        """Give the connection up."""
        with self._lock:
            self._drop()

    def _connect(self, generation: int) -> sqlite3.Connection:
        if generation != self._generation:
            self._drop()
            self._generation = generation
        if self._connection is None:
            self._connection = schema.connect(str(self._path), read_only=True)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
