"""The board files of this release: each is a door once somebody says which gate it is."""

from __future__ import annotations

import re
import tomllib

import pytest

from firmware.control.config import Config
from firmware.control.mistakes import parse
from provisioning.images.command import BOARDS
from tests.command import gapura_ops

FILES = sorted(BOARDS.glob("*.toml"))
NAMED = '[gate]\nid = "gate-1"\narea = "lobby"\n'
OF_A_BLANK_GATE = r"\[setup\]\n(?:\w.*\n)+|\[service\].*\n(?:\w.*\n)+"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_board_is_a_door_when_it_has_a_name(path: object) -> None:
    """With a name and an area, and nothing else, every rule of a configuration holds."""
    text = next(one for one in FILES if one == path).read_text(encoding="utf-8")
    config = parse(NAMED + re.sub(OF_A_BLANK_GATE, "", text))
    assert isinstance(config, Config), config
    assert config.mqtt is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_board_says_how_it_is_set_up_and_never_who_it_is(path: object) -> None:
    """Neither a name, an area nor a broker stands in it; a button opens the window for new codes, beside the tamper."""
    text = next(one for one in FILES if one == path).read_text(encoding="utf-8")
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
