"""What a set-up says fits its display, names every stage and reason, and never shines green."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.door.words import WIDTH
from firmware.setup import machine, words
from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Need, Why
from firmware.setup.stages import STAGES, Stage

README = Path(__file__).parents[3] / "firmware/setup/README.md"


@pytest.mark.parametrize("what", [*Stage, *Why])
def test_every_line_fits_and_is_said_in_both_languages(what: Stage | Why) -> None:
    """Sixteen characters of ASCII at most on each line, and a sentence of its own in each language."""
    assert all(0 < len(line) <= WIDTH and line.isascii() for line in words.lines(what))
    first, second = (one.spoken for one in words.words(what))
    assert first.endswith(".")
    assert second.endswith(".")
    assert first != second


def test_every_reason_has_its_meaning_and_every_stage_its_row() -> None:
    """The lists are closed on both sides, and every reason names a first action."""
    assert set(MEANINGS) == set(Why)
    assert set(STAGES) == set(Stage)
    assert all(meaning.action for meaning in MEANINGS.values())


def test_the_lamp_counts_the_stage_and_says_who_moves_next() -> None:
    """As many flashes as the stage has; yellow for what goes on by itself, red for what does not, never green."""
    setup, _ = machine.begin(Stage.ENROL, 0)
    assert words.lamp(setup) == (words.AT_WORK, words.flashes(3))
    assert len(words.flashes(3)) == 6
    waits, _ = machine.step(setup, machine.Failed(setup.number, Why.NO_ANSWER), 0)
    asks, _ = machine.step(setup, machine.Failed(setup.number, Why.CLAIM_USED), 0)
    assert (words.lamp(waits)[0], words.lamp(asks)[0]) == ("yellow", "red")
    assert "green" not in {words.AT_WORK, *words.COLOURS.values()}
    assert set(words.COLOURS) == set(Need)


def test_phrases_are_names_of_recordings() -> None:
    """A phrase can be the name of a file, in either language the same."""
    assert words.phrases(0).keys() == words.phrases(1).keys()
    assert all(re.fullmatch(r"[a-z0-9_-]{1,64}", name) for name in words.phrases(0))


def test_the_readme_prints_the_tables_of_the_code() -> None:
    """Stages and reasons stand in the room's document as the code has them."""
    assert words.table() in README.read_text(encoding="utf-8")


def test_every_file_of_the_room_is_explained() -> None:
    """The table of files names each module that is installed, and none besides."""
    rows = "".join(row for row in README.read_text(encoding="utf-8").splitlines(keepends=True) if ".py`" in row)
    named = set(re.findall(r"`([a-z_]+\.py)`", rows))
    assert {path.name for path in Path(words.__file__).parent.glob("[a-z]*.py")} == named
