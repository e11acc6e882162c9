"""Policies that wait for their time: the one before goes on, a start or a power cut in between changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from firmware.control.library import Library
from firmware.events import Instant
from firmware.signed.envelope import Kind
from tests.command import ROOT
from tests.revoking import listed
from tests.unit.control.reading_room import GATE, POLICY, ReadingRoom, manifest_of
from tests.unit.signed.office import ISSUED, NOW, Office

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3_600


def wall(seconds: int) -> str:
    """Write a moment so many seconds after now as policies do, in UTC; only whole minutes can be written."""
    return (datetime.fromtimestamp(NOW.earliest, UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M")


def policy(office: Office, version: int, audience: str = "*", **effective: int) -> bytes:
    """Seal a policy with a time of its own, in seconds from now."""
    body = {**POLICY, "timezone": "UTC"}
    if effective:
        body["effective"] = {name.rstrip("_"): wall(after) for name, after in effective.items()}
    return office.seal(Kind.POLICY, body, version=version, audience=(audience,))


def counts(room: ReadingRoom | Library, *after: int) -> list[int]:
    """Say which version counts so many seconds from now."""
    library = room if isinstance(room, Library) else room.library
    rules = library.lists().rules
    moments = (NOW.earliest + seconds for seconds in after)
    return [rules.at(Instant(1, second, second, "test")).version for second in moments]


def test_a_policy_that_waits_leaves_the_one_before_in_force(tmp_path: Path) -> None:
    """It is accepted and reported at once, counts from its minute on, and a start in between keeps both."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(office, 5))
        room.wait(version=5)
        room.desire(policy(office, 6, from_=HOUR))
        room.wait(state="applied", version=6)
        assert counts(room, 0, HOUR - 61, HOUR + 1) == [5, 5, 6]
    assert counts(ReadingRoom(tmp_path, office), 0, HOUR - 61, HOUR + 1) == [5, 5, 6]


def test_one_that_is_replaced_while_it_waits_never_counts(tmp_path: Path) -> None:
    """Whoever signs a correction means it, also where the correction begins later."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        for version, data in ((5, policy(office, 5)), (6, policy(office, 6, from_=HOUR))):
            room.desire(data)
            room.wait(version=version)
        room.desire(policy(office, 7, from_=3 * HOUR))
        room.wait(version=7)
        assert counts(room, 0, 2 * HOUR, 3 * HOUR + 1) == [5, 5, 7]


def test_after_its_end_the_one_before_it_counts_again(tmp_path: Path) -> None:
    """And one that comes meanwhile for good takes the place of all of them, whose files go."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        for version, data in ((5, policy(office, 5)), (6, policy(office, 6, until=HOUR))):
            room.desire(data)
            room.wait(version=version)
        assert counts(room, 0, HOUR + 1) == [6, 5]
        room.desire(policy(office, 7, from_=2 * HOUR))
        room.wait(version=7)
        assert counts(room, 0, HOUR + 1, 2 * HOUR + 1) == [6, 5, 7]
        assert len(list((tmp_path / "state/documents").glob("policy-*-*.cose"))) == 2
        room.desire(policy(office, 8))
        room.wait(version=8)
        assert counts(room, 0, 2 * HOUR + 1) == [8, 8]
        assert list((tmp_path / "state/documents").glob("policy-*-*.cose")) == []


def test_the_file_of_a_technician_goes_on_too(tmp_path: Path) -> None:
    """A gate that was set up with a file and gets its next policy over the broker does not stand without one."""
    office = Office()
    (tmp_path / "policy.cose").write_bytes(policy(office, 5))
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(office, 6, from_=HOUR))
        room.wait(version=6)
        assert counts(room, 0, HOUR + 1) == [5, 6]


def test_a_narrower_one_that_waits_leaves_the_wider_one(tmp_path: Path) -> None:
    """The gate's own counts from its time on, everybody's until then; one that was taken back does not come again."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(office, 5))
        room.wait(version=5)
        room.desire(policy(office, 6, GATE, from_=HOUR))
        room.wait(version=6)
        assert counts(room, 0, HOUR + 1) == [5, 6]
        room.desire(office.seal(Kind.POLICY, {"withdrawn": True}, version=7, audience=(GATE,)))
        room.wait(version=5)
        room.desire(policy(office, 8, GATE, from_=2 * HOUR))
        room.wait(version=8)
        assert counts(room, 0, HOUR + 1, 2 * HOUR + 1) == [5, 5, 8]


def test_a_kill_at_any_file_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Nobody ever stands without a policy: what counted counts until the new one is there, and then that one does."""
    words = [sys.executable, "-m", "tests.unit.control.killed_succession", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=100)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for story, before, after in (("waits", [5, 5], [5, 6]), ("lasts", [5, 6], [7, 7])):
        counts = [one["counts"] for one in told if one["story"] == story]
        turned = counts.index(after)
        assert (counts[:turned], counts[turned:]) == ([before] * turned, [after] * (len(counts) - turned))
        assert 0 < turned < len(counts) - 1
    assert [one["killed"] for one in told].count(False) == len({one["story"] for one in told}) == 2


def test_a_policy_that_contradicts_itself_is_refused_by_the_gate_too(tmp_path: Path) -> None:
    """Whatever tool signed it: it is reported as `bad_body`, and the one before goes on."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(office, 5))
        room.wait(version=5)
        unsound = {**POLICY, "classes": {"visitor": {"holidays": "closed"}}}
        room.desire(office.seal(Kind.POLICY, unsound, version=6, audience=("*",)))
        assert room.wait(state="rejected", reason="bad_body")["version"] == 5
        assert counts(room, 0) == [5]


@pytest.mark.parametrize("damage", [b"", b"\x00rubbish"])
def test_a_damaged_file_beside_the_shelf_admits_nobody(tmp_path: Path, damage: bytes) -> None:
    """Without the one before nothing counts until the new one does."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        for version, data in ((5, policy(office, 5)), (6, policy(office, 6, from_=HOUR))):
            room.desire(data)
            room.wait(version=version)
    (kept,) = (tmp_path / "state/documents").glob("policy-*-*.cose")
    kept.write_bytes(damage)
    library = ReadingRoom(tmp_path, office).library
    assert counts(library, 0, HOUR + 1) == [6, 6]
    assert not library.lists().rules.begins <= NOW.latest


def test_a_list_of_revocations_is_as_old_as_its_document(tmp_path: Path) -> None:
    """What limits ask for is known of every policy that may count."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        for version, data in ((5, policy(office, 5)), (6, policy(office, 6, from_=HOUR))):
            room.desire(data)
            room.wait(version=version)
        changes = room.changes
        assert room.library.lists().rules.revocations_issued is None
        room.retained.lay(listed(range(3)))
        room.desire(office.seal(Kind.REVOCATIONS, manifest_of(listed(range(3)))), Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="applied")
        rules = room.library.lists().rules
        assert [one.revocations_issued for one in (rules, *rules.earlier)] == [ISSUED, ISSUED]
        assert room.changes == changes + 1
