"""A journal whose file was cut, altered, exchanged or left by somebody else: never a silent reset, never a crash.

Damage is done to real files; what the tests look at is what the next run finds.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.events import Instant, Use
from firmware.records.inline import InlineJournal
from firmware.records.journal import Journal
from firmware.records.opening import Opening
from firmware.records.store import Store
from tests.unit.records.making import AT, epochs, inline, lines, record

if TYPE_CHECKING:
    from collections.abc import Callable

FAR = 2_000_000_000
ROWS = 60


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a journal with rows, marks and uses once; each test damages its own copy."""
    path = tmp_path_factory.mktemp("sound") / "journal.db"
    journal = inline(path)
    for token in range(1, ROWS + 1):
        journal.submit(record(token, use=Use(f"pass-{token}", 1, FAR)))
    journal.mark_acked(journal.pending(0, 10))
    journal.close()
    return path


def copied(sound: Path, folder: Path) -> Path:
    """Copy the journal into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(sound, folder / "journal.db"))


def reopened(path: Path) -> InlineJournal:
    """Open the journal as the next run would, under other epochs than before."""
    return InlineJournal(
        path, "gate-1", committed=lambda _: None, epoch_bytes=epochs(0xABCD), boot="boot-2", now=lambda: AT
    )


def sql(statement: str) -> Callable[[Path], None]:
    """Damage a file by a statement."""

    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(statement)

    return damage


def replace(data: bytes) -> Callable[[Path], None]:
    """Damage a file by other content."""

    def damage(path: Path) -> None:
        path.write_bytes(data)

    return damage


def overwrite(offset: int, data: bytes) -> Callable[[Path], None]:
    """Damage a file at one place."""

    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(data)

    return damage


def garbled_name(path: Path) -> None:
    """Flip a bit in the name of a column that an index is on: SQLite's complaint then quotes what is no UTF-8."""
    data = path.read_bytes()
    path.write_bytes(data.replace(b"unacked ON records (seq)", b"unacked ON records (s\xe5q)"))


DAMAGES = [
    pytest.param(replace(b""), {"empty"}, id="cut-to-nothing"),
    pytest.param(replace(b"SQLite f"), {"unreadable"}, id="cut-within-the-header"),
    pytest.param(replace(b"not a journal at all" * 100), {"unreadable"}, id="other-content"),
    pytest.param(overwrite(0, b"\0" * 16), {"unreadable"}, id="no-magic"),
    pytest.param(overwrite(18, b"\x09"), {"unreadable"}, id="write-version-of-nobody"),
    pytest.param(overwrite(4096, b"\xff" * 4096), {"check", "unreadable"}, id="a-page-overwritten"),
    pytest.param(garbled_name, {"unreadable"}, id="a-name-that-is-no-text"),
    pytest.param(sql("PRAGMA application_id = 7"), {"foreign"}, id="somebody-elses"),
    pytest.param(sql("PRAGMA user_version = 99"), {"version"}, id="from-the-future"),
    pytest.param(sql("ALTER TABLE records RENAME COLUMN kind TO kinf"), {"version"}, id="another-schema"),
    pytest.param(sql("UPDATE meta SET value = 'gate-2' WHERE name = 'gate'"), {"other_gate"}, id="another-gates"),
    pytest.param(sql("UPDATE meta SET value = 'x' WHERE name = 'epoch'"), {"check"}, id="no-epoch"),
    pytest.param(sql("DELETE FROM meta"), {"other_gate"}, id="no-meta"),
    pytest.param(sql("UPDATE uses SET reference = CAST(reference AS BLOB)"), {"check"}, id="a-use-of-no-pass"),
    pytest.param(sql("UPDATE uses SET entries = 'many'"), {"check"}, id="a-use-without-a-number"),
    pytest.param(sql("UPDATE uses SET expires = 1.5"), {"check"}, id="a-use-without-an-end"),
    pytest.param(sql("INSERT INTO open_grants VALUES (x'67', 3)"), {"check"}, id="a-grant-without-a-name"),
    pytest.param(sql("INSERT INTO obeyed VALUES (x'67', 3)"), {"check"}, id="a-command-without-a-name"),
    pytest.param(sql("UPDATE records SET seq = 9223372036854775807 WHERE seq = 60"), {"check"}, id="no-number-left"),
]


@pytest.mark.parametrize(("damage", "causes"), DAMAGES)
def test_a_damaged_journal_is_kept_aside_and_a_new_epoch_says_so(
    sound: Path, tmp_path: Path, damage: Callable[[Path], None], causes: set[str]
) -> None:
    """The damaged bytes are still there, and the first record of the new epoch names why and where."""
    path = copied(sound, tmp_path)
    damage(path)
    damaged = path.read_bytes()
    journal = reopened(path)
    journal.submit(record(1))
    first, second = journal.pending(0, 10)
    journal.close()
    assert (first.kind, first.epoch, first.seq) == ("gate", "0000abcd", 1)
    assert first.body["what"] == "journal_replaced"
    assert second.body == {"token": 1}
    aside = tmp_path / str(first.body["aside"])
    assert aside.name == "journal.corrupt-1"
    assert first.body["cause"] in causes
    assert aside.read_bytes()[100:] == damaged[100:]


LOSSES = [
    pytest.param(replace(b""), True, id="cut-to-nothing"),
    pytest.param(replace(b"not a journal at all" * 100), True, id="other-content"),
    pytest.param(sql("PRAGMA application_id = 7"), True, id="somebody-elses"),
    pytest.param(sql("UPDATE meta SET value = 'gate-2' WHERE name = 'gate'"), True, id="another-gates"),
    pytest.param(sql("DROP TABLE uses"), True, id="no-uses"),
    pytest.param(sql("INSERT INTO meta VALUES ('uses_since', 'then')"), True, id="unknown-since-when"),
    pytest.param(
        sql("UPDATE uses SET reference = CAST(reference AS BLOB) WHERE reference = 'pass-3'"), True, id="whose-use"
    ),
    pytest.param(sql("UPDATE uses SET entries = 'many' WHERE reference = 'pass-3'"), True, id="how-many-uses"),
    pytest.param(sql("PRAGMA user_version = 99"), False, id="from-the-future"),
    pytest.param(sql("UPDATE meta SET value = 'x' WHERE name = 'epoch'"), False, id="no-epoch"),
]


@pytest.mark.parametrize(("damage", "lossy"), LOSSES)
def test_uses_that_could_not_be_saved_are_owned_up_to_for_good(
    sound: Path, tmp_path: Path, damage: Callable[[Path], None], *, lossy: bool
) -> None:
    """The new file names the moment before which uses may be missing, and so does every file that replaces it."""
    path = copied(sound, tmp_path)
    damage(path)
    found: list[tuple[object, int]] = []
    for _ in range(2):
        store = Store(Opening(path, "gate-1", "boot-2", lambda: AT, epochs(0xABCD)))
        found.append((store.pending(0, 1)[0].body["uses_since"], store.uses_since))
        store.close()
        sql("PRAGMA user_version = 99")(path)
    said, since = found[0]
    assert said == since
    assert found[1] == found[0]
    assert (since >= AT.latest) is lossy
    assert lossy or since == 0


def test_a_file_written_to_by_a_clock_that_is_behind_now_counts_by_the_later_of_both(
    sound: Path, tmp_path: Path
) -> None:
    """A board without a clock of its own boots in the past: what it wrote before the power went is younger."""
    for name, written, clock, since in (
        ("behind", AT.latest + 500, AT, AT.latest + 501),
        ("ahead", AT.latest - 500, AT, AT.latest),
        ("untrusted", AT.latest - 500, Instant(1), AT.latest - 499),
    ):
        path = copied(sound, tmp_path / name)
        replace(b"")(path)
        os.utime(path, (written, written))
        store = Store(Opening(path, "gate-1", "boot-2", partial(Instant, *astuple(clock)), epochs()))
        assert store.uses_since == since
        store.close()


def test_entries_used_are_saved_from_a_damaged_file_where_they_can_be_read(sound: Path, tmp_path: Path) -> None:
    """A one-entry pass stays used although the journal's version was unknown."""
    path = copied(sound, tmp_path)
    sql("PRAGMA user_version = 99")(path)
    journal = reopened(path)
    assert journal.uses() == {f"pass-{token}": (1, FAR) for token in range(1, ROWS + 1)}
    assert journal.pending(0, 1)[0].body["uses_kept"] == ROWS
    journal.close()


def test_an_interrupted_replacement_is_told_by_the_next_run(sound: Path, tmp_path: Path) -> None:
    """If power failed between putting the old file aside and making the new one, the new one still says so."""
    copied(sound, tmp_path).rename(tmp_path / "journal.corrupt-1")
    journal = reopened(tmp_path / "journal.db")
    body = journal.pending(0, 1)[0].body
    journal.close()
    assert (body["what"], body["cause"], body["uses_kept"]) == ("journal_replaced", "interrupted", ROWS)


BLAMED = [
    (sql("UPDATE meta SET value = 'gate-2' WHERE name = 'gate'"), "the journal belongs to gate-2"),
    (sql("UPDATE meta SET value = 'no id\n' WHERE name = 'gate'"), "the journal belongs to another gate"),
    (sql("PRAGMA user_version = 99"), "the journal is of another version"),
    (sql("PRAGMA application_id = 7"), "the file is no gate's journal"),
    (replace(b"broken"), "the file was damaged"),
]


@pytest.mark.parametrize(("damage", "says"), BLAMED, ids=[says for _, says in BLAMED])
def test_the_log_says_what_is_wrong_with_the_file(
    sound: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None], says: str
) -> None:
    """A gate that was given another id is not told that its disk is failing, and every line names the file kept."""
    path = copied(sound, tmp_path)
    damage(path)
    Journal(path, "gate-1", committed=lambda _: None, epoch_bytes=epochs(0xABCD)).close()
    assert caplog.messages == [f"journal: {says}; it is kept aside as journal.corrupt-1; a new epoch 0000abcd begins"]


@pytest.mark.parametrize("found", [False, True], ids=["new", "found"])
def test_the_journal_is_its_owners_alone(sound: Path, tmp_path: Path, *, found: bool) -> None:
    """Whatever the umask, nobody else may read the file, what lies beside it or what is kept aside."""
    if found:
        replace(b"broken")(copied(sound, tmp_path))
        shutil.copy(sound, tmp_path / "journal.corrupt-7")
        (tmp_path / "journal.db.lock").touch(0o644)
    before = os.umask(0)
    try:
        journal = reopened(tmp_path / "journal.db")
        journal.submit(record(1))
    finally:
        os.umask(before)
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    journal.close()
    names = {"journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"}
    assert modes == dict.fromkeys(names | ({"journal.corrupt-7", "journal.corrupt-8"} if found else set()), 0o600)


def test_only_the_newest_damaged_files_are_kept(sound: Path, tmp_path: Path) -> None:
    """A disk that fails again and again must not fill itself with evidence."""
    for _ in range(8):
        path = copied(sound, tmp_path)
        replace(b"broken")(path)
        reopened(path).close()
    kept = sorted(each.name for each in tmp_path.glob("journal.corrupt-*"))
    assert kept == [f"journal.corrupt-{number}" for number in range(4, 9)]


def went_on_or_said_so(path: Path, before: list[tuple[int, str, str]]) -> None:
    """Assert the law: either every number is as it was, or a new epoch begins with the record that says so."""
    journal = reopened(path)
    journal.submit(record(999))
    journal.close()
    after = lines(path)
    numbers = [seq for seq, _, _ in after]
    assert numbers == list(range(1, len(after) + 1))
    assert json.loads(after[-1][2]) == {"token": 999}
    if list(path.parent.glob("journal.corrupt-*")):
        assert json.loads(after[0][2])["what"] == "journal_replaced"
    else:
        assert len(after) == len(before) + 1


@settings(max_examples=60)
@given(part=st.floats(0, 1))
def test_a_journal_cut_at_any_byte_goes_on_or_says_so(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    """Truncation anywhere is noticed."""
    path = copied(sound, tmp_path_factory.mktemp("cut"))
    before = lines(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    went_on_or_said_so(path, before)


@settings(max_examples=150)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_journal_with_any_bit_flipped_goes_on_or_says_so(
    sound: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    """A flipped bit anywhere never crashes the gate, never reuses a number, and a reset is never silent."""
    path = copied(sound, tmp_path_factory.mktemp("flip"))
    before = lines(path)
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    path.write_bytes(data)
    went_on_or_said_so(path, before)
