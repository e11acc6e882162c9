"""Keys of the day on a gate: taken from a signed document, kept for days to come, gone with the day."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.control.desired import Held, Turned, Whose, read
from firmware.control.identity import Identity
from firmware.control.keyring import FILE, KeyRing
from firmware.control.shelf import FOLDER
from firmware.events import NEVER, Instant
from firmware.signed import area_keys, strict_json, times
from firmware.signed.area_keys import DayKey, seal_keys
from firmware.signed.envelope import EnvelopeRefusal, Kind
from provisioning.broker.certificates import DeviceCa, Holder
from tests.broker.stand import until
from tests.unit.control.reading_room import GATE, ReadingRoom
from tests.unit.signed.office import BEGINS, NOW, Office

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY_S = 86_400
OFFICE = Office()
WHOSE = Whose(OFFICE.root_raw, GATE, frozenset({"lobby"}))
KEY = ec.derive_private_key(7, ec.SECP256R1())
OTHER = ec.derive_private_key(8, ec.SECP256R1())
REFERENCE = "0123456789abcdef" * 2
CERTIFICATE = x509.load_pem_x509_certificate(DeviceCa.create().issue(Holder.GATE, GATE).certificate)


def key(day: int, byte: int | None = None) -> DayKey:
    """Make the key of a day; the first is the day that it is in these tests."""
    return DayKey(BEGINS + day * DAY_S, BEGINS + (day + 1) * DAY_S, bytes([day + 1 if byte is None else byte]) * 32)


THREE = (key(0), key(1), key(2))


def at(day: int) -> Instant:
    """Name an instant in the middle of a day."""
    noon = BEGINS + day * DAY_S + DAY_S // 2
    return Instant(1, noon, noon + 2, "test")


def sealed(
    keys: Sequence[DayKey],
    version: int = 1,
    *,
    area: str = "lobby",
    gate: str = GATE,
    to: ec.EllipticCurvePrivateKey = KEY,
) -> bytes:
    """Sign a document of these keys for one gate."""
    return OFFICE.seal(Kind.KEYS, seal_keys(area, keys, {gate: to.public_key()}), version=version)


def held(keys: Sequence[DayKey], version: int = 1, **how: object) -> Held:
    """Read it as an accepted one."""
    found = read(sealed(keys, version, **how), Kind.KEYS, WHOSE)  # type: ignore[arg-type]
    assert isinstance(found, Held)
    return found


def ring(folder: Path, area: str = "lobby", whose: Whose = WHOSE) -> KeyRing:
    """Open a gate's keyring."""
    return KeyRing(folder / FILE, whose, area, lambda: Identity(CERTIFICATE, KEY))


def test_a_pass_is_one_subject_within_a_day_and_another_the_next(tmp_path: Path) -> None:
    """Each day's own key names it, also after a restart; the file is for this gate's user alone."""
    first = ring(tmp_path)
    document = held(THREE)
    assert first.take(document, NOW) is None
    for gate in (first, ring(tmp_path)):
        assert gate.subject(REFERENCE, at(0)) == area_keys.subject(THREE[0].key, REFERENCE)
        assert gate.subject(REFERENCE, at(1)) == area_keys.subject(THREE[1].key, REFERENCE)
        assert gate.counters(NOW) == {"area_keys_days": 3, "subjects_missing": 0, "documents_keys_version": 1}
        assert gate.holds(document, NOW)
        assert gate.held is not None
        assert (gate.held.floor, gate.held.data, gate.held.document.body) == (document.floor, b"", {})
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(at(3), id="after-the-last-day"),
        pytest.param(at(-1), id="before-the-first"),
        pytest.param(Instant(1), id="without-a-clock"),
        pytest.param(Instant(1, at(0).earliest, NEVER, "none"), id="with-half-a-clock"),
    ],
)
def test_without_a_key_of_today_there_is_no_subject(tmp_path: Path, now: Instant) -> None:
    """Nobody is named by a guess, and health says how often."""
    gate = ring(tmp_path)
    gate.take(held(THREE), at(-2))
    assert gate.subject(REFERENCE, now) is None
    assert gate.counters(now) == {"area_keys_days": 0, "subjects_missing": 1, "documents_keys_version": 1}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        pytest.param(held(THREE, area="vault"), Turned.WRONG_AREA, id="of-another-area"),
        pytest.param(held(THREE, gate="gate-2"), Turned.NOT_SEALED, id="for-other-gates"),
        pytest.param(held(THREE, to=OTHER), Turned.NOT_SEALED, id="sealed-to-another-key"),
    ],
)
def test_what_is_not_for_this_gate_is_turned_down(tmp_path: Path, document: Held, why: Turned) -> None:
    """The keys that are here stay as they were."""
    gate = ring(tmp_path)
    gate.take(held(THREE), NOW)
    before = (tmp_path / FILE).read_bytes()
    assert gate.take(document, NOW) is why
    assert (tmp_path / FILE).read_bytes() == before


def test_a_body_that_breaks_its_rules_is_turned_down(tmp_path: Path) -> None:
    """What is signed and makes no sense is refused like that of any other kind."""
    found = read(OFFICE.seal(Kind.KEYS, {"say": "hello"}, version=1), Kind.KEYS, WHOSE)
    assert isinstance(found, Held)
    assert ring(tmp_path).take(found, NOW) is Turned.BAD_BODY


def test_keys_for_too_far_ahead_are_turned_down(tmp_path: Path) -> None:
    """Whoever may sign keys cannot fill a gate with those of another year."""
    assert ring(tmp_path).take(held((key(0), key(40))), NOW) is Turned.BAD_BODY


def test_an_older_document_does_not_come_back(tmp_path: Path) -> None:
    """The ring remembers by itself which version it is of, also after a restart."""
    ring(tmp_path).take(held(THREE, 3), NOW)
    assert ring(tmp_path).take(held((key(0, 9),), 2), NOW) is EnvelopeRefusal.ROLLED_BACK


def test_a_disk_that_fails_changes_nothing(tmp_path: Path) -> None:
    """What cannot be written is not in force; the keys that were there are, also after a restart."""
    gate = ring(tmp_path)
    gate.take(held(THREE), NOW)
    (tmp_path / f".{FILE}.new").mkdir()
    with pytest.raises(OSError, match=FILE):
        gate.take(held((key(0, 9),), 2), NOW)
    for one in (gate, ring(tmp_path)):
        assert one.subject(REFERENCE, at(0)) == area_keys.subject(THREE[0].key, REFERENCE)


def test_the_key_of_a_day_that_is_over_is_gone_from_the_disk(tmp_path: Path) -> None:
    """The file that is replaced holds zeros, and no file of the gate holds the key in any spelling."""
    gate = ring(tmp_path)
    gate.take(held(THREE), NOW)
    old = (tmp_path / FILE).open("rb")
    assert spellings(THREE[0])[1] in old.read()
    assert gate.expire(at(0)) is False
    assert gate.expire(at(1)) is True
    old.seek(0)
    assert set(old.read()) == {0}
    old.close()
    for path in tmp_path.rglob("*"):
        assert not any(spelled in path.read_bytes() for spelled in spellings(THREE[0]))
    assert gate.span == (THREE[1].begins, THREE[2].ends)
    assert gate.told() == {"keys_version": 1, "keys_from": times.render(THREE[1].begins)}
    assert gate.counters(at(1))["area_keys_days"] == 2


def spellings(one: DayKey) -> tuple[bytes, ...]:
    """Write a key in every way that a file could hold it."""
    return one.key, strict_json.to_base64url(one.key).encode(), one.key.hex().encode()


def test_a_change_that_was_cut_short_leaves_nothing(tmp_path: Path) -> None:
    """What lies beside the file after a power cut is wiped at the next start."""
    left = tmp_path / f".{FILE}.new"
    left.write_bytes(b"keys")
    same = left.open("rb")
    ring(tmp_path)
    assert (same.read(), left.exists()) == (bytes(4), False)
    same.close()


def test_a_later_document_adds_days_and_outranks_the_same_day(tmp_path: Path) -> None:
    """Days that it does not speak of stay; of its own days the newer key counts."""
    gate = ring(tmp_path)
    gate.take(held(THREE[:2]), NOW)
    gate.take(held((key(1, 9), key(2, 9)), 2), NOW)
    names = [gate.subject(REFERENCE, at(day)) for day in range(3)]
    assert names == [area_keys.subject(bytes([byte]) * 32, REFERENCE) for byte in (1, 9, 9)]


def test_what_was_lost_is_taken_again_from_the_same_document(tmp_path: Path) -> None:
    """A document is done with only as long as all that it still has to give is here."""
    gate = ring(tmp_path)
    document = held(THREE)
    gate.take(document, NOW)
    assert gate.holds(document, NOW)
    gate.expire(at(2))
    assert gate.holds(document, at(2))
    assert not gate.holds(document, NOW)
    assert not gate.holds(held(THREE, 2), at(2))


@pytest.mark.parametrize(
    ("area", "whose"),
    [
        pytest.param("vault", WHOSE, id="another-area"),
        pytest.param("lobby", replace(WHOSE, root=Office().root_raw), id="another-root"),
    ],
)
def test_keys_of_elsewhere_do_not_count(tmp_path: Path, area: str, whose: Whose) -> None:
    """A gate that was moved, or given another root, begins without keys."""
    ring(tmp_path).take(held(THREE), NOW)
    gate = ring(tmp_path, area, whose)
    assert (gate.subject(REFERENCE, at(0)), gate.held) == (None, None)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"days":[]}', b"\xff" * 100, b"x" * 100_000])
def test_a_damaged_file_is_an_empty_ring(tmp_path: Path, data: bytes) -> None:
    """Whatever the bytes are, the gate starts, and takes keys anew."""
    (tmp_path / FILE).write_bytes(data)
    gate = ring(tmp_path)
    assert gate.held is None
    assert gate.take(held(THREE), NOW) is None
    assert gate.subject(REFERENCE, at(0)) is not None


def test_every_byte_of_the_file_counts(tmp_path: Path) -> None:
    """Whatever byte a card turns over: no subject rather than one that no desk can find, or that needs no key."""
    ring(tmp_path).take(held(THREE), NOW)
    whole = (tmp_path / FILE).read_bytes()
    for at_byte in range(len(whole)):
        (tmp_path / FILE).write_bytes(whole[:at_byte] + bytes([whole[at_byte] ^ 1]) + whole[at_byte + 1 :])
        damaged = ring(tmp_path)
        assert (damaged.subject(REFERENCE, at(0)), damaged.span) == (None, None)
    assert ring(tmp_path).take(held(THREE), NOW) is None
    assert ring(tmp_path).subject(REFERENCE, at(0)) is not None


def test_a_withdrawn_document_takes_every_key_with_it(tmp_path: Path) -> None:
    """Operations can end what a lost key would tell."""
    gate = ring(tmp_path)
    gate.take(held(THREE), NOW)
    found = read(OFFICE.seal(Kind.KEYS, {"withdrawn": True}, version=2), Kind.KEYS, WHOSE)
    assert isinstance(found, Held)
    assert gate.take(found, NOW) is None
    assert gate.subject(REFERENCE, at(0)) is None
    assert gate.holds(found, NOW)
    assert (gate.span, ring(tmp_path).span) == (None, None)


def test_the_end_of_the_keys_is_known_when_they_are_gone(tmp_path: Path) -> None:
    """A gate whose last day is over says so, also after a restart; one day that is missing ends the span."""
    assert ring(tmp_path).span is None
    gate = ring(tmp_path)
    gate.take(held((key(0), key(1), key(3))), NOW)
    assert gate.span == (key(0).begins, key(1).ends)
    gate.expire(at(9))
    assert [one.span for one in (gate, ring(tmp_path))] == [(key(3).ends, key(3).ends)] * 2


def test_a_gate_takes_its_keys_from_the_broker(tmp_path: Path) -> None:
    """The library judges, takes, reports and refuses them as it does any other kind, and keeps no sealed text."""
    issued = DeviceCa.create().issue(Holder.GATE, GATE)
    (tmp_path / "gate.crt").write_bytes(issued.certificate)
    (tmp_path / "gate.key").write_bytes(issued.key)
    (tmp_path / "gate.key").chmod(0o600)
    more = f'[mqtt]\nhost = "broker"\ncertificate = "{tmp_path}/gate.crt"\nkey = "{tmp_path}/gate.key"\n'
    public = x509.load_pem_x509_certificate(issued.certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    with ReadingRoom(tmp_path, OFFICE, more=more) as room:
        body = seal_keys("lobby", THREE, {GATE: public})
        document = OFFICE.seal(Kind.KEYS, body, version=5)
        room.desire(document, Kind.KEYS)
        room.wait(Kind.KEYS, state="applied", version=5)
        assert room.changes == 1
        assert room.library.counters()["area_keys_days"] == 3
        assert room.library.counters()["documents_keys_version"] == 5
        room.desire(OFFICE.seal(Kind.KEYS, body, version=4), Kind.KEYS)
        room.wait(Kind.KEYS, reason="rolled_back", version=5)
        room.desire(sealed(THREE, 6, gate="gate-2"), Kind.KEYS)
        room.wait(Kind.KEYS, reason="not_sealed", version=5)
        room.clock.ms += DAY_S * 1000
        room.library.link_changed(up=True)
        assert until(lambda: room.changes == 2)
        assert room.library.counters()["area_keys_days"] == 2
    stored = [path.name for path in (tmp_path / "state" / FOLDER).iterdir()]
    assert sorted(stored) == sorted([FILE, "floors.json"])
    later = ReadingRoom(tmp_path, OFFICE, more=more)
    later.clock.ms += DAY_S * 1000
    with later:
        later.desire(document, Kind.KEYS)
        later.wait(Kind.KEYS, state="applied", version=5)
        assert later.changes == 0
