"""A picture's worth: from a heartbeat to a number, a beep and an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.doctor import aiming
from firmware.doctor.aiming import FASTEST_BEEP_MS, GOOD_ENOUGH, SLOWEST_BEEP_MS, STEADY_MS, Aim
from firmware.doctor.findings import Outcome, Why

GOOD = {"frames": 10, "frame_age_ms": 50, "brightness": 120, "sharpness": 3_000}
WRONG = [
    ({"frames": 0}, Why.NO_FRAMES),
    ({"frame_age_ms": 1_001}, Why.NO_FRAMES),
    ({"brightness": 20}, Why.TOO_DARK),
    ({"brightness": 0}, Why.TOO_DARK),
    ({"brightness": 245}, Why.TOO_BRIGHT),
    ({"brightness": 255}, Why.TOO_BRIGHT),
    ({"sharpness": 200}, Why.BLURRED),
    ({"sharpness": 0}, Why.BLURRED),
]
numbers = st.dictionaries(st.sampled_from(list(GOOD)), st.integers(0, 2**53 - 1))


@pytest.mark.parametrize(("changes", "fault"), WRONG)
def test_the_worst_of_a_picture_is_named(changes: dict[str, int], fault: str) -> None:
    """A picture is as good as the worst of frames, light and edges, and says which it is."""
    quality, worst = aiming.picture(GOOD | changes, 0)
    assert quality < GOOD_ENOUGH
    assert worst == fault


def test_frames_that_do_not_move_on_are_none() -> None:
    """A reader whose count stands still shows an old picture, however good it was."""
    assert aiming.picture(GOOD, GOOD["frames"]) == (0, Why.NO_FRAMES)
    assert aiming.picture(GOOD, GOOD["frames"] - 1)[0] >= GOOD_ENOUGH


@given(numbers, st.none() | st.integers(0, 100))
def test_any_numbers_have_a_worth(values: dict[str, int], before: int | None) -> None:
    """Whatever a reader says comes to 0 to 100, and to a beep within its two bounds."""
    quality, _ = aiming.picture(values, before)
    assert 0 <= quality <= 100
    assert FASTEST_BEEP_MS <= aiming.every_ms(quality) <= SLOWEST_BEEP_MS


@given(st.integers(0, 99))
def test_better_beeps_faster(quality: int) -> None:
    """Each step up in quality shortens the pause."""
    assert aiming.every_ms(quality + 1) < aiming.every_ms(quality)


def test_a_camera_is_aimed_when_it_read_and_stays_good() -> None:
    """A code alone is not enough, nor is a good picture alone, nor one that was good before it was bad."""
    aim = aiming.beaten(Aim(0), GOOD, 0)
    assert aiming.good_now(aim, STEADY_MS) is None
    read = Aim(aim.beep_ms, aim.quality, aim.fault, aim.frames, aim.good_since_ms, read=True, figures=aim.figures)
    assert aiming.good_now(read, STEADY_MS - 1) is None
    found = aiming.good_now(read, STEADY_MS)
    assert found is not None
    assert found.outcome is Outcome.OK
    assert dict(found.figures)["sharpness"] == 3_000
    lapsed = aiming.beaten(read, GOOD | {"frames": 11, "sharpness": 1}, 2_000)
    again = aiming.beaten(lapsed, GOOD | {"frames": 12}, 2_500)
    assert aiming.good_now(again, STEADY_MS) is None
    assert aiming.good_now(again, 2_500 + STEADY_MS) is not None


def test_giving_up_names_what_was_missing() -> None:
    """A bad picture is told by its fault, a good one in which nothing was read by that."""
    assert aiming.given_up(Aim(0)).reason == Why.NO_FRAMES
    assert aiming.given_up(aiming.beaten(Aim(0), GOOD | {"brightness": 5}, 0)).reason == Why.TOO_DARK
    assert aiming.given_up(aiming.beaten(Aim(0), GOOD, 0)).reason == Why.NO_CODE
