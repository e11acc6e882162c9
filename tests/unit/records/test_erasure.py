"""What named a person for a day is gone when its time is over, from every file, and the journal is still proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.events import Record
from firmware.records.lines import line_of
from firmware.signed.area_keys import subject
from firmware.signed.contact import Contact, seal_contact
from provisioning.broker.certificates import DeviceCa
from tests.unit.records.chained import DAY_S, EVER, Clock, opened, signer, verified
from tests.unit.records.making import lines

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.records.store import Store

CA = DeviceCa.create()
OFFICE = ec.derive_private_key(11, ec.SECP256R1()).public_key()
REFERENCE = "0123456789abcdef" * 2
PASSAGES = 40


def passages(store: Store, clock: Clock) -> list[bytes]:
    """Write passages as a gate does, each with a subject and a contact reference; return everything that names one."""
    named = []
    for number in range(PASSAGES):
        who = {"subject": subject(bytes([number]) * 32, REFERENCE)}
        sealed = {"contact": seal_contact(Contact(b"issuer-1", REFERENCE), OFFICE, "gate-1")}
        allowed = Record(2 * number + 1, "access", clock.at, {"decision": "allow", **who})
        restricted = Record(2 * number + 2, "contact", clock.at, {"decision": "allow", **who, **sealed})
        for record in (allowed, restricted):
            store.append([line_of(record)], acked=[store.last_seq + 1])
        named += [who["subject"].encode(), sealed["contact"].encode()]
        clock.pass_s(60)
    store.checkpoint(signer(CA))
    return named


def on_disk(folder: Path) -> bytes:
    """Read all that lies there: the file with its free pages, the write-ahead log, the index beside it."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_no_subject_or_contact_is_left_and_the_chain_still_proves(tmp_path: Path) -> None:
    """After a month they are in no file in no spelling while the journal is open; number, order and signature hold."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    named = passages(store, clock)
    assert all(each in on_disk(tmp_path) for each in named)
    before = verified(path, CA)
    clock.pass_s(31 * DAY_S)
    while store.prune(EVER)[1]:
        pass
    assert [each for each in named if each in on_disk(tmp_path)] == []
    after = verified(path, CA)
    assert (before["ok"], before["erased"], before["last"]) == (True, 0, 2 * PASSAGES + 1)
    assert (after["ok"], after["erased"], after["signed_up_to"]) == (True, 2 * PASSAGES, before["signed_up_to"])
    store.close()
    assert [each for each in named if each in on_disk(tmp_path)] == []
    assert [kind for _, kind, _ in lines(path)] == ["checkpoint", "gap"]
