"""An identity is there whole or not at all, and what a board has become is told by board file and identity together."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from firmware.control import board, mistakes, retiring
from firmware.control.config import Config
from firmware.control.identities import KEY, LINK, WHOLE, Identities
from firmware.setup.machine import Refused, Taken
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from tests.unit.control import blank
from tests.unit.signed.handed import body, document

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.board import Site

FILES = {name: name.encode() for name in WHOLE}
CONFIG = {"gate": {"area": "lobby", "labels": {"site": "hall"}}, "door": {"kind": "strike", "unlock_ms": 4000}}


def test_an_identity_is_the_owners_alone_and_whole(tmp_path: Path) -> None:
    """Folder and key can be read by nobody else, and a file that is missing makes it none."""
    identities = Identities(tmp_path)
    assert not identities.whole()
    identities.adopt(FILES)
    assert identities.whole()
    assert identities.read() == FILES
    assert stat.S_IMODE((tmp_path / LINK / KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / LINK).stat().st_mode) == 0o700
    (tmp_path / LINK / KEY).unlink()
    assert not identities.whole()


def test_the_new_one_takes_the_place_in_one_step_and_the_old_one_is_kept(tmp_path: Path) -> None:
    """The old identity is wiped only when somebody says that the new one works."""
    identities = Identities(tmp_path)
    identities.adopt(FILES)
    before = (tmp_path / LINK).resolve()
    identities.adopt({**FILES, "gate.crt": b"renewed"})
    assert (tmp_path / LINK).resolve() != before
    assert (before / KEY).exists()
    identities.settle()
    assert not before.exists()
    assert identities.whole()


def test_adopting_twice_changes_nothing(tmp_path: Path) -> None:
    """Whoever was killed in between does it again."""
    identities = Identities(tmp_path)
    identities.adopt(FILES)
    before = (tmp_path / LINK).resolve()
    identities.adopt(FILES)
    assert (tmp_path / LINK).resolve() == before


def test_half_a_folder_of_a_kill_is_in_nobodys_way(tmp_path: Path) -> None:
    """What a power cut left half written counts for nothing."""
    (tmp_path / ".identity.new").mkdir()
    (tmp_path / ".identity.new" / KEY).write_bytes(b"half")
    (tmp_path / f".{LINK}.new").symlink_to("nowhere")
    identities = Identities(tmp_path)
    assert not identities.whole()
    identities.adopt(FILES)
    assert identities.read() == FILES


def test_a_wiped_gate_is_nobody(tmp_path: Path) -> None:
    """No key of any identity is left."""
    identities = Identities(tmp_path)
    identities.adopt(FILES)
    identities.adopt({**FILES, "gate.crt": b"renewed"})
    identities.wipe()
    assert list(tmp_path.iterdir()) == []


def become(path: Path, data: bytes | None = None) -> Site:
    """Take a document, have it answered and keep it, as the set-up does, and open what came of it."""
    tasks, taking = blank.tasks(path)
    assert taking.take(data or document(body(config=CONFIG))) == Taken()
    before = taking.draft
    assert before is not None
    assert taking.advance(before, blank.certified(before))
    assert tasks.resumes() is Stage.KEEP
    assert tasks.do(Stage.KEEP, {}) is None
    assert taking.draft is None
    return blank.site(path)


def test_a_board_becomes_what_its_document_says(tmp_path: Path) -> None:
    """Pins and readers are the board's, name, area, brokers and first keys the document's; the file says the whole."""
    site = become(blank.write(tmp_path))
    config = site.config
    assert (config.gate.id, config.gate.area, config.gate.labels) == ("gate-1", "lobby", {"site": "hall"})
    assert (config.relay.pin, config.door.unlock_ms) == (17, 4000)
    assert config.mqtt is not None
    assert (config.mqtt.host, config.mqtt.port, config.mqtt.fallback) == (
        "mqtt.example.go.id",
        8883,
        ("192.0.2.7:8883",),
    )
    assert site.board is not None
    assert site.board.gate == "gate-1"
    assert mistakes.read(site.path) == config
    assert config.gate.state_dir == tmp_path / "state"


def test_what_is_changed_in_the_board_file_counts_at_the_next_start(tmp_path: Path) -> None:
    """A relay on another pin is the technician's to say, before and after."""
    path = blank.write(tmp_path)
    become(path)
    path.write_text(path.read_text().replace("pin = 17", "pin = 22"))
    site = blank.site(path)
    assert site.config.relay.pin == 22
    again = mistakes.read(site.path)
    assert isinstance(again, Config)
    assert again.relay.pin == 22


def test_a_board_that_does_not_fit_any_more_is_blank_and_says_why(tmp_path: Path) -> None:
    """It lets out and waits, and the line names both."""
    path = blank.write(tmp_path)
    become(path)
    path.write_text(path.read_text().replace("unlock_ms = 3000", "unlock_ms = 3000\nmax_unlock_ms = 3500"))
    site = blank.site(path)
    assert site.blank
    assert site.problem is not None
    assert "unlock_ms" in site.problem


@pytest.mark.parametrize("name", [*WHOLE])
def test_a_damaged_identity_is_blank_and_says_so(tmp_path: Path, name: str) -> None:
    """Half an identity is none."""
    path = blank.write(tmp_path)
    site = become(path)
    (site.path.parent / name).unlink()
    found = blank.site(path)
    assert found.blank
    assert found.problem is not None


def test_a_blank_board_admits_nobody_and_lets_out(tmp_path: Path) -> None:
    """It has no lists, no broker and nobody's name."""
    site = blank.site(blank.write(tmp_path))
    assert site.blank
    assert site.config.mqtt is None
    assert not site.config.trust.list.exists()
    assert "rex" in {contact.value for contact in site.config.inputs}


def test_a_retired_gate_keeps_no_secret_and_takes_no_older_sheet(tmp_path: Path) -> None:
    """Keys, certificates, drafts and keys of the day are gone; the journal and the floor of documents stay."""
    path, state = blank.write(tmp_path), tmp_path / "state"
    data = document(body(config=CONFIG))
    site = become(path, data)
    assert site.board is not None
    (state / "documents").mkdir()
    for kept in ("documents/area-keys.json", "journal.db", "renewal.json"):
        (state / kept).write_bytes(b"kept")
    for folder in (".claim", ".renewal"):
        (state / folder).mkdir(exist_ok=True)
        (state / folder / KEY).write_bytes(b"secret")
    retiring.wipe(site.board)
    retiring.wipe(site.board)
    assert {one.relative_to(state).as_posix() for one in state.rglob("*")} == {
        "documents",
        "journal.db",
        "provision-floor.json",
    }
    assert blank.site(path).blank
    assert blank.taking(path).take(document(body(config=CONFIG), version=2)) == Refused(Why.OLD_DOCUMENT)


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("[setup]\nstate_dir = 5", "setup.state_dir"),
        ('[setup]\nwifi = "wpa"', "setup.wifi"),
        ("[relay]\npin = 4", "relay.pin"),
        ("colour = 1", "colour"),
    ],
)
def test_a_mistake_in_a_board_file_has_its_line(tmp_path: Path, line: str, where: str) -> None:
    """A board file is read as strictly as any other."""
    path = tmp_path / "board.toml"
    reader = f'[readers.outside]\nside = "outside"\nsocket = "{tmp_path / "o.sock"}"'
    rest = "" if line.startswith("[relay]") else "\n[relay]\npin = 17"
    path.write_text(f"{line}{rest}\n{reader}\n")
    found = board.open_site(path)
    assert isinstance(found, list)
    assert where in {one.where for one in found}


def test_a_configured_gate_is_no_board(tmp_path: Path) -> None:
    """A file with a gate's id is what it always was."""
    path = blank.write(tmp_path, '[gate]\nid = "gate-1"\narea = "lobby"')
    site = blank.site(path)
    assert site.board is None
    assert site.path == path
