"""Which frames are worth decoding, on noisy frames as a sensor delivers them; and when a held code is new.

Nothing is decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hw.reader.held import Held
from hw.reader.motion import LINGER_FRAMES, MotionGate, Worth, brightness, sharpness
from tests.unit.hw.reader.pictures import code, frame

if TYPE_CHECKING:
    from hw.reader.found import Image

IDLE = 40


def _noisy(scene: Image, sigma: float, count: int) -> list[Image]:
    rng = np.random.default_rng(3)
    return [np.clip(scene + rng.normal(0, sigma, scene.shape), 0, 255).astype(np.uint8) for _ in range(count)]


@pytest.mark.parametrize("sigma", [0.0, 3.0, 12.0])
def test_still_scene_comes_to_rest_and_is_glanced_at(sigma: float) -> None:
    """The first frames are decoded, then nothing but one glance in `idle_frames`, whatever the sensor's noise."""
    gate = MotionGate(IDLE)
    frames = _noisy(frame(), sigma, 7)
    worths = [gate.judge(frames[i % 7]) for i in range(LINGER_FRAMES + 3 * IDLE)]
    assert worths[:LINGER_FRAMES] == [Worth.DECODE] * LINGER_FRAMES
    assert worths[LINGER_FRAMES:] == ([Worth.NOTHING] * (IDLE - 1) + [Worth.GLANCE]) * 3


@pytest.mark.parametrize("sigma", [0.0, 5.0])
@pytest.mark.parametrize("change", ["code", "small code", "dark code", "close code", "gone"])
def test_what_is_brought_or_taken_wakes(sigma: float, change: str) -> None:
    """A code wakes the gate at its first frame, also a small one or one that fills most of it; so does its going."""
    empty = frame()
    views = {
        "code": (empty, frame((code("x"), 500, 300))),
        "small code": (empty, frame((code("x", side=120), 500, 300))),
        "dark code": (empty, frame((255 - code("x"), 500, 300))),
        "close code": (empty, frame((code("x", side=900), 190, 30))),
        "gone": (frame((code("x"), 500, 300)), empty),
    }
    before, after = (_noisy(view, sigma, 3) for view in views[change])
    gate = MotionGate(IDLE)
    while gate.judge(before[0]) is Worth.DECODE:
        pass
    assert gate.judge(before[1]) is Worth.NOTHING
    assert gate.judge(after[2]) is Worth.DECODE


def test_a_change_of_light_is_no_movement() -> None:
    """Light that goes up or down everywhere does not wake the gate."""
    dim, bright = _noisy(frame(), 3, 1)[0], np.clip(_noisy(frame(), 3, 1)[0].astype(int) + 40, 0, 255).astype(np.uint8)
    gate = MotionGate(IDLE)
    while gate.judge(dim) is Worth.DECODE:
        pass
    assert gate.judge(bright) is Worth.NOTHING


def test_a_code_in_view_keeps_the_gate_awake() -> None:
    """As long as codes are found every frame is decoded, and a while after."""
    gate = MotionGate(IDLE)
    still = frame()
    for _ in range(100):
        assert gate.judge(still) is Worth.DECODE
        gate.seen()
    assert [gate.judge(still) for _ in range(LINGER_FRAMES + 1)][-1] is Worth.NOTHING


def test_another_size_is_another_scene() -> None:
    """Frames of another size are decoded, not compared."""
    gate = MotionGate(IDLE)
    while gate.judge(frame()) is Worth.DECODE:
        pass
    assert gate.judge(np.zeros((480, 640), np.uint8)) is Worth.DECODE
    assert gate.judge(np.zeros((1, 1), np.uint8)) is Worth.DECODE


def test_brightness_and_sharpness_follow_the_picture() -> None:
    """A brighter frame measures brighter, a blurred one less sharp, a single pixel not at all."""
    sharp = frame((code("sharp"), 450, 300))
    soft = (sharp // 3 + np.roll(sharp, 1, 1) // 3 + np.roll(sharp, 2, 1) // 3).astype(np.uint8)
    assert brightness(np.full((9, 9), 77, np.uint8)) == 77
    assert sharpness(sharp) > sharpness(soft) > sharpness(frame()) == 0
    assert sharpness(np.zeros((1, 1), np.uint8)) == 0


def test_held_still_is_one_scan_until_away() -> None:
    """A code is new when it comes, and when it comes back after two seconds and six looks away; no sooner."""
    held = Held()
    assert held.fresh((b"a",), 0) == (b"a",)
    assert [held.fresh((b"a",), ms) for ms in range(100, 10_000, 1_900)] == [()] * 6
    last = 100 + 5 * 1_900
    assert [held.fresh((), last + ms) for ms in range(300, 1_900, 200)] == [()] * 8
    assert held.fresh((b"a",), last + 1_999) == ()
    assert [held.fresh((), last + 1_999 + ms) for ms in range(300, 1_900, 200)] == [()] * 8
    assert held.fresh((b"a",), last + 1_999 + 2_000) == (b"a",)


def test_a_starved_reader_does_not_take_one_paper_for_two() -> None:
    """Few looks in a long time prove nothing: a code missed in five of them is held, until ten seconds are over."""
    held = Held()
    held.fresh((b"a",), 0)
    assert [held.fresh((), ms) for ms in (700, 1_400, 2_100, 2_800, 3_500)] == [()] * 5
    assert held.fresh((b"a",), 4_200) == ()
    assert held.fresh((b"a",), 4_200 + 9_999) == ()
    assert held.fresh((b"a",), 4_200 + 9_999 + 10_000) == (b"a",)


def test_codes_are_held_each_for_itself() -> None:
    """A second code is new beside a held one, twice in a frame is once, and what nobody took is new again."""
    held = Held()
    assert held.fresh((b"a", b"a"), 0) == (b"a",)
    assert held.fresh((b"a", b"b"), 100) == (b"b",)
    held.forget((b"b", b"c"))
    assert held.fresh((b"a", b"b"), 200) == (b"b",)
