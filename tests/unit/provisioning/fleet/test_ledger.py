"""What the ledger keeps: moves of the lifecycle, claims that count once, certificates, and a history of all of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.fleet import lifecycle
from provisioning.fleet.ledger import Ledger, Use, key_digest
from provisioning.fleet.lifecycle import State
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATE = "gate-1"
AT = 1_767_582_000
CLAIM = "00112233aabbccdd"
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
CA = DeviceCa.create()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open a ledger in which one gate is approved."""
    made = Ledger.open(tmp_path / "ledger.db")
    made.enter(GATE, by="desk", at=AT)
    made.move(GATE, State.APPROVED, by="desk", why="", at=AT)
    yield made
    made.close()


def certificate() -> bytes:
    """Issue a certificate for the gate, as DER."""
    return x509.load_pem_x509_certificate(CA.issue(Holder.GATE, GATE).certificate).public_bytes(Encoding.DER)


def test_every_gate_can_end_and_begin_again() -> None:
    """From each state there is a way to retired, and from there only back to requested; staying is no move."""
    for state in State:
        assert not lifecycle.may_move(state, state)
        assert (state is State.RETIRED) is not lifecycle.may_move(state, State.RETIRED)
    assert lifecycle.MOVES[State.RETIRED] == {State.REQUESTED}
    assert set(lifecycle.MEANINGS) == set(State)


def test_a_gate_goes_the_way_and_its_history_says_so(ledger: Ledger) -> None:
    """Each move is kept with its time, by whom and why, and outlives the program."""
    for number, state in enumerate((State.ISSUED, State.INSTALLED, State.ACTIVE), start=1):
        ledger.move(GATE, state, by="desk", why=f"why {number}", at=AT + number)
    standing = ledger.gates()[GATE]
    assert (standing.state, standing.since, standing.suspended) == (State.ACTIVE, AT + 3, False)
    assert [(row.what, row.by, row.why, row.at) for row in ledger.history(GATE)[-2:]] == [
        ("installed", "desk", "why 2", AT + 2),
        ("active", "desk", "why 3", AT + 3),
    ]


def test_what_the_lifecycle_does_not_know_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    """A refused move says where the gate is and where it can go."""
    before = ledger.history(GATE)
    with pytest.raises(OperatorError, match="gate-1 is approved and cannot become active; from there it goes to"):
        ledger.move(GATE, State.ACTIVE, by="desk", why="", at=AT)
    with pytest.raises(OperatorError, match="gate-9 stands in no ledger"):
        ledger.move("gate-9", State.APPROVED, by="desk", why="", at=AT)
    with pytest.raises(OperatorError, match="no gate's name"):
        ledger.enter("Gate 9", by="desk", at=AT)
    assert ledger.history(GATE) == before


def test_a_gate_is_entered_once(ledger: Ledger) -> None:
    """Entering it again changes nothing."""
    assert not ledger.enter(GATE, by="desk", at=AT + 9)
    assert ledger.gates()[GATE].state is State.APPROVED


USES = [
    pytest.param([(CLAIM, GATE, KEY, 0)], Use.FIRST, id="first"),
    pytest.param([(CLAIM, GATE, KEY, 0), (CLAIM, GATE, KEY, 50)], Use.AGAIN, id="the-same-key-again"),
    pytest.param([(CLAIM, GATE, KEY, 0), (CLAIM, GATE, OTHER_KEY, 50)], Use.OTHER_KEY, id="another-key"),
    pytest.param([(CLAIM, GATE, KEY, 100)], Use.EXPIRED, id="at-its-end"),
    pytest.param([(CLAIM, GATE, KEY, 0), (CLAIM, GATE, OTHER_KEY, 100)], Use.EXPIRED, id="another-key-too-late"),
    pytest.param([(CLAIM, "gate-2", KEY, 0)], Use.WRONG_GATE, id="of-another-gate"),
    pytest.param([("f" * 16, GATE, KEY, 0)], Use.UNKNOWN, id="unknown"),
]


@pytest.mark.parametrize(("shown", "last"), USES)
def test_a_claim_counts_once(ledger: Ledger, shown: list[tuple[str, str, bytes, int]], last: Use) -> None:
    """Whoever shows a claim gets the answer that its story asks for."""
    ledger.add_claim(GATE, CLAIM, AT + 100, by="desk", at=AT)
    assert [ledger.use_claim(claim, gate, key, AT + later) for claim, gate, key, later in shown][-1] is last


def test_a_new_claim_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    """The sheet that was printed first is unknown from then on."""
    ledger.add_claim(GATE, CLAIM, AT + 100, by="desk", at=AT)
    ledger.add_claim(GATE, "f" * 16, AT + 100, by="desk", at=AT)
    assert ledger.use_claim(CLAIM, GATE, KEY, AT) is Use.UNKNOWN
    assert [claim.id for claim in ledger.claims(AT)] == ["f" * 16]
    assert ledger.claims(AT + 100) == []


@pytest.mark.parametrize("state", [State.RETIRED, State.REQUESTED])
def test_no_claim_for_who_is_not_approved(ledger: Ledger, state: State) -> None:
    """A claim ends with the approval, and there is none without it."""
    ledger.add_claim(GATE, CLAIM, AT + 100, by="desk", at=AT)
    ledger.move(GATE, state, by="desk", why="", at=AT)
    assert ledger.use_claim(CLAIM, GATE, KEY, AT) is Use.UNKNOWN
    with pytest.raises(OperatorError, match="approve it first"):
        ledger.add_claim(GATE, "f" * 16, AT + 100, by="desk", at=AT)


def test_certificates_are_kept_and_revoked(ledger: Ledger) -> None:
    """One is revoked by its number, all by their gate, each once; those that ended may be left out."""
    first, second = certificate(), certificate()
    for der in (first, second):
        ledger.add_certificate(GATE, der, AT)
    kept = ledger.certificates(GATE)
    assert [one.der for one in kept] == [first, second]
    assert kept[0].key_digest == key_digest(x509.load_der_x509_certificate(first).public_key())
    assert ledger.revoke(kept[0].serial, AT + 1) == 1
    assert ledger.revoke(GATE, AT + 2) == 1
    assert ledger.revoke(GATE, AT + 3) == 0
    assert ledger.revoked() == [(kept[0].serial, AT + 1), (kept[1].serial, AT + 2)]
    assert ledger.revoked(ending_after=max(one.ends for one in kept)) == []


def test_retiring_ends_everything(ledger: Ledger) -> None:
    """A retired gate has no good certificate, and comes back only by a request."""
    ledger.add_certificate(GATE, certificate(), AT)
    ledger.move(GATE, State.RETIRED, by="desk", why="sold", at=AT)
    assert len(ledger.revoked()) == 1
    ledger.move(GATE, State.REQUESTED, by="desk", why="", at=AT)


def test_suspension_is_beside_the_state(ledger: Ledger) -> None:
    """It is held and released once each, wherever the gate is."""
    assert [ledger.suspend(GATE, by="s", why="w", at=AT) for _ in range(2)] == [True, False]
    assert ledger.gates()[GATE].suspended
    assert [ledger.release(GATE, by="s", why="w", at=AT) for _ in range(2)] == [True, False]
    assert ledger.gates()[GATE].state is State.APPROVED


def test_document_versions_are_never_given_twice(ledger: Ledger) -> None:
    """Each call counts on, and a gate that nobody entered has none."""
    assert [ledger.next_document_version(GATE) for _ in range(3)] == [1, 2, 3]
    assert ledger.gates()[GATE].document_version == 3
    with pytest.raises(OperatorError, match="stands in no ledger"):
        ledger.next_document_version("gate-9")


def test_changes_together_are_one(ledger: Ledger) -> None:
    """What ends the block by an exception undoes all of it."""
    with pytest.raises(KeyboardInterrupt), ledger.together():  # noqa: PT012  the last statement is what is expected
        ledger.move(GATE, State.ISSUED, by="desk", why="", at=AT)
        ledger.suspend(GATE, by="desk", why="", at=AT)
        raise KeyboardInterrupt
    assert ledger.gates()[GATE].state is State.APPROVED
    assert not ledger.gates()[GATE].suspended


def test_a_killed_writer_leaves_whole_changes(tmp_path: Path) -> None:
    """After a kill in the middle of writing, each gate is entered and moved, or neither."""
    path = tmp_path / "ledger.db"
    program = (
        "import sys, pathlib\n"
        "from provisioning.fleet.ledger import Ledger, State\n"
        "ledger = Ledger.open(pathlib.Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    with ledger.together():\n"
        "        ledger.enter(f'g-{number}', by='x', at=1)\n"
        "        ledger.move(f'g-{number}', State.APPROVED, by='x', why='', at=1)\n"
        "    print(number, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
    ledger = Ledger.open(path)
    gates = ledger.gates()
    assert {f"g-{number}" for number in told} <= set(gates)
    assert {standing.state for standing in gates.values()} == {State.APPROVED}
    ledger.close()


def test_only_a_ledger_is_opened(tmp_path: Path) -> None:
    """Another program's file is refused and left as it is; a ledger is its owner's alone."""
    foreign, text = tmp_path / "foreign.db", tmp_path / "text"
    database = sqlite3.connect(foreign)
    database.execute("CREATE TABLE t (x)")
    database.close()
    text.write_text("no database at all, but long enough to be read as a header of one")
    for path in (foreign, text, tmp_path / "nowhere" / "ledger.db"):
        with pytest.raises(OperatorError, match="ledger"):
            Ledger.open(path)
    Ledger.open(tmp_path / "new.db").close()
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600
    Ledger.open(tmp_path / "new.db").close()
