"""`gapura-ops journal verify`: exit codes, one JSON line, words for people, and whatever a path may lead to."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from provisioning.__main__ import main
from provisioning.broker.certificates import DeviceCa
from tests.unit.records.chained import Clock, alter, opened, signer, write

if TYPE_CHECKING:
    from pathlib import Path

CA = DeviceCa.create()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Make a signed journal and the CA's certificate beside it."""
    path = tmp_path / "journal.db"
    store = opened(path, Clock())
    write(store, 1, Clock(), count=5)
    store.checkpoint(signer(CA))
    store.close()
    (tmp_path / "device-ca.crt").write_bytes(CA.certificate_pem)
    return path


def verify(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, dict[str, object], str]:
    """Run the command and give its exit code, its answer and its words."""
    code = main(["journal", "verify", *map(str, words)])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {}, err


def test_a_copy_is_proven_and_nothing_is_written_beside_it(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer says up to where the gate has signed, and what that leaves open."""
    before = {each.name: each.read_bytes() for each in journal.parent.iterdir()}
    code, found, words = verify(capsys, journal, "--ca", journal.parent / "device-ca.crt")
    assert code == 0
    assert (found["ok"], found["gate"], found["last"], found["signed_up_to"]) == (True, "gate-1", 6, 5)
    assert "signed by the gate up to 5" in words
    assert "--expect" in words
    assert {each.name: each.read_bytes() for each in journal.parent.iterdir()} == before


def test_without_a_ca_it_says_what_it_did_not_look_at(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A chain without a signature is no proof of who wrote it."""
    code, found, words = verify(capsys, journal)
    assert (code, found["signed_up_to"]) == (0, None)
    assert "--ca" in words


def test_with_json_there_are_no_words(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts read one line and nothing else."""
    assert verify(capsys, journal, "--json")[2] == ""


def test_the_first_bad_record_is_named(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It fails with its number and the reason, for people and for programs."""
    alter(journal, "UPDATE records SET latest = latest + 1 WHERE seq = 3")
    code, found, words = verify(capsys, journal)
    assert (code, found["ok"], found["bad"]) == (1, False, {"seq": 3, "why": "header"})
    assert "record 3" in words


def test_a_hash_that_somebody_kept_is_compared(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an earlier proof named as its head is what a later one is asked for."""
    _, found, _ = verify(capsys, journal)
    assert verify(capsys, journal, "--expect", str(found["head"]))[0] == 0
    for wrong, why in ((f"6:{'0' * 64}", "expected"), (f"7:{'0' * 64}", "cut")):
        code, found, _ = verify(capsys, journal, "--expect", wrong)
        assert (code, found["bad"]) == (1, {"seq": int(wrong[0]), "why": why})


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"SQLite format 3\x00", "unreadable"),
        (b"no journal at all", "unreadable"),
        (b"SQLite format 3\x00\x10\x00\x02\x02" + bytes(4_000), "unreadable"),
    ],
    ids=["empty", "short", "other", "a-header-alone"],
)
def test_what_is_no_journal_is_not_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, why: str
) -> None:
    """Its bytes are looked at and answered, whatever they are."""
    path = tmp_path / "journal.db"
    path.write_bytes(data)
    code, found, _ = verify(capsys, path)
    assert (code, found["bad"]) == (1, {"seq": None, "why": why})


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("PRAGMA application_id = 7", "foreign"),
        ("PRAGMA user_version = 1", "version"),
        ("CREATE TRIGGER t AFTER INSERT ON meta BEGIN SELECT 1; END", "version"),
        ("CREATE VIEW v AS SELECT 1", "version"),
        ("UPDATE meta SET value = 'a/b' WHERE name = 'gate'", "check"),
        ("UPDATE meta SET value = x'00' WHERE name = 'epoch'", "check"),
        ("INSERT INTO meta VALUES ('anchor', 'x')", "check"),
    ],
)
def test_a_file_that_only_looks_like_one_is_not_proven(
    journal: Path, capsys: pytest.CaptureFixture[str], statement: str, why: str
) -> None:
    """Nothing in it runs, and what it says of itself must be what a journal says."""
    alter(journal, statement)
    code, found, _ = verify(capsys, journal)
    assert (code, found["bad"]) == (1, {"seq": None, "why": why})


def test_a_path_to_no_plain_file_is_a_mistake_of_the_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, a pipe or nothing at all is not even opened."""
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe, tmp_path / "none.db"):
        code, found, words = verify(capsys, path)
        assert (code, found) == (2, {})
        assert str(path) in words


@pytest.mark.parametrize("text", ["", "1", "0:" + "0" * 64, "1:" + "0" * 63, "x:" + "0" * 64, "1:" + "G" * 64])
def test_a_hash_that_is_none_is_refused(journal: Path, text: str) -> None:
    """Whoever mistypes what was kept is told so, and nothing is compared with something else."""
    with pytest.raises(SystemExit) as ended:
        main(["journal", "verify", str(journal), "--expect", text])
    assert ended.value.code == 2
