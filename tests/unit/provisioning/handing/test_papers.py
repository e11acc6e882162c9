"""Papers: the ledger knows them before anybody has them, a gate takes them, and who may have none gets none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.signed import claim
from provisioning.broker.certificates import DeviceCa
from provisioning.fleet.lifecycle import State
from provisioning.handing.papers import Desk, Terms, Wanted
from provisioning.mistake import OperatorError
from tests.unit.provisioning.handing.room import NOW, body_of, open_authority, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provisioning.fleet.ledger import Ledger
    from tests.unit.provisioning.handing.room import Room

DAY_S = 86_400
WANTED = Wanted("north-1", ("mqtt.example:8883",), {"gate": {"area": "hall"}}, approved=True)
TERMS = Terms(NOW, 14 * DAY_S, "ayu")


@pytest.fixture
def ledger(room: Room) -> Iterator[Ledger]:
    """Open the ledger."""
    opened = room.open_ledger()
    yield opened
    opened.close()


@pytest.fixture
def desk(room: Room, ledger: Ledger) -> Desk:
    """Open the desk."""
    return Desk(open_authority(room.folder / "a", None), DeviceCa.load(room.folder / "ca"), None, ledger)


def test_papers_are_what_a_gate_takes_and_what_the_ledger_knows(room: Room, desk: Desk, ledger: Ledger) -> None:
    """Claim, certificate and end are the same in the codes, in the ledger and in what is answered."""
    papers = desk.hand_out(WANTED, TERMS)
    found = opened([code.encode() for code in papers.codes], room.root, NOW)
    body = body_of(found)
    assert (body.gate, body.brokers, body.config) == ("north-1", ["mqtt.example:8883"], {"gate": {"area": "hall"}})
    assert (found.version, found.digest, found.expires) == (papers.version, papers.digest, papers.expires)
    (known,) = ledger.claims(NOW)
    assert (known.id, known.gate, known.expires, known.used) == (body.claim.id, "north-1", papers.expires, None)
    standing = ledger.gates()["north-1"]
    assert (standing.state, standing.document_version) == (State.ISSUED, papers.version)
    assert {row.by for row in ledger.history("north-1")} == {"ayu"}


def test_a_claims_certificate_is_a_clients_for_as_long_as_the_papers(room: Room, desk: Desk) -> None:
    """Its name is the claim's, its key the seed's, and the broker lets nobody in with it after the end."""
    papers = desk.hand_out(WANTED, TERMS)
    body = body_of(opened([code.encode() for code in papers.codes], room.root, NOW))
    certificate = x509.load_der_x509_certificate(body.claim.certificate)
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert name.value == f"claim:north-1:{papers.claim_id}"
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.public_key() == claim.claim_key(body.claim.seed, "north-1").public_key()
    assert int(certificate.not_valid_after_utc.timestamp()) == papers.expires
    assert papers.expires % 60 == 0
    assert NOW + 14 * DAY_S - 60 < papers.expires <= NOW + 14 * DAY_S


def test_new_papers_make_the_old_ones_void(desk: Desk, ledger: Ledger) -> None:
    """The version grows, and the ledger knows the newer claim alone."""
    first = desk.hand_out(WANTED, TERMS)
    second = desk.hand_out(WANTED, Terms(NOW + 5, 14 * DAY_S, "ayu", again=True))
    assert second.version > first.version
    assert [one.id for one in ledger.claims(NOW)] == [second.claim_id]
    assert ledger.claim(first.claim_id) is None


def to(state: State, ledger: Ledger) -> None:
    """Bring the gate to a state on the shortest way."""
    ways = {
        State.REQUESTED: (),
        State.APPROVED: (State.APPROVED,),
        State.ISSUED: (State.APPROVED, State.ISSUED),
        State.INSTALLED: (State.APPROVED, State.ISSUED, State.INSTALLED),
        State.ACTIVE: (State.APPROVED, State.ISSUED, State.INSTALLED, State.ACTIVE),
        State.RETIRED: (State.RETIRED,),
    }
    ledger.enter("north-1", by="test", at=NOW)
    for each in ways[state]:
        ledger.move("north-1", each, by="test", why="", at=NOW)


ANEW = Terms(NOW, 14 * DAY_S, "ayu", again=True)
UNPLANNED = Wanted("north-1", WANTED.brokers, WANTED.config)
MAY = [
    (State.REQUESTED, UNPLANNED, TERMS, "is not approved"),
    (State.REQUESTED, WANTED, TERMS, None),
    (State.APPROVED, UNPLANNED, TERMS, None),
    (State.ISSUED, WANTED, TERMS, "has papers already"),
    (State.ISSUED, WANTED, ANEW, None),
    (State.INSTALLED, WANTED, TERMS, "is installed"),
    (State.ACTIVE, WANTED, TERMS, "is active"),
    (State.ACTIVE, WANTED, ANEW, None),
    (State.RETIRED, WANTED, ANEW, "is retired"),
]


@pytest.mark.parametrize("case", MAY, ids=lambda case: f"{case[0]}-{case[3]}")
def test_who_may_have_papers(case: tuple[State, Wanted, Terms, str | None], desk: Desk, ledger: Ledger) -> None:
    """Each state of a gate, planned and approved or not, wanted anew or not; a refusal leaves the ledger as it was."""
    state, wanted, terms, line = case
    to(state, ledger)
    before = ledger.history("north-1")
    if line is None:
        desk.hand_out(wanted, terms)
        assert ledger.gates()["north-1"].state is State.ISSUED
        return
    with pytest.raises(OperatorError, match=line):
        desk.hand_out(wanted, terms)
    assert ledger.history("north-1") == before
    assert ledger.claims(NOW) == []


def test_a_suspended_gate_gets_none(desk: Desk, ledger: Ledger) -> None:
    """Not even anew, until somebody releases it."""
    desk.hand_out(WANTED, TERMS)
    ledger.suspend("north-1", by="test", why="claim used twice", at=NOW)
    with pytest.raises(OperatorError, match="is suspended"):
        desk.hand_out(WANTED, Terms(NOW, DAY_S, "ayu", again=True))


BAD = {
    "no broker": (Wanted("north-1", (), {}, approved=True), TERMS, "no broker is named"),
    "a broker that is none": (Wanted("north-1", ("a b",), {}, approved=True), TERMS, "would not take"),
    "a name that is none": (Wanted("North 1", ("a",), {}, approved=True), TERMS, "is no gate's name"),
    "too much to say": (
        Wanted("north-1", ("a",), {"journal": {f"k{n:04}": f"{n * n:09}" for n in range(2000)}}, approved=True),
        TERMS,
        "does not fit",
    ),
    "a pin": (Wanted("north-1", ("a",), {"relay": {"pin": 4}}, approved=True), TERMS, "relay is the board file's"),
    "how long a lock is on at all": (
        Wanted("north-1", ("a",), {"door": {"max_unlock_ms": 9}}, approved=True),
        TERMS,
        "door.max_unlock_ms is the board file's",
    ),
    "a section that is none": (
        Wanted("north-1", ("a",), {"gate": "x"}, approved=True),
        TERMS,
        "gate is the board file's",
    ),
    "before the warrant": (WANTED, Terms(NOW - 40 * DAY_S, DAY_S, "ayu"), "not in force"),
    "after the warrant": (WANTED, Terms(NOW + 731 * DAY_S, DAY_S, "ayu"), "not in force"),
}


@pytest.mark.parametrize(("wanted", "terms", "line"), BAD.values(), ids=BAD)
def test_what_no_gate_would_take_is_not_made(
    wanted: Wanted, terms: Terms, line: str, desk: Desk, ledger: Ledger
) -> None:
    """The desk says why, and the ledger knows nothing of it."""
    with pytest.raises(OperatorError, match=line):
        desk.hand_out(wanted, terms)
    assert ledger.gates() == {}


def test_papers_end_with_what_vouches_for_them(desk: Desk) -> None:
    """No later than the warrant of the key that signs."""
    late = Terms(NOW + 729 * DAY_S, 14 * DAY_S, "ayu")
    papers = desk.hand_out(WANTED, late)
    assert papers.expires <= NOW - 60 + 730 * DAY_S
    assert "seed" not in repr(papers)
    assert papers.codes[0] not in repr(papers)
