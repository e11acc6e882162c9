"""The words of the guide: they fit a display, cover every step, and can be recorded."""

from __future__ import annotations

import re

import pytest

from firmware.doctor import words
from firmware.doctor.findings import Why
from firmware.doctor.stages import Stage
from firmware.doctor.steps import Fitted, plan
from firmware.doctor.walking import Tune
from firmware.door.words import WIDTH
from firmware.events import Contact

LAMPS = ("red", "yellow", "green", "blue", "white")
EVERYTHING = plan(
    Fitted(LAMPS, tuple(Contact), ("outside", "inside"), sounder=True, display=True, speech=True),
)


@pytest.mark.parametrize("key", words.INSTRUCTIONS)
def test_every_line_fits_and_is_said_in_both_languages(key: str) -> None:
    """Sixteen characters of ASCII at most on each line, and a sentence to hear in Indonesian and English."""
    for line in words.lines(key):
        assert 0 < len(line) <= WIDTH
        assert line.isascii()
    assert all(one.spoken for one in words.INSTRUCTIONS[key])
    assert words.INSTRUCTIONS[key][0].spoken != words.INSTRUCTIONS[key][1].spoken


def test_every_stage_of_every_step_has_its_words() -> None:
    """Whatever is fitted, nothing the guide may present lacks an instruction."""
    for step in EVERYTHING:
        for stage in Stage:
            if stage is not Stage.LOOKING and step.subject:
                assert words.instruction(step, stage) in words.INSTRUCTIONS


def test_phrases_are_names_of_recordings() -> None:
    """A phrase can be the name of a file, in either language the same."""
    assert words.phrases(0).keys() == words.phrases(1).keys()
    assert all(re.fullmatch(r"[a-z0-9_-]{1,64}", name) for name in words.phrases(0))


def test_every_tune_sounds_and_none_is_another() -> None:
    """Each tune has notes of its own."""
    assert set(words.TUNES) == set(Tune)
    assert len(set(words.TUNES.values())) == len(Tune)


def test_step_ids_and_reasons_can_stand_in_a_record() -> None:
    """Ids follow the rule of ids and are there once; reasons are words."""
    ids = [step.id for step in EVERYTHING]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", one) for one in ids)
    assert all(re.fullmatch(r"[a-z_]{1,32}", why) for why in Why)
