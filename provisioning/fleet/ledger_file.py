"""The ledger's file: made, known again, and changed by one writer at a time.

It decides whether a file is a ledger and what a transaction is. What the rows mean is `ledger.py`'s business.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from provisioning import files
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID: Final = 0x47_50_4C_31
"""`GPL1`, in the header of every ledger."""

VERSION: Final = 1
_WAIT_MS: Final = 10_000
"""For how long another program's change is waited for: the desk and the enrolment service share the file."""

_TABLES: Final = (
    """CREATE TABLE gates (
        gate TEXT PRIMARY KEY, state TEXT NOT NULL, suspended INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL,
        document_version INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""",
    """CREATE TABLE claims (
        id TEXT PRIMARY KEY, gate TEXT NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER,
        key_digest BLOB, withdrawn INTEGER
    ) WITHOUT ROWID""",
    "CREATE INDEX claims_of ON claims (gate)",
    """CREATE TABLE certificates (
        number INTEGER PRIMARY KEY, serial TEXT NOT NULL UNIQUE, gate TEXT NOT NULL, der BLOB NOT NULL,
        key_digest BLOB NOT NULL, made INTEGER NOT NULL, ends INTEGER NOT NULL, revoked INTEGER
    )""",
    "CREATE INDEX certificates_of ON certificates (gate)",
    """CREATE TABLE history (
        number INTEGER PRIMARY KEY, gate TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, by_whom TEXT NOT NULL,
        why TEXT NOT NULL
    )""",
    "CREATE INDEX history_of ON history (gate)",
)


class LedgerFile:
    """One connection to the file, for one thread; `together` makes several changes one."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it (mode 0600); raises OperatorError for what is no ledger of ours."""
        self._depth = 0
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, files.PRIVATE))
            self.database = sqlite3.connect(path, isolation_level=None)
            try:
                self._prepare(path)
            except BaseException:
                self.database.close()
                raise
        except (OSError, sqlite3.Error) as error:
            line = f"{path} cannot be used as the ledger: {error}; check the path, or bring a copy of the ledger back"
            raise OperatorError(line, exit_code=FAILED) from error

    def close(self) -> None:
        """Close it; what was committed stays."""
        self.database.close()

    @contextlib.contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """Do all that is inside or nothing of it, while no other program changes the file."""
        if self._depth:
            yield self.database
            return
        self.database.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield self.database
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        else:
            self.database.execute("COMMIT")
        finally:
            self._depth = 0

    def changes(self) -> int:
        """SQLite's count of other connections' commits (`PRAGMA data_version`)."""
        return self._number("data_version")

    def _prepare(self, path: Path) -> None:
        """Make the tables of a new file, and refuse one that is another program's or a later version's."""
        self.database.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")
        with self.together():
            mark = (self._number("application_id"), self._number("user_version"))
            if mark == (0, 0) and not self.database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for table in _TABLES:
                    self.database.execute(table)
                self.database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self.database.execute(f"PRAGMA user_version = {VERSION}")
                mark = (APPLICATION_ID, VERSION)
        if mark != (APPLICATION_ID, VERSION):
            line = f"{path} is no ledger of this version; name the ledger's file, or one that is not there yet"
            raise OperatorError(line)

    def _number(self, pragma: str) -> int:
        return int(self.database.execute(f"PRAGMA {pragma}").fetchone()[0])
