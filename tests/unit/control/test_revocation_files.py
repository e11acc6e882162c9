"""Lists of revoked passes on the shelf: mapped and swapped, made of deltas, damaged, and killed while they are made."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware.control.fetching import FIRST_PATIENCE_MS, PATIENT_TRIES
from firmware.control.revocation_files import mapped
from firmware.events import Alarm
from firmware.records.heard import Heard
from firmware.signed.envelope import Kind
from tests.broker.stand import until
from tests.command import ROOT
from tests.revoking import delta_of, listed, name
from tests.unit.control.reading_room import ReadingRoom, Retained, manifest_of
from tests.unit.signed.office import Office

BEFORE, AFTER = listed(range(20_000)), listed(range(40, 20_040))
DELTA = delta_of(BEFORE, AFTER)
UNUSABLE = (Alarm.LIST_UNUSABLE, "revocations")


def digest(data: bytes) -> str:
    """Name a blob."""
    return hashlib.sha256(data).hexdigest()


def body_with(result: bytes, delta: bytes, base: bytes) -> dict[str, object]:
    """Word a manifest with a delta."""
    shortcut = {"base": digest(base), "blob": manifest_of(delta)["blob"]}
    return {**manifest_of(result), "deltas": [shortcut]}


def revoked(room: ReadingRoom, number: int) -> bool:
    """Ask the list in force for a pass of a made-up name."""
    found = room.library.lists().rules.revocations
    assert found is not None
    return found.revoked([("cti", name(number))], 0) is not None


def bring(room: ReadingRoom, body: dict[str, object], version: int) -> None:
    """Desire a list."""
    room.desire(room.office.seal(Kind.REVOCATIONS, body, version=version), Kind.REVOCATIONS)


def begin(room: ReadingRoom) -> None:
    """Bring the first list and have it in force."""
    room.retained.lay(BEFORE)
    bring(room, manifest_of(BEFORE), 1)
    room.wait(Kind.REVOCATIONS, state="applied", version=1)


def test_a_list_is_mapped_swapped_and_let_go(tmp_path: Path) -> None:
    """Whoever holds the old one asks it to the end; then nothing of it is mapped, and its file is gone."""
    with ReadingRoom(tmp_path) as room:
        begin(room)
        old = room.library.lists().rules
        maps, folder = Path("/proc/self/maps"), tmp_path / "state/documents"
        assert f"{folder}/{digest(BEFORE)}.blob" in maps.read_text()
        room.retained.lay(AFTER)
        bring(room, manifest_of(AFTER), 2)
        room.wait(Kind.REVOCATIONS, state="applied", version=2)
        assert [revoked(room, number) for number in (0, 20_030)] == [False, True]
        assert old.revocations is not None
        assert old.revocations.revoked([("cti", name(0))], 0) == "cti"
        assert [path.name for path in folder.glob("*.blob")] == [f"{digest(AFTER)}.blob"]
        del old
        assert f"{digest(BEFORE)}.blob" not in maps.read_text()


def test_what_is_no_list_is_refused_whole(tmp_path: Path) -> None:
    """A blob that hashes as it should and is no list leaves the one in force where it is."""
    with ReadingRoom(tmp_path) as room:
        begin(room)
        room.retained.lay(BEFORE[:-1])
        bring(room, manifest_of(BEFORE[:-1]), 2)
        room.wait(Kind.REVOCATIONS, state="rejected", reason="bad_body", refused_version=2, version=1)
        bring(room, {"entries": []}, 3)
        room.wait(Kind.REVOCATIONS, state="rejected", reason="bad_body", refused_version=3, version=1)
        assert revoked(room, 0)


def test_of_a_delta_only_the_delta_is_fetched(tmp_path: Path) -> None:
    """A gate that has the base makes the list itself, to the byte; one that has not fetches all of it."""
    with ReadingRoom(tmp_path) as room:
        begin(room)
        fetched = room.library.counters()["documents_pieces_fetched"]
        room.retained.lay(DELTA)
        bring(room, body_with(AFTER, DELTA, BEFORE), 2)
        room.wait(Kind.REVOCATIONS, state="applied", version=2)
        counters = room.library.counters()
        assert counters["documents_deltas_applied"] == 1
        assert counters["documents_pieces_fetched"] - fetched == -(-len(DELTA) // 1024)
        assert [revoked(room, number) for number in (0, 40, 20_039)] == [False, True, True]
        (kept,) = (tmp_path / "state/documents").glob("*.blob")
        assert kept.read_bytes() == AFTER
    other = tmp_path / "other"
    other.mkdir()
    with ReadingRoom(other) as room:
        room.retained.lay(AFTER)
        bring(room, body_with(AFTER, DELTA, BEFORE), 2)
        room.wait(Kind.REVOCATIONS, state="applied", version=2)
        assert "documents_deltas_applied" not in room.library.counters()


WRONG = {
    "of another result": delta_of(BEFORE, listed(range(41, 20_040))),
    "of another base": delta_of(listed(range(20_001)), AFTER),
    "that is none": b"no delta at all",
    "that ends early": DELTA[:-40],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_delta_that_makes_another_list_costs_only_the_way(tmp_path: Path, wrong: bytes) -> None:
    """The signed digest of the whole list decides; then all of it is fetched."""
    with ReadingRoom(tmp_path) as room:
        begin(room)
        room.retained.lay(wrong)
        room.retained.lay(AFTER)
        bring(room, body_with(AFTER, wrong, BEFORE), 2)
        room.wait(Kind.REVOCATIONS, state="applied", version=2)
        assert room.library.counters()["documents_deltas_failed"] == 1
        assert revoked(room, 20_039)


def test_a_delta_that_does_not_come_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """Where its pieces are not at the broker, the whole list is asked for after a few times."""
    with ReadingRoom(tmp_path) as room:
        begin(room)
        room.retained.lay(AFTER)
        bring(room, body_with(AFTER, DELTA, BEFORE), 2)
        room.wait(Kind.REVOCATIONS, state="pending", progress=0)
        assert until(lambda: done_later(room))
        room.wait(Kind.REVOCATIONS, state="applied", version=2)


def done_later(room: ReadingRoom) -> bool:
    """Let some minutes pass, and say whether the new list is in force."""
    room.clock.ms += FIRST_PATIENCE_MS << PATIENT_TRIES
    room.library.heard(Heard("blob", "0" * 64, None, 0, b"", "", retained=True))
    return room.library.counters()["documents_revocations_version"] == 2


def test_a_list_that_its_disk_changed_denies_is_told_and_comes_again(tmp_path: Path) -> None:
    """After a start it is read once; what does not hash is thrown away, and the same document brings it back."""
    office, retained = Office(), Retained()
    with ReadingRoom(tmp_path, office, retained=retained) as room:
        begin(room)
    (kept,) = (tmp_path / "state/documents").glob("*.blob")
    damaged = bytearray(BEFORE)
    damaged[-100] ^= 1
    kept.write_bytes(damaged)
    with ReadingRoom(tmp_path, office, retained=retained) as room:
        assert until(lambda: UNUSABLE in room.library.wrong())
        rules = room.library.lists().rules
        assert (rules.revocations, rules.revocations_lost) == (None, True)
        assert any("the list is lost" in line for line in room.library.lists().problems)
        assert room.library.counters()["documents_revocations_damaged"] == 1
        bring(room, manifest_of(BEFORE), 1)
        assert until(lambda: UNUSABLE not in room.library.wrong())
        assert revoked(room, 0)


def test_a_withdrawn_list_revokes_nobody(tmp_path: Path) -> None:
    """What the desk takes back is not missed: no list is in force, and none is lost."""
    with ReadingRoom(tmp_path) as room:
        begin(room)
        bring(room, {"withdrawn": True}, 2)
        room.wait(Kind.REVOCATIONS, version=0)
        rules = room.library.lists().rules
        assert (rules.revocations, rules.revocations_issued, rules.revocations_lost) == (None, None, False)
        assert UNUSABLE not in room.library.wrong()


@pytest.mark.parametrize("after_ms", range(0, 24, 8))
def test_killed_at_any_moment_the_list_is_the_old_or_the_new_one(tmp_path: Path, after_ms: int) -> None:
    """A process that makes lists of deltas is killed: whatever lies under a whole name is that list."""
    for data in (BEFORE, DELTA):
        (tmp_path / f"{digest(data)}.blob").write_bytes(data)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.control.bridging", tmp_path],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(after_ms / 1000)  # where it is hit does not matter: whatever lies there is held against its name
        process.send_signal(signal.SIGKILL)
    whole = {path.stem for path in tmp_path.glob("*.blob")}
    assert {digest(BEFORE), digest(DELTA)} <= whole <= {digest(BEFORE), digest(DELTA), digest(AFTER)}
    for path in tmp_path.glob("*.blob"):
        assert digest(path.read_bytes()) == path.stem
    assert (mapped(tmp_path / f"{digest(AFTER)}.blob") is not None) is (digest(AFTER) in whole)
