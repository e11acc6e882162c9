"""Journals with a past for the tests of chain, retention and proof: signed, pruned, copied and altered."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.events import Instant, Record
from firmware.records import chain
from firmware.records.lines import line_of
from firmware.records.opening import Opening
from firmware.records.retention import Keep
from firmware.records.store import Store
from firmware.signed import device
from provisioning import journal
from provisioning.broker.certificates import DeviceCa, Holder
from tests.unit.records.making import AT, GATE, epochs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY_S = 86_400
HOUR_S = 3_600
EVER = Keep(30 * DAY_S, 90 * DAY_S, 1 << 40, 200)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        """Begin at the moment of all tests."""
        self.at = AT

    def __call__(self) -> Instant:
        """Read it."""
        return self.at

    def pass_s(self, seconds: int) -> None:
        """Let time go by."""
        at = self.at
        self.at = Instant(at.ms + seconds * 1000, at.earliest + seconds, at.latest + seconds, at.source)


def salts() -> Callable[[int], bytes]:
    """Give salts that are different and known."""
    numbers = count(1)
    return lambda size: hashlib.sha256(b"salt %d" % next(numbers)).digest()[:size]


def opened(path: Path | None, clock: Clock) -> Store:
    """Open a store under known chance and the test's clock."""
    return Store(Opening(path, GATE, "boot-1", clock, epochs(), salts()))


def access(token: int, at: Instant, decision: str = "allow") -> Record:
    """Make an access that was allowed or not, whose body can be found in a file."""
    return Record(token, "access", at, {"decision": decision, "token": f"body-{token:06d}-{decision}"})


def write(store: Store, first: int, clock: Clock, *, count: int, denied_every: int = 5, every_s: int = 60) -> None:
    """Write so many accesses, one a commit and minute, each so many-th of them denied; all are acknowledged."""
    for token in range(first, first + count):
        decision = "allow" if token % denied_every else "deny"
        store.append([line_of(access(token, clock.at, decision))], acked=[store.last_seq + 1])
        clock.pass_s(every_s)


def signer(ca: DeviceCa, name: str = GATE) -> Callable[[bytes], bytes]:
    """Make what signs as a gate under this CA."""
    issued = ca.issue(Holder.GATE, name, addresses=(), valid=timedelta(days=1))
    key = load_pem_private_key(issued.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate(issued.certificate)
    return partial(device.sign, key=key, certificate=certificate, aad=chain.CHECKPOINT_AAD)


def verified(path: Path, ca: DeviceCa | None = None, wanted: dict[int, bytes] | None = None) -> dict[str, object]:
    """Verify a copy of the file as the operations desk does."""
    copy = path.with_name("verified") / "journal.db"
    shutil.rmtree(copy.parent, ignore_errors=True)
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        if (side := path.with_name(path.name + suffix)).exists():
            shutil.copy(side, copy.with_name(copy.name + suffix))
    cas = [] if ca is None else [x509.load_pem_x509_certificate(ca.certificate_pem)]
    opener = None if ca is None else partial(device.open_said, cas=cas, aad=chain.CHECKPOINT_AAD)
    return journal.verify(copy, wanted or {}, opener)


def alter(path: Path, *statements: str) -> None:
    """Change a file as whoever may write it can; the statements must be ones that SQLite takes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
