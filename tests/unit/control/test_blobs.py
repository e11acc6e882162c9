"""Documents too long for one message: fetched piece by piece, resumed, spoiled, overtaken, and kept or given up."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from firmware.control.again import AGAIN_MS
from firmware.records.heard import Heard
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from tests.broker.stand import until
from tests.revoking import listed
from tests.unit.control.reading_room import POLICY, ReadingRoom, Retained, manifest_of
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from pathlib import Path

BLOB = listed(range(2745))
"""A list of twenty pieces."""


def test_a_blob_is_fetched_piece_by_piece(tmp_path: Path) -> None:
    """A manifest is pending until all its pieces are there, then it is accepted like a document in one piece."""
    with ReadingRoom(tmp_path) as room:
        room.desire(room.office.seal(Kind.REVOCATIONS, manifest_of(BLOB), version=3), Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="pending", version=0, progress=0)
        room.retained.lay(BLOB)
        room.library.link_changed(up=False)
        room.library.link_changed(up=True)
        room.retained.again()
        room.wait(Kind.REVOCATIONS, state="applied", version=3)
        kept = tmp_path / "state/documents" / f"{hashlib.sha256(BLOB).hexdigest()}.blob"
        assert kept.read_bytes() == BLOB
        assert room.library.counters()["documents_pieces_fetched"] == 20


def test_a_policy_may_come_as_a_blob(tmp_path: Path) -> None:
    """A list that is too long for one message counts as if it had come in one."""
    blob = strict_json.render(POLICY)
    retained = Retained()
    retained.lay(blob)
    with ReadingRoom(tmp_path, retained=retained) as room:
        room.desire(room.office.seal(Kind.POLICY, manifest_of(blob), version=4))
        room.wait(state="applied", version=4)
        assert room.library.lists().rules.policy is not None


def test_a_blob_goes_on_where_it_was(tmp_path: Path) -> None:
    """After an end in the middle only the pieces that are missing are asked for."""
    office, first = Office(), Retained()
    first.lay(BLOB)
    lacking = sorted(first.pieces)[-4:]
    for topic in lacking:
        del first.pieces[topic]
    document = office.seal(Kind.REVOCATIONS, manifest_of(BLOB), version=3)
    with ReadingRoom(tmp_path, office, retained=first) as room:
        room.desire(document, Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="pending", progress=80)
    second = Retained()
    second.lay(BLOB)
    with ReadingRoom(tmp_path, office, retained=second) as room:
        room.desire(document, Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="applied")
        assert sorted(second.followed) == lacking
        assert room.library.counters()["documents_pieces_resumed"] == 16


def test_a_piece_that_does_not_hash_is_asked_for_a_few_times(tmp_path: Path) -> None:
    """A wrong piece is thrown away; in the end the document is refused, and later it gets another chance."""
    with ReadingRoom(tmp_path) as room:
        room.retained.lay(BLOB, wrong=7)
        document = room.office.seal(Kind.REVOCATIONS, manifest_of(BLOB), version=3)
        room.desire(document, Kind.REVOCATIONS)
        for bad in range(1, 6):
            assert until(lambda bad=bad: room.library.counters().get("documents_pieces_bad") == bad)  # type: ignore[misc]
            room.clock.ms += 10_000
            room.library.heard(Heard("blob", "0" * 64, None, 0, b"", "", retained=True))
        room.wait(Kind.REVOCATIONS, state="rejected", reason="bad_blob", version=0, refused_version=3)
        room.retained.lay(BLOB)
        room.library.link_changed(up=False)
        room.library.link_changed(up=True)
        room.desire(document, Kind.REVOCATIONS)
        room.desire(room.policy(1))
        room.wait(state="applied")
        assert room.reported(Kind.REVOCATIONS)["reason"] == "bad_blob"
        room.clock.ms += AGAIN_MS
        room.desire(document, Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="applied", version=3)
        counters = room.library.counters()
        assert counters["documents_pieces_bad"] == 5
        assert counters["documents_pieces_fetched"] == 20


def test_a_disk_that_fails_under_a_blob_takes_no_other_document_with_it(tmp_path: Path) -> None:
    """What waits behind it is reported too, and the library goes on: a document costs no gate its thread."""
    first, second = listed(range(30)), strict_json.render(POLICY)
    with ReadingRoom(tmp_path) as room:
        room.desire(room.office.seal(Kind.REVOCATIONS, manifest_of(first), version=3), Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="pending", progress=0)
        room.desire(room.office.seal(Kind.POLICY, manifest_of(second), version=4))
        room.wait(state="pending", progress=0)
        shutil.rmtree(tmp_path / "state/documents")
        (tmp_path / "state/documents").write_text("a file where the folder belongs")
        room.retained.lay(first)
        room.retained.again()
        room.wait(Kind.REVOCATIONS, state="rejected", reason="storage", refused_version=3)
        room.wait(state="rejected", reason="storage", refused_version=4)
        (tmp_path / "state/documents").unlink()
        room.desire(room.policy(5))
        room.wait(state="applied", version=5)


def test_an_older_manifest_takes_no_newer_ones_place(tmp_path: Path) -> None:
    """Of lists that are on their way the newest ends in force, in whichever order they were heard."""
    older, newer = listed(range(300)), listed(range(1, 301))
    with ReadingRoom(tmp_path) as room:
        room.retained.lay(older)
        room.desire(room.office.seal(Kind.REVOCATIONS, manifest_of(newer), version=6), Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, state="pending", progress=0)
        older_too = room.office.seal(Kind.REVOCATIONS, manifest_of(older), version=5)
        room.desire(older_too, Kind.REVOCATIONS, group="east")
        assert until(lambda: room.library.counters().get("documents_refused_rolled_back") == 1)
        room.retained.lay(newer)
        room.retained.again()
        assert until(lambda: room.library.counters().get("documents_revocations_version") == 6)


def test_blobs_of_a_gate_and_of_its_group_are_fetched_one_after_another(tmp_path: Path) -> None:
    """A wider policy that is on its way is not forgotten for a narrower one, nor the other way round."""
    wide, narrow = (strict_json.render({**POLICY, "blocked": [letter * 32]}) for letter in "ab")
    with ReadingRoom(tmp_path) as room:
        room.desire(
            room.office.seal(Kind.POLICY, manifest_of(wide), version=4, audience=("_group/east",)), group="east"
        )
        room.wait(state="pending", progress=0)
        room.desire(room.office.seal(Kind.POLICY, manifest_of(narrow), version=5, audience=("gate-1",)))
        room.desire(b"rubbish", Kind.TRUST)
        room.wait(Kind.TRUST, state="rejected")
        room.retained.lay(wide)
        room.retained.lay(narrow)
        room.retained.again()
        room.wait(state="applied", version=5)
        room.desire(room.office.seal(Kind.POLICY, {"withdrawn": True}, version=6, audience=("gate-1",)))
        room.wait(state="applied", version=4)


def test_a_blob_that_ends_late_takes_nothing_out_of_force(tmp_path: Path) -> None:
    """A newer policy that came in one piece meanwhile holds, now and after a start."""
    office, blob = Office(), strict_json.render(POLICY)
    with ReadingRoom(tmp_path, office) as room:
        room.desire(office.seal(Kind.POLICY, manifest_of(blob), version=4))
        room.wait(state="pending", progress=0)
        room.desire(room.policy(5), group="east")
        assert until(lambda: room.library.lists().rules.version == 5)
        room.retained.lay(blob)
        room.retained.again()
        room.wait(state="rejected", reason="rolled_back", refused_version=4, version=5)
    with ReadingRoom(tmp_path, office) as room:
        assert room.library.lists().rules.version == 5
