"""What a root says of the keys under it: who may say it, how it reads, and whose warrants count afterwards."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import Instant
from firmware.signed import cose, strict_json, warrant
from firmware.signed.envelope import AAD_PREFIX, ROLE_OF, WARRANT, Document, EnvelopeRefusal, Kind, open_envelope
from firmware.signed.fields import MAX_VERSION
from firmware.signed.ruling import MOST_REVOKED, MOST_ROOTS, SILENT, Ruling, Rulings, read_ruling
from firmware.signed.warrant import GRANTED, Role, Warrant
from tests.unit.signed.office import BEGINS, ENDS, GATE, ISSUED, NOW, Office, payload, raw

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS = ("least_serials", "revoked", "successor", "predecessor", "root", "from", "trust", "policy", "x")
OLD, NEW, STRANGER = Office(), Office(), Office()
SILENCE: dict[str, object] = {"least_serials": {}, "revoked": []}


def ids(*keys: bytes) -> frozenset[bytes]:
    """The ids of raw keys."""
    return frozenset(cose.key_id(key) for key in keys)


def succession(succeeds: int, *more: Ruling) -> Rulings:
    """The old root has named the new one."""
    return Rulings((Ruling(OLD.root_raw, {}, frozenset(), NEW.root_raw, succeeds), *more))


def opened(data: bytes, kind: Kind, rulings: Rulings, now: Instant | None = NOW) -> Document | EnvelopeRefusal:
    """Open as a gate that pins the old root."""
    return open_envelope(data, kind, root=OLD.root_raw, gate=GATE, now=now, rulings=rulings)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.AUTHORITY])
@pytest.mark.parametrize("by", ["key", "serial"])
def test_a_key_that_is_taken_back_signs_nothing_any_more(kind: Kind, by: str) -> None:
    """Whatever its version and whoever it was given to, each kind is refused with the one word."""
    role = ROLE_OF[kind]
    key = frozenset(ids(raw(OLD.keys[role]))) if by == "key" else frozenset()
    rulings = Rulings((Ruling(OLD.root_raw, {} if by == "key" else {role: 2}, key),))
    data = OLD.seal(kind, version=MAX_VERSION)
    assert isinstance(opened(data, kind, SILENT), Document)
    assert opened(data, kind, rulings) is EnvelopeRefusal.WARRANT_REVOKED


def test_the_least_serial_itself_counts() -> None:
    """A warrant of the serial that is named, and of any later one, stays good."""
    rulings = Rulings((Ruling(OLD.root_raw, {Role.POLICY: 2}, frozenset()),))
    for serial, counts in ((1, False), (2, True), (3, True)):
        data = OLD.seal(warranted=OLD.warrant(Role.POLICY, serial=serial))
        assert isinstance(opened(data, Kind.POLICY, rulings), Document) is counts


def test_what_the_roots_own_key_signs_is_no_matter_of_serials() -> None:
    """The root sets the time's floor by a warrant for itself, whose serial is that of no role's key."""
    own = Warrant(Role.TIME, OLD.root_raw, BEGINS, ENDS, 1, OLD.root_raw)
    assert not Rulings((Ruling(OLD.root_raw, {Role.TIME: 9}, frozenset()),)).revoked(own)


def by_role_key() -> bytes:
    """The trust key calls itself the root's."""
    enclosed = OLD.warrant(Role.TRUST)
    text = payload(kind="authority", body=SILENCE)
    return cose.sign(text, OLD.keys[Role.TRUST], AAD_PREFIX + b"authority", {WARRANT: enclosed})


def warrant_for_another() -> bytes:
    """Even the root cannot grant its own role to another key."""
    claimed = {
        "role": "root",
        "key": strict_json.to_base64url(raw(OLD.keys[Role.TRUST])),
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2027-01-01T00:00:00Z",
        "serial": 1,
        "root": strict_json.to_base64url(OLD.root_raw),
    }
    enclosed = cose.sign(strict_json.render(claimed), OLD.root, warrant.AAD)
    text = payload(kind="authority", body=SILENCE)
    return cose.sign(text, OLD.keys[Role.TRUST], AAD_PREFIX + b"authority", {WARRANT: enclosed})


FALSE: dict[str, tuple[Callable[[], bytes], EnvelopeRefusal]] = {
    "a role's key": (by_role_key, EnvelopeRefusal.WRONG_ROLE),
    "a key that the root granted its own role": (warrant_for_another, EnvelopeRefusal.BAD_WARRANT),
    "a stranger's root": (lambda: STRANGER.seal(Kind.AUTHORITY, SILENCE), EnvelopeRefusal.UNKNOWN_ROOT),
    "the root, as another kind": (
        lambda: OLD.forge(payload(kind="policy"), Kind.POLICY, Role.ROOT),
        EnvelopeRefusal.WRONG_KIND,
    ),
    "a policy that says it is the root's word": (
        lambda: OLD.forge(payload(kind="policy"), Kind.AUTHORITY, Role.ROOT),
        EnvelopeRefusal.BAD_PAYLOAD,
    ),
}


@pytest.mark.parametrize("false", FALSE)
def test_only_the_root_speaks_for_the_root(false: str) -> None:
    """An authority document is believed from the root's own key under its own word, and from nobody else."""
    make, refusal = FALSE[false]
    assert opened(make(), Kind.AUTHORITY, SILENT) is refusal


BAD_BODIES: dict[str, dict[str, object]] = {
    "nothing": {},
    "a role nobody has": {"least_serials": {"mayor": 2}, "revoked": []},
    "the root's own serial": {"least_serials": {"root": 2}, "revoked": []},
    "serial zero": {"least_serials": {"trust": 0}, "revoked": []},
    "a serial of text": {"least_serials": {"trust": "2"}, "revoked": []},
    "the root itself": {"least_serials": {}, "revoked": [cose.key_id(OLD.root_raw).hex()]},
    "an id in capitals": {"least_serials": {}, "revoked": ["0A" * 8]},
    "a short id": {"least_serials": {}, "revoked": ["0a"]},
    "too many": {"least_serials": {}, "revoked": ["0a" * 8] * (MOST_REVOKED + 1)},
    "a member more": {**SILENCE, "until": "2027-01-01T00:00:00Z"},
    "a successor that is no key": {**SILENCE, "successor": {"root": "AA", "from": "2027-01-01T00:00:00Z"}},
    "a successor without a day": {**SILENCE, "successor": {"root": strict_json.to_base64url(NEW.root_raw)}},
    "itself as successor": {
        **SILENCE,
        "successor": {"root": strict_json.to_base64url(OLD.root_raw), "from": "2027-01-01T00:00:00Z"},
    },
}


@pytest.mark.parametrize("bad", BAD_BODIES)
def test_a_body_that_breaks_its_rules_means_nothing(bad: str) -> None:
    """Each mistake is told, and no ruling comes of it."""
    assert not isinstance(read_ruling(BAD_BODIES[bad], OLD.root_raw), Ruling)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=5))
def test_no_body_at_all_raises(body: dict[str, object]) -> None:
    """Whatever a root signs as its word is a ruling or a list of mistakes."""
    found = read_ruling(body, OLD.root_raw)
    assert isinstance(found, Ruling) or found


def test_a_ruling_survives_being_written_and_read() -> None:
    """Serials, key ids and successor come back as they were said."""
    said = Ruling(OLD.root_raw, dict.fromkeys(GRANTED, 7), ids(b"a", b"b"), NEW.root_raw, ENDS)
    assert read_ruling(said.body(), OLD.root_raw) == said


def test_before_its_day_both_roots_count_and_afterwards_the_new_one_alone() -> None:
    """The old root's end is judged by the gate's time, and never where no time comes in."""
    old, new = OLD.seal(), NEW.seal()
    early, late = succession(NOW.earliest + 1), succession(NOW.earliest)
    assert isinstance(opened(new, Kind.POLICY, early), Document)
    assert isinstance(opened(old, Kind.POLICY, early), Document)
    assert isinstance(opened(new, Kind.POLICY, late), Document)
    assert opened(old, Kind.POLICY, late) is EnvelopeRefusal.UNKNOWN_ROOT
    assert isinstance(opened(old, Kind.POLICY, late, None), Document)
    assert isinstance(opened(old, Kind.POLICY, late, Instant(1)), Document)


def test_a_successor_counts_only_by_the_word_of_the_root_before_it() -> None:
    """Who is named by a stranger, or by the new root alone, is nobody."""
    by_stranger = Rulings((Ruling(STRANGER.root_raw, {}, frozenset(), NEW.root_raw, BEGINS),))
    assert opened(NEW.seal(), Kind.POLICY, by_stranger) is EnvelopeRefusal.UNKNOWN_ROOT
    assert isinstance(opened(OLD.seal(), Kind.POLICY, by_stranger), Document)


def test_once_the_new_root_has_spoken_the_old_one_names_no_other() -> None:
    """A thief of the old root can no longer lead gates elsewhere; what else the old root signs counts until its day."""
    spoken = succession(NOW.earliest + 1, Ruling(NEW.root_raw, {}, frozenset()))
    word = OLD.seal(Kind.AUTHORITY, SILENCE, version=MAX_VERSION)
    assert isinstance(opened(word, Kind.AUTHORITY, succession(NOW.earliest + 1)), Document)
    assert opened(word, Kind.AUTHORITY, spoken) is EnvelopeRefusal.WARRANT_REVOKED
    assert isinstance(opened(OLD.seal(), Kind.POLICY, spoken), Document)


def test_the_new_root_takes_back_keys_of_the_old_one_by_their_ids() -> None:
    """A key that is stolen between the two days is not lost to both."""
    key = raw(OLD.keys[Role.POLICY])
    rulings = succession(NOW.earliest + 1, Ruling(NEW.root_raw, {}, ids(key)))
    assert opened(OLD.seal(), Kind.POLICY, rulings) is EnvelopeRefusal.WARRANT_REVOKED


def test_a_way_of_roots_has_an_end() -> None:
    """Roots that follow each other in a circle, or without end, are no more than a few."""
    circle = succession(ENDS, Ruling(NEW.root_raw, {}, frozenset(), OLD.root_raw, ENDS))
    assert circle.roots(OLD.root_raw, NOW) == (OLD.root_raw, NEW.root_raw)
    many = [bytes([number]) * 32 for number in range(MOST_ROOTS + 3)]
    endless = Rulings(tuple(Ruling(a, {}, frozenset(), b, ISSUED) for a, b in pairwise(many)))
    assert endless.roots(many[0], None) == tuple(many[:MOST_ROOTS])
    assert endless.roots(many[0], NOW) == (many[MOST_ROOTS - 1],)


def test_the_newest_word_of_a_root_stands_alone() -> None:
    """What an earlier word took back and a later one does not name counts again: the root has the last word."""
    first = Ruling(OLD.root_raw, {Role.POLICY: 5}, ids(b"a"))
    assert SILENT.heard(first).heard(Ruling(OLD.root_raw, {}, frozenset())).known == (
        Ruling(OLD.root_raw, {}, frozenset()),
    )
