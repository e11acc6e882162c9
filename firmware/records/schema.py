"""The journal's file: how it is made and how it is known to be sound.

It decides whether a file is ours and whole. It never repairs one.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from enum import StrEnum
from pathlib import Path

from firmware.records import chain

APPLICATION_ID = 0x47_50_4A_31
"""`GPJ1`, in the header of every journal of ours."""

VERSION = 2

LASTING = "('gap', 'checkpoint')"
"""Kinds by which a journal is proven: they go with the beginning of the chain and never singly."""

PAGE_BYTES = 2048
"""A commit writes whole pages, one in each table and index it touches: small ones spare the SD card most of that.

Two records of a passage and what they rested on fill half of a smaller one, and the rest of it would stay empty.
"""

_HEADER = """
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        boot TEXT NOT NULL,
        boottime_ms INTEGER NOT NULL,
        earliest INTEGER NOT NULL,
        latest INTEGER NOT NULL,
        source TEXT NOT NULL,
        grant_id TEXT,
        commitment BLOB NOT NULL,
        hash BLOB NOT NULL"""
_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    f"""CREATE TABLE records ({_HEADER},
        salt BLOB NOT NULL,
        body TEXT NOT NULL,
        priority INTEGER NOT NULL,
        acked INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX unacked ON records (seq) WHERE acked = 0",
    f"CREATE INDEX mortal ON records (acked, priority, seq) WHERE kind NOT IN {LASTING}",
    f"CREATE INDEX lasting ON records (seq) WHERE kind IN {LASTING}",
    f"CREATE TABLE erased ({_HEADER}, gap INTEGER NOT NULL)",
    "CREATE TABLE spans (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, hash BLOB NOT NULL, gap INTEGER NOT NULL)",
    "CREATE TABLE open_grants (grant_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE uses (reference TEXT PRIMARY KEY, entries INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE obeyed (command TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID",
)
_EPOCH = re.compile(r"[0-9a-f]{8}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_HASH = re.compile(r"[0-9a-f]{64}")
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
READ_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What a statement on a bad file raises: SQLite's words may quote the damage, and Python insists that they be UTF-8."""

BUGS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)
"""What only a mistake of ours raises: no disk does."""

LAST_SEQ = 2**53
"""The highest number a journal may have come to: JSON readers count no further, and none of ours ever gets there."""

_ODD = (
    "SELECT 1 FROM uses WHERE (typeof(reference), typeof(entries), typeof(expires)) != ('text', 'integer', 'integer')",
    "SELECT 1 FROM open_grants WHERE typeof(grant_id) != 'text'",
    "SELECT 1 FROM obeyed WHERE (typeof(command), typeof(expires)) != ('text', 'integer')",
)
"""Rows whose type a flipped bit has changed: SQLite's own check takes any type in any column for sound."""

_MAGIC = b"SQLite format 3\x00"
_FILE_VERSIONS = frozenset({1, 2})


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
        connection.text_factory = as_text
        return connection
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
    connection.text_factory = as_text
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA wal_autocheckpoint = 1024")
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
    if not is_ours(connection):
        raise DamagedError(Damage.VERSION)
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise DamagedError(Damage.CHECK)
    meta = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    if meta.get("gate") != gate:
        raise DamagedError(Damage.OTHER_GATE, meta.get("gate"))
    epoch = meta.get("epoch")
    if not str(meta.get("uses_since", "0")).isdecimal():
        raise DamagedError(Damage.CHECK)
    if not isinstance(epoch, str) or not is_epoch(epoch):
        raise DamagedError(Damage.CHECK)
    query = "SELECT typeof(hash), length(hash), seq < ? FROM records ORDER BY seq DESC LIMIT 1"
    if connection.execute(query, (LAST_SEQ,)).fetchone() not in (None, ("blob", chain.HASH_BYTES, True)):
        raise DamagedError(Damage.CHECK)
    if any(connection.execute(odd).fetchone() is not None for odd in _ODD):
        raise DamagedError(Damage.CHECK)
    try:
        anchor(connection, gate, epoch)
    except ValueError as error:
        raise DamagedError(Damage.CHECK) from error
    return epoch


def uses_whole(connection: sqlite3.Connection) -> bool:
    """Whether every use can be read for what it is: one that cannot may have been anybody's."""
    checked = connection.execute("PRAGMA quick_check(uses)").fetchone() == ("ok",)
    return checked and connection.execute(_ODD[0]).fetchone() is None


def uses_since(connection: sqlite3.Connection) -> int:
    """From which Unix second on no use was ever lost: 0 unless a damaged file was replaced."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'uses_since'").fetchone()
    return 0 if row is None else int(row[0])


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the tables are those of this version, to the letter: no view, trigger or column of somebody else's."""
    marks = (_pragma(connection, "application_id"), _pragma(connection, "user_version"))
    return marks == (APPLICATION_ID, VERSION) and _statements(connection) == _expected()


def anchor(connection: sqlite3.Connection, gate: str, epoch: str) -> tuple[int, bytes]:
    """Give the number and the hash before the first record that is still known of; ValueError if it reads otherwise."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'anchor'").fetchone()
    if row is None:
        return 0, chain.start(gate, epoch)
    seq, _, hashed = str(row[0]).partition(":")
    if _NUMBER.fullmatch(seq) is None or _HASH.fullmatch(hashed) is None:
        message = "the anchor is no number and hash"
        raise ValueError(message)
    return int(seq), bytes.fromhex(hashed)


def is_epoch(text: str) -> bool:
    """Whether this can name an epoch."""
    return _EPOCH.fullmatch(text) is not None


def as_text(data: bytes) -> str:
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
