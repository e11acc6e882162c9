"""A configuration that is taken back: tried as any other, then what lies below it holds again, and the gate says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.control import activation, mistakes, trial
from firmware.control.config import Config
from firmware.control.desired import Held, Turned, Whose, read
from firmware.control.remote import lay_over
from firmware.control.shelf import Shelf
from firmware.signed import cose
from firmware.signed.envelope import Kind
from firmware.signed.warrant import Role
from tests.broker.stand import until
from tests.unit.control.reading_room import write_config
from tests.unit.control.test_trial import BROKER, ELSEWHERE, LONGER, Run, kept, start
from tests.unit.signed.office import Office, raw

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.trial import Effective

BACK: dict[str, object] = {"withdrawn": True}
SHORTER: dict[str, object] = {"door": {"unlock_ms": 3000}}


def test_a_configuration_is_taken_back_and_the_file_holds_again(tmp_path: Path) -> None:
    """It is on trial for a minute first; then nothing lies over the file, at this start and at every later one."""
    office = Office()
    kept(tmp_path, office, LONGER, 2, "*")
    with Run(tmp_path, office) as first:
        first.config(BACK, 3)
        first.wait(Kind.CONFIG, state="pending", version=2)
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        assert (second.effective.config.door.unlock_ms, second.effective.version) == (5000, 0)
        note = second.effective.note(tmp_path / "gapura.toml")
        assert note is not None
        assert "version 3 is on trial: it takes back" in note
        second.later(60)
        second.wait(Kind.CONFIG, state="applied", version=0, withdrawn_version=3)
        second.config(LONGER, 2)
        second.wait(Kind.CONFIG, state="rejected", reason="rolled_back", refused_version=2)
    with Run(tmp_path, office) as third:
        assert (third.effective.version, third.effective.trial) == (0, None)
        third.wait(Kind.CONFIG, state="applied", version=0, withdrawn_version=3)
        third.config(BACK, 3)
        third.config(SHORTER, 4)
        third.wait(Kind.CONFIG, state="pending", withdrawn_version=3)
        assert until(lambda: third.restarts > 0)


def test_what_is_wider_holds_again(tmp_path: Path) -> None:
    """The group's configuration, which was kept beside the gate's own, is tried with the withdrawal and then counts."""
    office = Office()
    kept(tmp_path, office, LONGER, 2, "gate-1")
    with Run(tmp_path, office) as first:
        first.config(SHORTER, 3, "east", "_group/east")
        first.wait(Kind.CONFIG, state="applied", version=2)
        first.config(BACK, 4, whose="gate-1")
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        assert (second.effective.config.door.unlock_ms, second.effective.version) == (3000, 3)
        second.later(60)
        second.wait(Kind.CONFIG, state="applied", version=3, withdrawn_version=4)
    assert start(tmp_path, office).version == 3


def test_a_withdrawal_that_cuts_the_gate_off_is_itself_taken_back(tmp_path: Path) -> None:
    """Where the file names a broker that is gone, the gate keeps the configuration by which it reaches another."""
    office = Office()
    kept(tmp_path, office, ELSEWHERE, 2, "*")
    with Run(tmp_path, office) as first:
        first.config(BACK, 3)
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        assert second.effective.config.mqtt is not None
        assert second.effective.config.mqtt.host == "broker.example"
        second.later(300, up=False)
        assert until(lambda: second.restarts > 0)
    with Run(tmp_path, office) as third:
        assert third.effective.config.mqtt is not None
        assert third.effective.config.mqtt.host == "other.example"
        third.wait(Kind.CONFIG, state="rolled_back", reason="no_connection", refused_version=3, version=2)


def test_what_takes_nothing_back_needs_no_trial(tmp_path: Path) -> None:
    """No restart where nothing would be another: no configuration at all, or one of another scope."""
    office = Office()
    with Run(tmp_path, office) as run:
        run.config(BACK, 1)
        run.wait(Kind.CONFIG, state="applied", version=0, withdrawn_version=1)
        assert not run.restarts
    kept(tmp_path, office, LONGER, 2, "_group/east")
    with Run(tmp_path, office) as run:
        run.config(BACK, 3, whose="gate-1")
        run.config(BACK, 4)
        run.wait(Kind.CONFIG, state="applied", version=2, withdrawn_version=4)
        assert not run.restarts
    assert start(tmp_path, office).config.door.unlock_ms == 7000


INSTALLED: dict[str, object] = {"gate": {"stage": "installed"}}
ACTIVE: dict[str, object] = {"gate": {"stage": "active"}}
FILE: dict[str, object] = {
    "gate": {"id": "gate-1", "area": "lobby"},
    "relay": {"pin": 17},
    "readers": {"outside": {"side": "outside", "socket": "/run/gapura/outside.sock"}},
}


@pytest.mark.parametrize(
    ("file", "document", "found"),
    [
        ({}, ACTIVE, False),
        ({"stage": "active"}, INSTALLED, Turned.NOT_REMOTE),
        ({}, INSTALLED, Turned.NOT_REMOTE),
        ({"stage": "installed"}, INSTALLED, True),
        ({"stage": "installed"}, ACTIVE, False),
        ({"stage": "installed"}, LONGER, True),
    ],
)
def test_no_document_takes_a_gate_out_of_service(
    file: dict[str, str],
    document: dict[str, object],
    found: Turned | bool,  # noqa: FBT001  a table
) -> None:
    """From afar a gate is made active and never installed again: one signature shall not open a door to everybody."""
    gate = FILE["gate"]
    assert isinstance(gate, dict)
    laid = lay_over(FILE | {"gate": gate | file}, document)
    assert (laid if isinstance(laid, Turned) else laid.observing) == found


def begun(folder: Path, office: Office, more: str = 'stage = "installed"') -> Effective:
    """Start on a file whose gate is installed."""
    path = write_config(folder, office, BROKER)
    path.write_text(path.read_text().replace("[gate]\n", f"[gate]\n{more}\n"))
    file = mistakes.read(path)
    assert isinstance(file, Config)
    return trial.begin(file, path)


def kept_at(folder: Path, office: Office, body: dict[str, object], version: int, whose: str = "*") -> None:
    """Have the shelf hold a configuration, as a trial that went well leaves it."""
    found = read(office.seal(Kind.CONFIG, body, version=version, audience=(whose,)), Kind.CONFIG, ours(office))
    assert isinstance(found, Held)
    Shelf(folder / "state/documents", ours(office)).accept(found)


def ours(office: Office) -> Whose:
    """Name the gate of these files."""
    return Whose(office.root_raw, "gate-1", frozenset({"lobby", "east"}))


def test_a_gate_that_was_made_active_stays_active(tmp_path: Path) -> None:
    """Whatever takes the document back, or lies over it, opens no door: only another file begins anew."""
    office = Office()
    assert begun(tmp_path, office).config.observing
    kept_at(tmp_path, office, ACTIVE, 2)
    assert not begun(tmp_path, office).config.observing
    kept_at(tmp_path, office, BACK, 3)
    assert not begun(tmp_path, office).config.observing
    kept_at(tmp_path, office, LONGER, 4, "gate-1")
    found = begun(tmp_path, office)
    assert (found.config.observing, found.config.door.unlock_ms) == (False, 7000)
    kept_at(tmp_path, office, INSTALLED, 5, "gate-1")
    assert not begun(tmp_path, office).config.observing
    assert begun(tmp_path, office, 'stage = "installed"\nlabels = {moved = "yes"}').config.observing


def test_a_trial_that_fails_has_made_nobody_active(tmp_path: Path) -> None:
    """Only what was kept counts: a gate that went back is installed as before."""
    office = Office()
    begun(tmp_path, office)
    folder = tmp_path / "state/documents"
    folder.mkdir(exist_ok=True)
    (folder / trial.DOCUMENT).write_bytes(office.seal(Kind.CONFIG, ACTIVE, version=2))
    assert not begun(tmp_path, office).config.observing
    found = begun(tmp_path, office)
    assert (found.config.observing, found.trial) == (True, None)


def test_whoever_made_a_gate_active_may_be_taken_back_at_once(tmp_path: Path) -> None:
    """It is written down with the configuration, not at the next start: a key that falls in between opens no door."""
    office = Office()
    begun(tmp_path, office)
    folder = tmp_path / "state/documents"
    folder.mkdir(exist_ok=True)
    (folder / trial.DOCUMENT).write_bytes(office.seal(Kind.CONFIG, ACTIVE, version=2))
    tried = trial.Trial(begun(tmp_path, office), 0, restart=lambda: None, at_rest=lambda: True)
    kept_at(tmp_path, office, ACTIVE, 2)
    tried.kept()
    stolen = cose.key_id(raw(office.keys[Role.CONFIG])).hex()
    word = office.seal(Kind.AUTHORITY, {"least_serials": {}, "revoked": [stolen]}, version=1)
    (tmp_path / "authority.cose").write_bytes(word)
    found = begun(tmp_path, office)
    assert (found.config.observing, found.standing) == (False, None)


@pytest.mark.parametrize("damage", [b"", b"\xff" * 40, b"x" * 1000])
def test_a_damaged_memory_opens_no_door(tmp_path: Path, damage: bytes) -> None:
    """What cannot be read means active."""
    office = Office()
    begun(tmp_path, office)
    kept_at(tmp_path, office, ACTIVE, 2)
    begun(tmp_path, office)
    kept_at(tmp_path, office, BACK, 3)
    (tmp_path / "state/documents" / activation.FILE).write_bytes(damage)
    assert not begun(tmp_path, office).config.observing


def test_a_policy_that_is_taken_back_is_reported_too(tmp_path: Path) -> None:
    """Whoever waits for the gate's word gets one, though no signed policy is in force any more."""
    with Run(tmp_path, Office()) as run:
        run.desire(run.policy(1))
        run.wait(state="applied", version=1)
        run.desire(run.office.seal(Kind.POLICY, BACK, version=2))
        run.wait(state="applied", version=0, withdrawn_version=2)
