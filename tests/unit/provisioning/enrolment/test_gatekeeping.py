"""The broker's two lists on disk: written when they differ, told of once, and never forgotten over a kill."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from provisioning.broker import known
from provisioning.broker.certificates import DeviceCa
from provisioning.enrolment.gatekeeping import Lists, Reload
from provisioning.fleet.inventory import Inventory
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_800_000_000
CA = DeviceCa.create()
PLAN = Inventory("city", {}, {}, {}, {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay a broker's folder out."""
    CA.write(tmp_path)
    known.add(tmp_path, [("desk", "write")])
    return tmp_path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open a ledger with one gate that has a claim."""
    with closing(Ledger.open(tmp_path / "ledger.db")) as made:
        made.enter("gate-1", by="desk", at=NOW)
        made.move("gate-1", State.APPROVED, by="desk", why="", at=NOW)
        made.add_claim("gate-1", "0" * 16, NOW + 100, by="desk", at=NOW)
        yield made


def lists(folder: Path, told: str = "told") -> Lists:
    """Keep lists, of which the broker is told by a line in a file."""
    script = f"echo x >> {folder / told}"
    return Lists(folder, [CA], folder / "device-ca.crt", Reload(command=("sh", "-c", script)))


def told(folder: Path) -> int:
    """How often the broker was told."""
    path = folder / "told"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_lists_are_written_and_told_of_when_they_differ(folder: Path, ledger: Ledger) -> None:
    """At first, after a change of the ledger and after somebody's hand; else nothing is done."""
    kept = lists(folder)
    assert kept.keep(ledger, PLAN, NOW) == ("crl", "acl")
    assert kept.keep(ledger, PLAN, NOW) == ()
    ledger.suspend("gate-1", by="desk", why="", at=NOW)
    assert kept.keep(ledger, PLAN, NOW) == ("acl",)
    (folder / "crl").write_bytes(DeviceCa.create().revocation_list())
    assert kept.keep(ledger, PLAN, NOW) == ("crl",)
    assert x509.load_pem_x509_crl((folder / "crl").read_bytes()).issuer == CA.certificate.subject
    assert told(folder) == 3


def test_what_only_ended_is_no_difference(folder: Path, ledger: Ledger) -> None:
    """A claim that expired stays in the list until something else is written."""
    kept = lists(folder)
    kept.keep(ledger, PLAN, NOW)
    assert kept.wrong(ledger, PLAN, NOW + 200) == {}
    assert "claim:gate-1" in (folder / "acl").read_text()
    ledger.suspend("gate-1", by="desk", why="", at=NOW)
    kept.keep(ledger, PLAN, NOW + 200)
    assert "claim:gate-1" not in (folder / "acl").read_text()


def test_whoever_comes_after_a_failure_tells_the_broker(folder: Path, ledger: Ledger) -> None:
    """Lists that were written and not told of are told of by the next one, though they differ no more."""
    broken = Lists(folder, [CA], folder / "device-ca.crt", Reload(command=("false",)))
    with pytest.raises(OperatorError, match="was not told"):
        broken.keep(ledger, PLAN, NOW)
    after = lists(folder)
    assert after.untold()
    assert after.keep(ledger, PLAN, NOW) == ()
    assert told(folder) == 1
    assert not after.untold()


def test_where_somebody_else_tells_the_broker_the_mark_stays(folder: Path, ledger: Ledger) -> None:
    """It is there after the lists, and comes again with the next change."""
    kept = Lists(folder, [CA], folder / "device-ca.crt", Reload())
    for number in range(2):
        kept.keep(ledger, PLAN, NOW + number)
        assert (folder / "untold").exists()
        (folder / "untold").unlink()
        ledger.suspend("gate-1", by="desk", why="", at=NOW)
    kept.keep(ledger, PLAN, NOW)
    assert kept.keep(ledger, PLAN, NOW) == ()


def test_another_ca_ends_it(folder: Path, ledger: Ledger) -> None:
    """A service that started with other CAs would sign by one that nobody believes."""
    kept = lists(folder)
    DeviceCa.create().write(folder)
    with pytest.raises(OperatorError, match="names other CAs now"):
        kept.keep(ledger, PLAN, NOW)
