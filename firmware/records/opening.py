"""How the journal's file is opened: one process at a time, whole, and never reset in silence.

It decides between going on with a file, beginning a new one and putting a damaged one aside. It never deletes a record.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.records import aside, chain, schema
from firmware.records.lines import Origin, Tail, insert, remark
from firmware.records.schema import Damage, DamagedError
from firmware.records.wire import valid_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from firmware.events import Instant

MEMORY = ":memory:"
MODE = 0o600
"""Who came and when is nobody's business but the gate's, whatever the umask of whoever starts it."""

_NOT_OURS = frozenset({Damage.FOREIGN, Damage.OTHER_GATE})
"""Whatever uses such a file holds whole, they are not those of this gate."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is needed to open a journal: whose, where, in which run, and where time and randomness come from."""

    path: Path | None
    gate: str
    boot: str
    now: Callable[[], Instant]
    epoch_bytes: Callable[[int], bytes]
    salt_bytes: Callable[[int], bytes] = os.urandom

    def origin(self, epoch: str) -> Origin:
        """Say whose lines are written under this epoch."""
        return Origin(self.gate, epoch, self.boot, self.salt_bytes)


def lock(path: Path) -> int:
    """Claim the journal for this process and return the descriptor to close; `BlockingIOError` if another has it.

    Two writers would each count on from the same number. The lock goes with the process, however it dies.
    """
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def open_file(opening: Opening, *, condemned: bool) -> tuple[sqlite3.Connection, str, str | None]:
    """Return a connection to a whole journal, its epoch, and, in words, why another file had to make room if one did.

    Raises `sqlite3.Error` or `OSError` when the disk does not let us; nothing is lost then.
    """
    path = opening.path
    if path is not None:
        _keep_private(path)
    if path is None or not path.exists():
        return (*_begun(opening, None), None)
    damage = DamagedError(Damage.RUNTIME)
    if not condemned:
        found = _whole(opening, path)
        if not isinstance(found, DamagedError):
            return (*found, None)
        damage = found
    kept = aside.move_aside(path)
    return (*_begun(opening, damage.cause), f"{_words(damage)}; it is kept aside as {kept.name}")


def _words(damage: DamagedError) -> str:
    """Say what is wrong with a file that is put aside; a gate that was given another id damaged nothing."""
    match damage.cause:
        case Damage.OTHER_GATE:
            known = isinstance(damage.owner, str) and valid_id(damage.owner)
            return f"the journal belongs to {damage.owner if known else 'another gate'}"
        case Damage.FOREIGN:
            return "the file is no gate's journal"
        case Damage.VERSION:
            return "the journal is of another version"
        case _:
            return "the file was damaged"


def _keep_private(path: Path) -> None:
    """Take everybody's rights but the owner's from the journal, what SQLite puts beside it, and what is kept aside."""
    for each in path.parent.glob(f"{path.stem}.*"):
        if each.name.startswith((path.name, f"{path.stem}.corrupt-")) and not each.is_symlink():
            with suppress(OSError):  # somebody else's file cannot be ours to protect, and may still be read
                each.chmod(MODE)


def _whole(opening: Opening, path: Path) -> tuple[sqlite3.Connection, str] | DamagedError:
    """Open an existing file, or say what is wrong with it; a disk that fails is no damage and raises."""
    try:
        schema.check_header(path)
        connection = schema.connect(str(path))
    except schema.DamagedError as damage:
        return damage
    except schema.READ_ERRORS as error:
        if not schema.is_damage(error):
            raise
        return DamagedError(Damage.UNREADABLE)
    try:
        epoch = (
            _create(connection, opening, None) if schema.is_new(connection) else schema.check(connection, opening.gate)
        )
    except schema.DamagedError as damage:
        connection.close()
        return damage
    except schema.READ_ERRORS as error:
        connection.close()
        if not schema.is_damage(error):
            raise
        return DamagedError(Damage.UNREADABLE)
    return connection, epoch


def _begun(opening: Opening, cause: Damage | None) -> tuple[sqlite3.Connection, str]:
    if opening.path is not None:  # SQLite would make it as the umask says, and what it puts beside it likewise
        os.close(os.open(opening.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE))
    connection = schema.connect(MEMORY if opening.path is None else str(opening.path))
    try:
        return connection, _create(connection, opening, cause)
    except BaseException:
        connection.close()
        raise


def _create(connection: sqlite3.Connection, opening: Opening, cause: Damage | None) -> str:
    """Fill a new file under a new epoch; beside one that was put aside its first record says so.

    Uses that could not be read may have been anybody's: the file then names the moment before which none are known.
    """
    epoch = opening.epoch_bytes(4).hex()
    old = None if opening.path is None else aside.newest_aside(opening.path)
    now = opening.now()
    connection.execute("BEGIN IMMEDIATE")
    schema.create(connection, opening.gate, epoch)
    if old is not None:
        kept, since = aside.salvage_uses(old, now.earliest)
        if since is None or cause in _NOT_OURS:
            since = max(aside.last_written(old), 0 if now.source == "none" else now.latest)
        connection.executemany("INSERT INTO uses VALUES (?, ?, ?)", [(name, *use) for name, use in kept.items()])
        connection.executemany("INSERT INTO obeyed VALUES (?, ?)", aside.salvage_obeyed(old).items())
        connection.execute("INSERT INTO meta VALUES ('uses_since', ?)", (str(since),))
        body = {"what": "journal_replaced", "cause": cause or Damage.INTERRUPTED, "aside": old.name}
        said = remark("gate", now, {**body, "uses_kept": len(kept), "uses_since": since})
        insert(connection, opening.origin(epoch), Tail(0, chain.start(opening.gate, epoch)), said)
    connection.execute("COMMIT")
    return epoch
