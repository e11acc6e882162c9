"""Five gates race for the last places of an area over a network that fails: nobody too many, nobody kept inside."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rules.five_gates import CALM, GATES, STORM, Story

if TYPE_CHECKING:
    import pytest

BOUND = 0
"""People beyond the limit: none, whatever becomes of the leaves."""


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(0, 25))
def test_nobody_too_many_is_let_in_and_nobody_is_kept_inside(seed: int, limit: int) -> None:
    """Leaves lost, late, repeated, out of order, gates cut off and killed: the limit holds in every step."""
    story = Story(seed, limit)
    story.tell_of(50, STORM, cuts=True)
    assert story.worst <= BOUND
    assert story.kept_in == 0


def test_the_worst_of_a_long_story(capsys: pytest.CaptureFixture[str]) -> None:
    """The same for longer; the bound and the worst overshoot are printed, and the storm has been one."""
    story = Story(0, 12)
    story.tell_of(600, STORM, cuts=True)
    with capsys.disabled():
        print(  # noqa: T201  figures for whoever runs it
            f"\nfive gates, seed {story.seed}: bound {BOUND}, worst overshoot {story.worst},"
            f" turned away {story.turned_away}, leaves refused {story.refused}, kept inside {story.kept_in}"
        )
    assert (story.worst, story.kept_in) == (BOUND, 0)
    assert story.turned_away > 100
    assert story.refused > 100


@settings(max_examples=8)
@given(st.integers(0, 2**32), st.integers(5, 15))
def test_counts_agree_once_the_links_are_back(seed: int, limit: int) -> None:
    """Every gate has the same number, and places that were stranded are there again: the area fills to its limit."""
    story = Story(seed, limit)
    story.tell_of(40, STORM, cuts=True)
    story.mend()
    assert len({story.counted(gate) for gate in GATES}) == 1
    assert story.counted(GATES[0]) >= len(story.inside)
    chance = Random(seed)  # noqa: S311  a story that can be told again
    for _ in range(limit * 3):
        story.enter(chance.choice(GATES))
        story.wait(4)
    assert {story.counted(gate) for gate in GATES} == {limit}


def test_without_loss_the_count_is_the_truth() -> None:
    """In calm weather every gate knows who is inside once it has heard the others."""
    story = Story(7, 20)
    story.tell_of(150, CALM, cuts=False)
    story.wait(40)
    assert {story.counted(gate) for gate in GATES} == {len(story.inside)}


def test_the_last_place_goes_to_whoever_waits_wherever_it_is_held() -> None:
    """One place in the area, held by another gate: turned away once, let in at the second try."""
    story = Story(1, 1)
    story.mend()
    holder = next(gate for gate in GATES if story.gates[gate].held(story.gates[gate].rule) == 1)
    other = next(gate for gate in GATES if gate != holder)
    assert not story.enter(other)
    story.wait(3)
    assert story.enter(other)
    story.wait(3)
    assert not story.enter(holder)


def test_a_full_area_opens_again_when_one_leaves_by_another_gate() -> None:
    """Somebody waits at one gate alone, somebody leaves by another: the place comes over."""
    story = Story(3, 5)
    while any(story.enter(gate) for gate in GATES):
        story.wait(3)
    story.wait(150)
    assert not story.enter("gate-1")
    story.leave("gate-5", None)
    story.wait(5)
    assert story.enter("gate-1")


def test_a_gate_that_is_cut_off_fills_its_own_share_and_no_more() -> None:
    """Twenty places at five gates: four at each that hears nobody."""
    story = Story(5, 20)
    for gate in GATES:
        story.broker.cut(gate)
    entered = sum(story.enter("gate-2") for _ in range(10))
    assert entered == 4
