"""A provisioning document that came over the broker: nobody stood at the door, so it never makes the door easier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.control import activation
from firmware.setup.machine import Refused, Taken
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from tests.unit.control import blank
from tests.unit.signed.handed import body, document

if TYPE_CHECKING:
    from pathlib import Path


def provisioned(path: Path, version: int, *, afar: bool, **config: object) -> None:
    """Make this board a gate, or that gate anew, each step by a process of its own."""
    sheet = document(body(config={"gate": {"area": "lobby"}} | config), version=version)
    _, taking = blank.tasks(path)
    assert taking.take(sheet, afar=afar) == Taken()
    tasks, taking = blank.tasks(path)
    assert taking.draft is not None
    assert taking.advance(taking.draft, blank.certified(taking.draft))
    assert tasks.do(Stage.KEEP, {}) is None


INSTALLED = {"area": "lobby", "stage": "installed"}


@pytest.mark.parametrize(
    ("before", "afar", "observing"),
    [("active", True, False), ("active", False, True), ("installed", True, True), ("installed", False, True)],
)
def test_a_gate_that_decides_goes_on_deciding(tmp_path: Path, before: str, afar: bool, observing: bool) -> None:  # noqa: FBT001
    """From afar no active gate is made to let in whoever comes; whoever stands at its open case may."""
    path = blank.write(tmp_path)
    provisioned(path, 3, afar=False, gate={"area": "lobby", "stage": before})
    provisioned(path, 4, afar=afar, gate=INSTALLED)
    assert blank.site(path).config.observing is observing


def test_a_door_is_not_held_open_from_afar(tmp_path: Path) -> None:
    """The standing posture of a door is freed by a sheet at the door alone; what was free may stay so."""
    path = blank.write(tmp_path, "[tamper]\npin = 20")
    provisioned(path, 3, afar=False)
    freed = body(config={"gate": {"area": "lobby"}, "door": {"posture": "free_access"}})
    _, taking = blank.tasks(path)
    assert taking.take(document(freed, version=4), afar=True) == Refused(Why.BAD_CONFIG)
    assert taking.draft is None
    provisioned(path, 4, afar=False, door={"posture": "free_access"})
    provisioned(path, 5, afar=True, door={"posture": "free_access"})
    assert blank.site(path).config.door.posture == "free_access"
    provisioned(path, 6, afar=True, door={"posture": "lockdown"})
    assert blank.site(path).config.door.posture == "lockdown"


def test_a_document_that_is_silent_frees_no_door_either(tmp_path: Path) -> None:
    """What the file of a board leaves free and the document in force does not, stays as it is."""
    path = blank.write(tmp_path)
    path.write_text(path.read_text().replace('"strike"', '"strike"\nposture = "free_access"'))
    provisioned(path, 3, afar=False, door={"posture": "secure"})
    _, taking = blank.tasks(path)
    assert taking.take(document(version=4), afar=True) == Refused(Why.BAD_CONFIG)
    provisioned(path, 4, afar=False)
    provisioned(path, 5, afar=True)
    assert blank.site(path).config.door.posture == "free_access"


def test_a_gate_that_was_made_active_stays_so_though_its_board_file_is_mended(tmp_path: Path) -> None:
    """Another pin, or another release's way of writing the file, is no new set-up; another sheet at the door is one."""
    path = blank.write(tmp_path)
    provisioned(path, 3, afar=False, gate=INSTALLED)
    site = blank.site(path)
    activation.remember(site.config, site.path)
    path.write_text(path.read_text().replace("pin = 17", "pin = 22"))
    mended = blank.site(path)
    assert mended.config.relay.pin == 22
    assert not activation.in_service(mended.config, mended.path).observing
    provisioned(path, 4, afar=False, gate=INSTALLED)
    again = blank.site(path)
    assert activation.in_service(again.config, again.path).observing
