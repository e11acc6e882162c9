"""The journal's file: how it is made, how it is known to be sound, and how a damaged one is put aside.

It decides whether a file is ours and whole. It never repairs one and never deletes what it could not read.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from enum import StrEnum
from pathlib import Path

from firmware.events import USES_KEPT_S

APPLICATION_ID = 0x47_50_4A_31
"""`GPJ1`, in the header of every journal of ours."""

VERSION = 1

ROUTINE = "acked = 0 AND grant_id IS NULL AND kind NOT IN ('gap', 'gate')"
"""Rows the broker has not taken on which no grant hangs: anybody before a camera can make them by the thousand."""

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE records (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        boot TEXT NOT NULL,
        boottime_ms INTEGER NOT NULL,
        earliest INTEGER NOT NULL,
        latest INTEGER NOT NULL,
        source TEXT NOT NULL,
        body TEXT NOT NULL,
        grant_id TEXT,
        acked INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX unacked ON records (seq) WHERE acked = 0",
    f"CREATE INDEX routine ON records (seq) WHERE {ROUTINE}",
    "CREATE TABLE open_grants (grant_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE uses (reference TEXT PRIMARY KEY, entries INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID",
)
_EPOCH = re.compile(r"[0-9a-f]{8}")
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
READ_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a statement on a bad file raises: SQLite's words may quote the damage, and Python insists that they be UTF-8."""

BUGS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)
"""What only a mistake of ours raises: no disk does."""

_MAGIC = b"SQLite format 3\x00"
_FILE_VERSIONS = frozenset({1, 2})
_KEPT_ASIDE = 5
_SIDE_FILES = ("-wal", "-shm")


class Damage(StrEnum):
    """What is wrong with a file that is put aside."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    FOREIGN = "foreign"
    VERSION = "version"
    OTHER_GATE = "other_gate"
    CHECK = "check"
    RUNTIME = "runtime"
    INTERRUPTED = "interrupted"


class DamagedError(Exception):
    """The journal's file is not a whole journal of this gate."""

    def __init__(self, cause: Damage, owner: object = None) -> None:
        """Keep the cause, and the gate that the file names if it is another's."""
        super().__init__(cause)
        self.cause = cause
        self.owner = owner


def is_damage(error: Exception) -> bool:
    """Tell a broken file from a disk that is full, gone or read-only."""
    if isinstance(error, UnicodeDecodeError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGE


def connect(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection with our settings; nothing is checked and nothing is written yet."""
    if read_only:
        uri = f"{Path(path).absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.text_factory = _text
        return connection
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
    connection.text_factory = _text
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 256")
        connection.execute("PRAGMA journal_size_limit = 4194304")
    except BaseException:
        connection.close()
        raise
    return connection


def check_header(path: Path) -> None:
    """Look at the first bytes of an existing file; SQLite would take some broken ones for empty or for read-only."""
    with path.open("rb") as file:
        head = file.read(20)
    if not head:
        raise DamagedError(Damage.EMPTY)
    if len(head) < 20 or not head.startswith(_MAGIC) or not _FILE_VERSIONS.issuperset(head[18:20]):  # noqa: PLR2004
        raise DamagedError(Damage.UNREADABLE)


def is_new(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever written: no table and no mark of anybody."""
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return bool(tables == 0 and _pragma(connection, "user_version") == 0 and _pragma(connection, "application_id") == 0)


def create(connection: sqlite3.Connection, gate: str, epoch: str) -> None:
    """Make the tables and name the file's gate and epoch, inside the caller's transaction."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [("gate", gate), ("epoch", epoch)])
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def check(connection: sqlite3.Connection, gate: str) -> str:
    """Return the epoch of a whole journal of this gate, or raise DamagedError."""
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise DamagedError(Damage.FOREIGN)
    if _pragma(connection, "user_version") != VERSION or _statements(connection) != _expected():
        raise DamagedError(Damage.VERSION)
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise DamagedError(Damage.CHECK)
    meta = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    if meta.get("gate") != gate:
        raise DamagedError(Damage.OTHER_GATE, meta.get("gate"))
    epoch = meta.get("epoch")
    if not str(meta.get("uses_since", "0")).isdecimal():
        raise DamagedError(Damage.CHECK)
    if not isinstance(epoch, str) or _EPOCH.fullmatch(epoch) is None:
        raise DamagedError(Damage.CHECK)
    return epoch


def move_aside(path: Path) -> Path:
    """Rename the file and its write-ahead log to the next free `<name>.corrupt-N`, and keep only the newest few."""
    numbers = _aside(path)
    target = _aside_name(path, max(numbers, default=0) + 1)
    path.rename(target)
    for suffix in _SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(target.with_name(target.name + suffix))
    for number in sorted(numbers)[: -_KEPT_ASIDE + 1]:
        old = _aside_name(path, number)
        for each in (old, *(old.with_name(old.name + suffix) for suffix in _SIDE_FILES)):
            each.unlink(missing_ok=True)
    return target


def newest_aside(path: Path) -> Path | None:
    """Name the file that was put aside last, if there is one."""
    numbers = _aside(path)
    return _aside_name(path, max(numbers)) if numbers else None


def uses_since(connection: sqlite3.Connection) -> int:
    """From which Unix second on no use was ever lost: 0 unless a damaged file was replaced."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'uses_since'").fetchone()
    return 0 if row is None else int(row[0])


def salvage_uses(path: Path, now_earliest: int) -> tuple[dict[str, tuple[int, int]], int | None]:
    """Read from a damaged file how often passes were used, and its `uses_since`: None if some may be missing."""
    uses: dict[str, tuple[int, int]] = {}
    since = None
    try:
        with closing(connect(str(path), read_only=True)) as connection:
            for reference, entries, expires in connection.execute("SELECT reference, entries, expires FROM uses"):
                if isinstance(reference, str) and isinstance(entries, int) and isinstance(expires, int):
                    uses[reference] = (entries, expires)
            if connection.execute("PRAGMA quick_check(uses)").fetchone() == ("ok",):
                since = uses_since(connection)
    except (*READ_ERRORS, ValueError):
        pass  # what was read so far is kept: it came from pages that were still whole
    return {name: use for name, use in uses.items() if use[0] > 0 and use[1] + USES_KEPT_S >= now_earliest}, since


def last_written(path: Path) -> int:
    """Name a Unix second after the last write to a file that was put aside: no use in it is younger."""
    files = (path, *(path.with_name(path.name + suffix) for suffix in _SIDE_FILES))
    return max(int(each.stat().st_mtime) for each in files if each.exists()) + 1


def _text(data: bytes) -> str:
    """Read text that a failing disk may have altered; what is no UTF-8 must not stop whoever reads on."""
    return data.decode("utf-8", "replace")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _statements(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return sorted(str(row[0]) for row in rows)


def _expected() -> list[str]:
    with closing(sqlite3.connect(":memory:")) as blank:
        for statement in _TABLES:
            blank.execute(statement)
        return _statements(blank)


def _aside_name(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}.corrupt-{number}")


def _aside(path: Path) -> list[int]:
    found = path.parent.glob(f"{path.stem}.corrupt-*")
    numbers = (each.name.rpartition("-")[2] for each in found)
    return [int(number) for number in numbers if number.isdecimal()]
