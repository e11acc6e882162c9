"""The board files of this release: each is a door that waits to be told which gate it is."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from firmware.control.board import Site, open_site
from provisioning.images.command import BOARDS
from tests.command import gapura_ops

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(BOARDS.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_board_is_a_blank_gate(path: Path) -> None:
    """The gate takes it for what it is: a door without a name, of which every rule holds, and which has no broker."""
    site = open_site(path)
    assert isinstance(site, Site), site
    assert site.blank
    assert site.config.mqtt is None
    assert site.config.setup.wifi == "networkmanager"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_board_says_how_it_is_set_up_and_never_who_it_is(path: Path) -> None:
    """Neither a name, an area nor a broker stands in it; a button opens the window for new codes, beside the tamper."""
    text = path.read_text(encoding="utf-8")
    found = tomllib.loads(text)
    assert not {"gate", "mqtt"} & set(found)
    assert {"setup", "service", "tamper"} <= set(found)
    pins = re.findall(r"^(?:pin|red|yellow|green) = (\d+)", text, re.MULTILINE)
    assert len(pins) == len(set(pins))


def test_the_desk_lists_each_with_its_door_and_its_readers() -> None:
    """One JSON line a board, in the order of their names."""
    ended = gapura_ops("image", "boards")
    assert ended.code == 0
    lines = {str(line["board"]): line for line in ended.lines()}
    assert list(lines) == [path.stem for path in FILES]
    assert {"pi4-strike", "pi4-strike-both", "pi4-maglock", "pi4-turnstile", "pi4-motor"} == set(lines)
    assert lines["pi4-strike"]["readers"] == ["outside"]
    assert lines["pi4-turnstile"]["door"] == "turnstile"
