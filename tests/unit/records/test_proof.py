"""Proving a journal: what is whole is proven, and whatever was done to a record names that record.

Tampering is done to real files by SQL, by somebody who knows the format; what they have not is the gate's key.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.events import Instant
from firmware.records import chain
from firmware.records.lines import Origin, Tail, insert, line_of
from provisioning.broker.certificates import DeviceCa
from tests.unit.records.chained import DAY_S, EVER, Clock, access, alter, opened, salts, signer, verified, write
from tests.unit.records.making import GATE

CA = DeviceCa.create()
OTHER_CA = DeviceCa.create()
SIGN = signer(CA)
EPOCH = "00000001"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a journal of 50 days once: signed, its oldest routine rows erased, some of their headers spanned."""
    path, clock = tmp_path_factory.mktemp("past") / "journal.db", Clock()
    store = opened(path, clock)
    write(store, 1, clock, count=20)
    store.checkpoint(SIGN)
    clock.pass_s(35 * DAY_S)
    write(store, 21, clock, count=20)
    while store.prune(EVER):
        pass
    store._connection.execute("BEGIN")
    store._connection.execute("INSERT INTO spans SELECT seq, seq, hash, gap FROM erased WHERE seq < 9")
    store._connection.execute("DELETE FROM erased WHERE seq < 9")
    store._connection.execute("COMMIT")
    store.checkpoint(SIGN)
    write(store, 41, clock, count=10)
    store.checkpoint(SIGN)
    write(store, 51, clock, count=5)
    store.close()
    return path


@pytest.fixture
def copy(past: Path, tmp_path: Path) -> Path:
    """Give each test a journal of its own to spoil."""
    return Path(shutil.copy(past, tmp_path / "journal.db"))


def test_a_whole_journal_is_proven_and_says_what_is_not(past: Path, copy: Path) -> None:
    """Every record follows from the one before it, what is erased is told, and the unsigned end is named."""
    del past
    found = verified(copy, CA)
    assert found.pop("head")
    assert found == {
        "ok": True,
        "gate": GATE,
        "epoch": EPOCH,
        "first": 1,
        "last": 59,
        "records": 43,
        "erased": 16,
        "gaps": 1,
        "checkpoints": 3,
        "signed_up_to": 53,
        "unsigned_tail": 6,
        "bad": None,
    }


def erased(seq: int, *, gap: int) -> list[str]:
    """Erase a record as the journal does, as if that gap record told of it."""
    return [
        f"INSERT INTO erased SELECT seq, {REST}, {gap} FROM records WHERE seq = {seq}",  # noqa: S608
        f"DELETE FROM records WHERE seq = {seq}",  # noqa: S608
    ]


REST = "kind, boot, boottime_ms, earliest, latest, source, grant_id, commitment, hash"
COPIED = [f"INSERT INTO records SELECT 60, {REST}, salt, body, priority, acked FROM records WHERE seq = 59"]  # noqa: S608
AGAIN = ["DELETE FROM records WHERE seq = 22", "UPDATE records SET seq = 22 WHERE seq = 23"]
TAMPERINGS = {
    "body": (["UPDATE records SET body = replace(body, 'allow', 'deny') WHERE seq = 22"], 22, "body"),
    "salt": (["UPDATE records SET salt = zeroblob(16) WHERE seq = 22"], 22, "body"),
    "short-salt": (["UPDATE records SET salt = zeroblob(15) WHERE seq = 22"], 22, "malformed"),
    "commitment": (["UPDATE records SET commitment = zeroblob(32) WHERE seq = 22"], 22, "body"),
    "kind": (["UPDATE records SET kind = 'gate' WHERE seq = 22"], 22, "header"),
    "boot": (["UPDATE records SET boot = 'other' WHERE seq = 22"], 22, "header"),
    "boottime": (["UPDATE records SET boottime_ms = boottime_ms + 1 WHERE seq = 22"], 22, "header"),
    "earliest": (["UPDATE records SET earliest = earliest - 1 WHERE seq = 22"], 22, "header"),
    "latest": (["UPDATE records SET latest = latest + 1 WHERE seq = 22"], 22, "header"),
    "source": (["UPDATE records SET source = 'ntp' WHERE seq = 22"], 22, "header"),
    "grant": (["UPDATE records SET grant_id = 'g-1' WHERE seq = 22"], 22, "header"),
    "hash": (["UPDATE records SET hash = zeroblob(32) WHERE seq = 22"], 22, "header"),
    "a-type": (["UPDATE records SET boottime_ms = 'soon' WHERE seq = 22"], 22, "malformed"),
    "a-text-that-is-none": (["UPDATE records SET body = CAST(x'ff' AS TEXT) WHERE seq = 22"], 22, "body"),
    "deleted": (["DELETE FROM records WHERE seq = 22"], 23, "missing"),
    "first-deleted": (["DELETE FROM spans WHERE last = 1"], 2, "missing"),
    "swapped": (
        [
            "UPDATE records SET seq = -1 WHERE seq = 22",
            "UPDATE records SET seq = 22 WHERE seq = 23",
            "UPDATE records SET seq = 23 WHERE seq = -1",
        ],
        22,
        "header",
    ),
    "numbered-anew": (AGAIN, 22, "header"),
    "number-zero": (["UPDATE records SET seq = 0 WHERE seq = 22"], 0, "order"),
    "inserted-at-the-end": (
        COPIED,
        60,
        "header",
    ),
    "twice": (
        erased(22, gap=1)[:1],
        22,
        "order",
    ),
    "erased-untold": (
        erased(22, gap=42),
        42,
        "told_otherwise",
    ),
    "erased-told-by-nobody": (
        erased(55, gap=999),
        55,
        "untold",
    ),
    "spanned-untold": (
        ["INSERT INTO spans SELECT seq, seq, hash, 42 FROM records WHERE seq = 22",
         "DELETE FROM records WHERE seq = 22"],
        42,
        "told_otherwise",
    ),
    "an-erased-header": (["UPDATE erased SET earliest = 1 WHERE seq = 11"], 11, "header"),
    "a-span's-hash": (["UPDATE spans SET hash = zeroblob(32) WHERE last = 4"], 5, "header"),
    "a-span-backwards": (["UPDATE spans SET first = 9 WHERE last = 4"], 4, "malformed"),
    "a-beginning-untold": (
        ["INSERT INTO meta SELECT 'anchor', '4:' || lower(hex(hash)) FROM spans WHERE last = 4",
         "DELETE FROM spans WHERE last <= 4"],
        42,
        "told_otherwise",
    ),
    "another-gate": (["UPDATE meta SET value = 'gate-2' WHERE name = 'gate'"], 5, "header"),
    "another-epoch": (["UPDATE meta SET value = '00000002' WHERE name = 'epoch'"], 5, "header"),
    "no-checkpoints": (["UPDATE records SET kind = 'gate' WHERE kind = 'checkpoint'"], 21, "header"),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "seq", "why"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_whatever_is_done_to_a_record_is_found_and_named(copy: Path, statements: list[str], seq: int, why: str) -> None:
    """The first record that cannot be believed is named, with or without the gate's certificate."""
    assert verified(copy)["ok"] is True
    alter(copy, *statements)
    assert verified(copy)["bad"] == verified(copy, CA)["bad"] == {"seq": seq, "why": why}


def forged(path: Path, first: int) -> None:
    """Write the chain anew from a record on, as somebody can who has everything but the key: nobody was refused."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (before,) = connection.execute("SELECT hash FROM records WHERE seq = ?", (first - 1,)).fetchone()
        tail = connection.execute(
            "SELECT kind, body, acked FROM records WHERE seq >= ? ORDER BY seq", (first,)
        ).fetchall()
        connection.execute("DELETE FROM records WHERE seq >= ?", (first,))
        end = Tail(first - 1, before)
        for token, (kind, text, _) in enumerate(tail):
            line = line_of(access(token, Instant(1, 2, 3, "rtc")))
            if kind == "checkpoint":
                signed = text.partition('"signed":')[2]
                body = f'{{"hash":"{end.hash.hex()}","seq":{end.seq},"signed":{signed}'
                line = type(line)(None, "checkpoint", line.at, body)
            end = insert(connection, Origin(GATE, EPOCH, "boot-1", salts()), end, line)


def test_a_chain_written_anew_without_the_key_is_found_by_its_checkpoints(copy: Path) -> None:
    """Every hash fits, but the gate never signed them: the first checkpoint after the forgery is named."""
    forged(copy, 45)
    assert verified(copy)["ok"] is True
    assert verified(copy, CA)["bad"] == {"seq": 54, "why": "signature"}


def test_what_was_written_anew_behind_the_last_signature_shows_where_somebody_kept_a_hash(copy: Path) -> None:
    """A file alone cannot tell; who saw the chain further on can, and so they can where the end was cut off."""
    head = str(verified(copy)["head"])
    seen = {59: bytes.fromhex(head.partition(":")[2])}
    assert verified(copy, CA, seen)["ok"] is True
    cut = Path(shutil.copy(copy, copy.with_name("cut.db")))
    forged(copy, 56)
    assert verified(copy, CA)["ok"] is True
    assert verified(copy, CA)["unsigned_tail"] == 6
    assert verified(copy, CA, seen)["bad"] == {"seq": 59, "why": "expected"}
    alter(cut, "DELETE FROM records WHERE seq > 57")
    assert verified(cut, CA)["ok"] is True
    assert verified(cut, CA, seen)["bad"] == {"seq": 58, "why": "cut"}


@pytest.mark.parametrize(
    ("sign", "bad"),
    [
        (signer(OTHER_CA), {"seq": 2, "why": "signature"}),
        (signer(CA, "gate-2"), {"seq": 2, "why": "signature"}),
        (lambda _: SIGN(b"something else"), {"seq": 2, "why": "signature"}),
        (lambda _: b"rubbish", {"seq": 2, "why": "signature"}),
        (lambda _: None, {"seq": 2, "why": "unsigned"}),
    ],
    ids=["another-ca", "another-gate", "another-word", "rubbish", "nothing"],
)
def test_only_this_gates_signature_counts(tmp_path: Path, sign: object, bad: dict[str, object]) -> None:
    """Without a CA such a journal is proven as a chain; with one it is not."""
    assert callable(sign)
    store = opened(tmp_path / "journal.db", Clock())
    write(store, 1, Clock(), count=1)
    store.checkpoint(sign)
    store.close()
    assert verified(tmp_path / "journal.db")["ok"] is True
    assert verified(tmp_path / "journal.db", CA)["bad"] == bad


def test_a_checkpoint_of_another_chain_is_found(tmp_path: Path) -> None:
    """A true signature over other words, copied here with everything around it made to fit, names that checkpoint."""
    store = opened(tmp_path / "journal.db", Clock())
    write(store, 1, Clock(), count=1)
    line = line_of(access(2, Clock().at))
    store.append([type(line)(None, "checkpoint", line.at, '{"hash":"00","seq":1}')])
    store.close()
    assert verified(tmp_path / "journal.db")["bad"] == {"seq": 2, "why": "checkpoint"}


def test_a_body_cannot_be_found_by_trying_once_its_salt_is_gone(tmp_path: Path) -> None:
    """What is left of an erased record is no hash of its body alone."""
    clock = Clock()
    store = opened(tmp_path / "journal.db", clock)
    write(store, 1, clock, count=1)
    (row,) = store.rows(1, 1, 1)
    ((text, salt, committed),) = store._connection.execute("SELECT body, salt, commitment FROM records").fetchall()
    store.close()
    assert row.body["token"] in text
    assert committed == chain.commitment(salt, text) != hashlib.sha256(text.encode()).digest()


@settings(max_examples=100)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_an_exception_and_never_another_story(
    past: Path, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    """Either the journal is proven and says what it said, or it is not proven."""
    path = Path(shutil.copy(past, tmp_path_factory.mktemp("flip") / "journal.db"))
    before = verified(path)
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    path.write_bytes(data)
    found = verified(path)
    assert found == before or found["ok"] is False


@settings(max_examples=60)
@given(data=st.binary(max_size=200), keep=st.integers(0, 200), place=st.floats(0, 1))
def test_a_hostile_file_gets_an_answer(
    past: Path, tmp_path_factory: pytest.TempPathFactory, data: bytes, keep: int, place: float
) -> None:
    """Any bytes anywhere, at any length, are proven as they were or not proven, and nothing is raised."""
    path = Path(shutil.copy(past, tmp_path_factory.mktemp("hostile") / "journal.db"))
    whole = verified(path)
    good = path.read_bytes()
    at = max(keep, int(place * len(good)))
    path.write_bytes(good[:at] + data + good[at + len(data) :][: len(good) // 2])
    found = verified(path)
    assert found == whole or found["ok"] is False
