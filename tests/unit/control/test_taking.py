"""Provisioning documents at a board: which are taken, which are not and why, and what is left of each on disk."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.control import draft
from firmware.events import Instant
from firmware.setup.machine import NetworkTaken, Refused, Taken
from firmware.setup.reasons import Why
from firmware.signed.envelope import Kind
from firmware.signed.ruling import Ruling, Rulings
from firmware.signed.warrant import Role
from tests.unit.control import blank
from tests.unit.signed.handed import OFFICE, WIFI, body, document
from tests.unit.signed.office import EXPIRES, ISSUED, Office

if TYPE_CHECKING:
    from pathlib import Path

YEARS_S = 5 * 365 * 86_400
BEHIND = Instant(1, ISSUED - YEARS_S, ISSUED - YEARS_S + 2, "rtc")
AHEAD = Instant(1, EXPIRES + YEARS_S, EXPIRES + YEARS_S + 2, "rtc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a board file."""
    return blank.write(tmp_path)


def configured(**config: object) -> bytes:
    """Seal a document with this first configuration."""
    return document(body(config=config))


BAD = {
    "another office": (document(office=Office()), Why.FOREIGN),
    "bytes": (b"\x00" * 100, Why.NOT_AUTHENTIC),
    "altered": (document()[:-1] + b"\x00", Why.NOT_AUTHENTIC),
    "another kind": (OFFICE.seal(Kind.CONFIG), Why.NOT_AUTHENTIC),
    "over": (document(expires=ISSUED + 5), Why.EXPIRED),
    "a section of the board": (configured(gate={"area": "a"}, hardware={"pins": "lgpio"}), Why.BAD_CONFIG),
    "a pin": (configured(gate={"area": "a"}, relay={"pin": 22}), Why.BAD_CONFIG),
    "trust": (configured(gate={"area": "a"}, trust={"root": "/tmp/root.pub"}), Why.BAD_CONFIG),  # noqa: S108
    "the state folder": (configured(gate={"area": "a", "state_dir": "/"}), Why.BAD_CONFIG),
    "the relay's maximum": (configured(gate={"area": "a"}, door={"max_unlock_ms": 120_000}), Why.BAD_CONFIG),
    "another kind of lock": (configured(gate={"area": "a"}, door={"kind": "maglock"}), Why.BAD_CONFIG),
    "another side": (configured(gate={"area": "a"}, readers={"outside": {"side": "inside"}}), Why.BAD_CONFIG),
    "a reader more": (configured(gate={"area": "a"}, readers={"inside": {"side": "inside"}}), Why.BAD_CONFIG),
    "no area": (configured(), Why.BAD_CONFIG),
    "too long a pulse": (configured(gate={"area": "a"}, door={"unlock_ms": 60_000}), Why.BAD_CONFIG),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_has_its_reason_and_leaves_nothing(path: Path, name: str) -> None:
    """What does not count is refused by one word, and the board is as it was, ready for a good one."""
    data, why = BAD[name]
    taking = blank.taking(path)
    assert taking.take(data) == Refused(why)
    assert taking.draft is None
    assert list((path.parent / "state").iterdir()) == []
    assert taking.take(document()) == Taken()


def test_a_good_document_is_on_disk_when_it_is_taken(path: Path) -> None:
    """The next process goes on with it; the file is the owner's alone."""
    data = document()
    assert blank.taking(path).take(data) == Taken()
    again = blank.taking(path)
    assert again.draft is not None
    assert again.draft.document == data
    mode = (path.parent / "state" / draft.FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("at", [0, 40, -30])
def test_a_damaged_draft_begins_anew(path: Path, at: int) -> None:
    """Whatever byte of it a card turns over, the codes are waited for again."""
    blank.taking(path).take(document())
    file = path.parent / "state" / draft.FILE
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    assert blank.taking(path).draft is None


def test_an_older_document_is_never_taken_again(path: Path) -> None:
    """A newer one takes the place of one that is not finished, and then the older is no good, over a restart too."""
    taking = blank.taking(path)
    old, new = document(version=3), document(version=4)
    assert taking.take(old) == Taken()
    assert taking.take(new) == Taken()
    assert taking.take(old) == Refused(Why.OLD_DOCUMENT)
    assert blank.taking(path).take(old) == Refused(Why.OLD_DOCUMENT)
    assert blank.taking(path).take(document(body(brokers=["other"]), version=4)) == Refused(Why.OLD_DOCUMENT)
    assert blank.taking(path).take(new) == Taken()
    assert blank.taking(path).take(document(version=5)) == Taken()


def test_nothing_older_is_taken_after_one_that_could_not_be_kept(path: Path) -> None:
    """The floor is on disk before the document: whatever ends the process between the two, an older sheet is old."""
    taking, kept = blank.taking(path), path.parent / "state" / draft.FILE
    newer = document(version=4)
    kept.mkdir()
    assert taking.take(newer) == Refused(Why.STORAGE)
    kept.rmdir()
    for again in (taking, blank.taking(path)):
        assert again.take(document(version=3)) == Refused(Why.OLD_DOCUMENT)
    assert taking.take(newer) == Taken()


def test_a_document_that_came_to_its_end_is_not_taken_again(path: Path) -> None:
    """A file that lies on the boot partition for ever asks once and not at every start, whatever became of it."""
    for version, ends in ((3, "forget"), (4, "finish")):
        taking, data = blank.taking(path), document(version=version)
        assert taking.take(data) == Taken()
        draft_of = taking.draft
        assert draft_of is not None
        if ends == "forget":
            taking.forget()
        else:
            taking.finish(draft_of)
        assert taking.take(data) == Refused(Why.OLD_DOCUMENT)
        assert blank.taking(path).take(data) == Refused(Why.OLD_DOCUMENT)


def test_a_claim_that_is_no_good_leaves_no_key(path: Path) -> None:
    """Who finds the card of a gate whose sheet was refused cannot ask in its name later."""
    taking, folder = blank.taking(path), path.parent / "state" / draft.CLAIM_FOLDER
    taking.take(document())
    folder.mkdir()
    (folder / "gate.key").write_bytes(b"secret")
    taking.forget()
    assert not list(folder.iterdir())


def test_the_same_sheet_again_keeps_what_it_has_come_to(path: Path) -> None:
    """Whoever shows it twice does not make the gate ask with another key, a second device, nor wear its card out."""
    taking, data = blank.taking(path), document()
    taking.take(data)
    before = taking.draft
    assert before is not None
    keyed = before.model_copy(update={"key": draft.new_key()})
    assert taking.advance(before, keyed)
    written = {one.name: one.stat().st_ino for one in (path.parent / "state").iterdir()}
    assert taking.take(data) == Taken()
    assert taking.draft == keyed
    assert {one.name: one.stat().st_ino for one in (path.parent / "state").iterdir()} == written


def test_what_an_overtaken_task_brings_is_dropped(path: Path) -> None:
    """A key or certificate for a document whose place was taken is kept nowhere."""
    taking = blank.taking(path)
    taking.take(document(version=3))
    old = taking.draft
    assert old is not None
    taking.take(document(version=4))
    assert not taking.advance(old, blank.certified(old))
    assert taking.draft is not None
    assert taking.draft.key is None


@pytest.mark.parametrize(("now", "why"), [(BEHIND, Why.NOT_YET_VALID), (AHEAD, Why.EXPIRED)])
def test_a_clock_that_somebody_vouches_for_judges_dates(path: Path, now: Instant, why: Why) -> None:
    """By a battery clock that is wrong by years no sheet counts, and the reason says where to look."""
    assert blank.taking(path, now).take(document()) == Refused(why)


@pytest.mark.parametrize("source", ["none", "system"])
@pytest.mark.parametrize("now", [BEHIND, AHEAD])
def test_a_clock_that_nobody_vouches_for_judges_none(path: Path, now: Instant, source: str) -> None:
    """A Pi without a battery clock wakes up in the wrong year and takes its sheet all the same."""
    assert blank.taking(path, Instant(1, now.earliest, now.latest, source)).take(document()) == Taken()


def test_a_network_is_kept_in_memory_alone(path: Path) -> None:
    """A password is handed on and stands in no file of ours."""
    taking = blank.taking(path)
    assert taking.take(OFFICE.seal(Kind.PROVISION, WIFI, audience=("*",), expires=ISSUED + 3600)) == NetworkTaken()
    assert taking.wifi is not None
    assert taking.wifi.ssid == "Kantor"
    assert list((path.parent / "state").iterdir()) == []


def test_without_a_root_nothing_is_believed(path: Path) -> None:
    """A card without the office's key has a word of its own."""
    assert blank.taking(path, root=None).take(document()) == Refused(Why.NO_ROOT)


def test_a_disk_that_fails_is_a_reason(path: Path) -> None:
    """What cannot be kept is not taken."""
    taking = blank.taking(path)
    state = path.parent / "state"
    (state / f".{draft.FILE}.new").mkdir()
    (state / f".{draft.FILE}.new" / "in-the-way").touch()
    assert taking.take(document()) == Refused(Why.STORAGE)
    assert taking.draft is None


def test_a_key_that_was_taken_back_sets_up_no_gate(path: Path) -> None:
    """The root's word about the provisioning key counts at a blank board too, where it was heard before."""
    thief = blank.taking(path, rulings=Rulings((Ruling(OFFICE.root_raw, {Role.PROVISIONING: 2}, frozenset()),)))
    assert thief.take(document()) == Refused(Why.NOT_AUTHENTIC)
    assert thief.draft is None


def test_no_bytes_raise_or_leave_anything(path: Path) -> None:
    """Whatever is shown, brought or laid on the boot partition is refused as a value."""
    taking, sound = blank.taking(path), document()

    @given(st.binary(max_size=400), st.integers(0, len(sound)))
    def attack(data: bytes, at: int) -> None:
        for bad in (data, sound[:at] + data, data + sound):
            assert isinstance(taking.take(bad), Refused) or bad == sound
        assert taking.draft is None or taking.draft.document == sound

    attack()
