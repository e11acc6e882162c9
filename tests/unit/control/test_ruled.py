"""The root's word at a gate: what it takes out of force, what holds instead, and that it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.control.ruled import FILE, Ruled
from firmware.events import Alarm, Instant
from firmware.signed import cose, strict_json, times
from firmware.signed.command import CommandRefusal, Turned
from firmware.signed.envelope import Kind
from firmware.signed.fields import MAX_VERSION
from firmware.signed.orders import Here, read_order
from firmware.signed.warrant import Role, render_root
from firmware.signed.words import way
from tests.broker.stand import until
from tests.unit.control.reading_room import GATE, POLICY, ReadingRoom
from tests.unit.control.test_trial import LONGER, Run, start
from tests.unit.signed.office import ENDS, EXPIRES, ISSUED, NOW, Office, raw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


FALLEN = {(Alarm.SIGNER_REVOKED, "policy")}


def word(office: Office, version: int = 1, **said: object) -> bytes:
    """What an office's root says of its keys."""
    body: dict[str, object] = {"least_serials": {}, "revoked": []}
    return office.seal(Kind.AUTHORITY, body | said, version=version)


WORD = word(Office(), predecessor=strict_json.to_base64url(word(Office())))


def named(office: Office, succeeds: int) -> dict[str, object]:
    """Name an office's root as the successor."""
    return {"root": strict_json.to_base64url(office.root_raw), "from": times.render(succeeds)}


def policy(office: Office, version: int, whose: str = "*", *, serial: int = 1) -> bytes:
    """A policy under a warrant of some serial."""
    warranted = office.warrant(Role.POLICY, serial=serial)
    return office.seal(Kind.POLICY, {**POLICY}, version=version, audience=(whose,), warranted=warranted)


def test_after_a_rotation_a_first_version_outranks_a_thiefs_last(tmp_path: Path) -> None:
    """The highest version there is locks nobody out: the newer warrant counts, over a start too, and is not undone."""
    thief = Office()
    office = thief.rotate(Role.POLICY)
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(thief, MAX_VERSION))
        room.wait(version=MAX_VERSION)
        room.desire(policy(office, 1, serial=2))
        room.wait(state="applied", version=1)
        room.desire(policy(thief, MAX_VERSION))
        room.wait(state="rejected", reason="rolled_back", version=1)
    with ReadingRoom(tmp_path, office) as again:
        assert again.library.lists().rules.version == 1
        again.desire(policy(thief, MAX_VERSION))
        again.wait(state="rejected", reason="rolled_back", version=1)


@pytest.mark.parametrize("by", ["serial", "key"])
def test_what_a_revoked_key_has_signed_is_out_of_force_at_once(tmp_path: Path, by: str) -> None:
    """Nobody enters by it from then on, after a start neither, until the role's new key has signed another."""
    thief = Office()
    office = thief.rotate(Role.POLICY)
    key_id = cose.key_id(raw(thief.keys[Role.POLICY])).hex()
    said = word(office, least_serials={"policy": 2}) if by == "serial" else word(office, revoked=[key_id])
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(thief, 5))
        room.wait(version=5)
        room.desire(said, Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, state="applied", version=1)
        assert until(lambda: not room.reported())
        assert room.library.lists().rules.policy is None
        assert room.library.wrong() == FALLEN
        assert room.changes == 2
        room.desire(policy(thief, 6))
        room.wait(state="rejected", reason="warrant_revoked")
    with ReadingRoom(tmp_path, office) as again:
        assert again.library.lists().rules.policy is None
        again.wait(Kind.AUTHORITY, state="applied", version=1)
        again.desire(policy(office, 1, serial=2))
        again.wait(state="applied", version=1)
        assert again.library.wrong() == frozenset()
        assert again.library.lists().rules.version == 1


def test_a_wider_document_of_a_key_that_stands_holds_instead(tmp_path: Path) -> None:
    """Where the gate's own policy falls its group's counts, and the gate's own file where it has none."""
    thief = Office()
    office = thief.rotate(Role.POLICY)
    with ReadingRoom(tmp_path, office) as room:
        room.desire(policy(office, 3, "_group/east", serial=2), group="east")
        room.wait(version=3)
        room.desire(policy(thief, 4, GATE))
        room.wait(version=4)
        room.desire(word(office, least_serials={"policy": 2}), Kind.AUTHORITY)
        room.wait(state="applied", version=3)
        assert room.library.lists().rules.version == 3
        assert room.library.wrong() == frozenset()


def test_a_file_of_a_revoked_key_falls_too(tmp_path: Path) -> None:
    """What a technician brought is a document like any other, and the note for whoever checks the gate says so."""
    office = Office()
    (tmp_path / "policy.cose").write_bytes(policy(office, 5))
    with ReadingRoom(tmp_path, office) as room:
        assert room.library.lists().rules.version == 5
        room.desire(word(office, least_serials={"policy": 2}), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, version=1)
        assert until(lambda: room.library.wrong() == FALLEN)
        assert any("warrant_revoked" in line for line in room.library.lists().problems)
        note = room.library.ruled.note() or ""
        assert note.endswith("0 keys taken back, policy from serial 2 on")


def test_a_key_that_issued_passes_is_in_no_trust_list_any_more(tmp_path: Path) -> None:
    """The root takes a passes key back though the trust list that names it stays in force."""
    office = Office()
    keys = [raw(office.keys[role]) for role in (Role.PASSES, Role.UPDATES)]
    entries = [
        {
            "kid": strict_json.to_base64url(cose.key_id(key)),
            "alg": "EdDSA",
            "key": strict_json.to_base64url(key),
            "classes": ["staff"],
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2027-01-01T00:00:00Z",
        }
        for key in keys
    ]
    with ReadingRoom(tmp_path, office) as room:
        room.desire(office.seal(Kind.TRUST, {"issuers": [{"name": "Hall", "keys": entries}]}), Kind.TRUST)
        room.wait(Kind.TRUST, version=5)
        assert len(room.library.lists().trust.keys) == 2
        room.desire(word(office, revoked=[cose.key_id(keys[0]).hex()]), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, version=1)
        assert until(lambda: len(room.library.lists().trust.keys) == 1)
        assert room.library.lists().trust.keys[0].key_id == cose.key_id(keys[1])


def test_a_configuration_of_a_revoked_key_is_taken_back_by_a_start(tmp_path: Path) -> None:
    """The gate ends when nobody is passing and goes by its file again."""
    office = Office()
    with Run(tmp_path, office) as first:
        first.config(LONGER, 2)
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        second.later(60)
        second.wait(Kind.CONFIG, state="applied", version=2)
    with Run(tmp_path, office) as third:
        assert third.effective.config.door.unlock_ms == 7000
        third.desire(word(office, least_serials={"config": 2}), Kind.AUTHORITY)
        assert until(lambda: third.restarts > 0)
    assert start(tmp_path, office).config.door.unlock_ms == 5000


FALSE: dict[str, tuple[str, Callable[[Office], bytes]]] = {
    "an older word": ("rolled_back", lambda office: word(office, 4)),
    "another word of the same version": ("version_reused", lambda office: word(office, 5, revoked=["0a" * 8])),
    "another root's": ("unknown_root", lambda _: word(Office(), 9)),
    "a role's key": (
        "wrong_role",
        lambda office: office.forge(
            strict_json.render(
                {
                    "kind": "authority",
                    "version": 9,
                    "audience": ["*"],
                    "issued": times.render(ISSUED),
                    "expires": times.render(EXPIRES),
                    "body": {"least_serials": {}, "revoked": []},
                }
            ),
            Kind.AUTHORITY,
            Role.TRUST,
        ),
    ),
    "a body of more": ("bad_body", lambda office: word(office, 9, until="x")),
    "a withdrawal": ("bad_body", lambda office: office.seal(Kind.AUTHORITY, {"withdrawn": True}, version=9)),
    "of tomorrow": (
        "not_yet_valid",
        lambda office: office.seal(
            Kind.AUTHORITY, {"least_serials": {}, "revoked": []}, version=9, issued=ISSUED + 5000, expires=ENDS
        ),
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_word_changes_nothing(tmp_path: Path, name: str) -> None:
    """It is refused with its reason, and what the root said before holds on."""
    why, make = FALSE[name]
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        room.desire(word(office, 5, least_serials={"trust": 2}), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, version=5)
        room.desire(make(office), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, state="rejected", reason=why, version=5)
        assert [one.ruling.least_serials for one in room.library.ruled.said] == [{Role.TRUST: 2}]


def test_a_word_that_was_brought_as_a_file_stays_though_the_file_goes(tmp_path: Path) -> None:
    """A gate without a broker hears of it by a card, and an older card later takes nothing back."""
    office = Office()
    (tmp_path / FILE).write_bytes(word(office, 3, least_serials={"policy": 2}))
    with ReadingRoom(tmp_path, office) as room:
        room.wait(Kind.AUTHORITY, state="applied", version=3)
        room.desire(policy(office, 5))
        room.wait(state="rejected", reason="warrant_revoked")
    (tmp_path / FILE).write_bytes(word(office, 2))
    with ReadingRoom(tmp_path, office) as again:
        assert again.library.in_force(Kind.AUTHORITY) is not None
        again.wait(Kind.AUTHORITY, state="applied", version=3)
    (tmp_path / FILE).unlink()
    with ReadingRoom(tmp_path, office) as last:
        last.wait(Kind.AUTHORITY, state="applied", version=3)


def test_the_root_that_follows_takes_over_on_its_day(tmp_path: Path) -> None:
    """Both roots are believed until then; afterwards the new one is, also where its key is pinned at last."""
    old, new = Office(), Office()
    with ReadingRoom(tmp_path, old) as room:
        room.desire(policy(new, 1, serial=2))
        room.wait(state="rejected", reason="unknown_root")
        room.desire(word(old, successor=named(new, NOW.earliest + 500)), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, version=1)
        room.desire(policy(old, 9))
        room.wait(state="applied", version=9)
        room.desire(policy(new, 1, serial=2))
        room.wait(state="applied", version=1)
        room.clock.ms += 500_000
        room.desire(policy(old, 99, serial=3))
        room.wait(state="rejected", reason="unknown_root", version=1)
        room.desire(word(new, 1, least_serials={"trust": 2}), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, state="applied", version=1)
        assert until(lambda: len(room.library.ruled.said) == 2)
    with ReadingRoom(tmp_path, old) as again:
        assert again.library.lists().rules.version == 1
        assert [one.ruling.root for one in again.library.ruled.said] == [old.root_raw, new.root_raw]
    with ReadingRoom(tmp_path, new) as pinned:
        assert pinned.library.lists().rules.version == 1
        assert [one.ruling.root for one in pinned.library.ruled.said] == [new.root_raw]


def test_one_word_leads_a_gate_that_has_heard_none_to_the_root_that_follows(tmp_path: Path) -> None:
    """It encloses the word that names it; with a stranger's word in it, or around it, it leads nobody."""
    old, new, stranger = Office(), Office(), Office()
    enclosed = strict_json.to_base64url(word(old, successor=named(new, NOW.earliest + 500)))
    with ReadingRoom(tmp_path, old) as room:
        by_stranger = word(stranger, successor=named(new, NOW.earliest + 500))
        room.desire(word(new, predecessor=strict_json.to_base64url(by_stranger)), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, state="rejected", reason="unknown_root", version=0)
        room.desire(word(stranger, 3, predecessor=enclosed), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, state="rejected", reason="unknown_root", version=1)
        room.desire(word(new, 2, predecessor=enclosed), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, state="applied", version=2)
        room.desire(policy(new, 1, serial=2))
        room.wait(state="applied", version=1)
    other = tmp_path / "other"
    other.mkdir()
    (other / FILE).write_bytes(word(new, 2, predecessor=enclosed))
    with ReadingRoom(other, old) as brought:
        brought.desire(policy(new, 1, serial=2))
        brought.wait(state="applied", version=1)


def test_a_word_that_is_lost_from_the_disk_is_told_until_it_comes_again(tmp_path: Path) -> None:
    """A damaged card makes nobody forget in silence that there was one; an older one does not take its place."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        room.desire(word(office, 3, least_serials={"policy": 2}), Kind.AUTHORITY)
        room.wait(Kind.AUTHORITY, version=3)
    (kept,) = (tmp_path / "state" / "documents").glob("authority-*")
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    with ReadingRoom(tmp_path, office) as again:
        assert again.library.wrong() == {(Alarm.LIST_UNUSABLE, "authority")}
        again.desire(word(office, 2), Kind.AUTHORITY)
        again.wait(Kind.AUTHORITY, reason="rolled_back")
        again.desire(word(office, 3, least_serials={"policy": 2}), Kind.AUTHORITY)
        again.wait(Kind.AUTHORITY, state="applied", version=3)
        assert until(lambda: again.library.wrong() == frozenset())


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 255))
def test_no_bytes_at_all_raise_on_the_way_to_a_root(noise: bytes, at: int, byte: int) -> None:
    """Noise, and a sound word of which any byte is another, lead to themselves or to what they enclose."""
    sound = WORD[:at] + bytes([byte]) + WORD[at + 1 :]
    assert way(noise) == (noise,)
    assert way(sound)[-1] == sound


def test_a_gate_without_a_root_listens_to_nobody(tmp_path: Path) -> None:
    """Without a pinned root no word counts, whoever signed it, and nothing is raised."""
    (tmp_path / FILE).write_bytes(word(Office()))
    for root in (None, Office().root_raw):
        ruled = Ruled(tmp_path, tmp_path / FILE, GATE, root)
        assert (ruled().known, ruled.note(), ruled.in_force) == ((), None, None)


def test_an_operator_who_was_taken_back_commands_nothing(tmp_path: Path) -> None:
    """The order is sound but for its signer, and answered to nobody: who signed it is believed nothing."""
    office = Office()
    (tmp_path / "root.pub").write_bytes(render_root(office.root_raw))
    (tmp_path / FILE).write_bytes(word(office, revoked=[cose.key_id(raw(office.keys[Role.COMMANDS])).hex()]))
    ruled = Ruled(tmp_path, tmp_path / FILE, GATE, office.root_raw)
    here = Here(GATE, frozenset(), office.root_raw, "0a" * 16, Instant(1, ISSUED, ISSUED, "test"), ruled())
    found = read_order(office.seal(Kind.COMMAND, version=ISSUED), "health", None, here)
    assert found == Turned(CommandRefusal.WARRANT_REVOKED, "health")
