"""kill -9 at every step: whatever is on disk then, one good release is started, and the next attempt succeeds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from firmware.updating import guard
from firmware.updating.updater import RESTART
from tests.updating.board import NEW, OLD, Board, Desk
from tests.updating.dying import after_kill, killed, steps_of

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = {"good": 30.0, "silent": 0.0}


@pytest.fixture(scope="module", params=["good", "silent"])
def prepared(request: pytest.FixtureRequest, founded: Path) -> tuple[str, Path]:
    """A desk with one new release that is good, or never says that it is healthy."""
    behaviour: str = request.param
    folder = founded.parent / behaviour
    shutil.copytree(founded, folder)
    Desk(folder).add(NEW, behaviour, weight=1)
    return behaviour, folder


def ready(behaviour: str, desk: Path, place: Path) -> Board:
    """A board whose gate has asked for the new release and let it be switched to."""
    board = Board(place, Desk(desk))
    board.want(board.desk.order(NEW))
    if behaviour == "good":
        board.healthy(NEW)
    return board


def test_a_kill_at_any_step_leaves_one_good_release(prepared: tuple[str, Path], place: Path) -> None:
    """Before and after a change on disk the process ends; what starts is whole, and in the end all is as without it.

    Every step of the switch and some of those around it are taken here; `make updates` takes each of them.
    """
    behaviour, desk = prepared
    wait_s = WAIT_S[behaviour]
    steps = steps_of(ready(behaviour, desk, place / "whole"), wait_s)
    assert len(steps) > 20
    switch = 1 + steps.index("before keep trying" if behaviour == "good" else "before keep returning")
    for at in (
        *range(1, switch, 4 if behaviour == "good" else switch),
        *range(switch, len(steps) + 1, 1 if behaviour == "good" else 2),
    ):
        board = ready(behaviour, desk, place / f"{at}")
        assert not after_kill(board, at, wait_s, NEW if behaviour == "good" else OLD), steps[at - 1]
        shutil.rmtree(board.folder)


@pytest.mark.parametrize("starts", [1, guard.MOST_STARTS, guard.MOST_STARTS + 1, guard.MOST_STARTS + 2])
def test_a_release_that_does_not_come_up_is_left(founded: Path, place: Path, starts: int) -> None:
    """Each start on trial is counted, and one too many is a start of the old release; the updater says why."""
    shutil.copytree(founded, place / "desk")
    Desk(place / "desk").add(NEW, "silent", weight=1)
    board = ready("silent", place / "desk", place / "board")
    steps = steps_of(ready("silent", place / "desk", place / "whole"), 0)
    assert killed(board, steps.index("after put restart") + 1, 30)
    for _ in range(starts):
        guard.guard(board.base)
    assert board.link == (NEW if starts <= guard.MOST_STARTS else OLD)
    state = board.state
    assert state is not None
    assert state.phase == ("trying" if starts <= guard.MOST_STARTS else "returning")
    if starts > guard.MOST_STARTS:
        assert not board.updater().run()
        status = board.status
        assert status is not None
        assert (status.phase, status.reason, board.link) == ("returned", "did_not_start", OLD)


def test_a_switch_that_nobody_heard_of_is_told_again(founded: Path, place: Path) -> None:
    """Killed between the link and the word to start anew, the next updater gives that word before it waits."""
    shutil.copytree(founded, place / "desk")
    Desk(place / "desk").add(NEW, "silent", weight=1)
    steps = steps_of(ready("silent", place / "desk", place / "whole"), 0)
    board = ready("silent", place / "desk", place / "board")
    assert killed(board, steps.index("before put restart") + 1, 30)
    asked = board.base / "update" / RESTART
    assert board.link == NEW
    assert not asked.exists()
    assert killed(board, 3, 30)  # the third change on disk is behind that word
    assert asked.read_text() == f"{NEW}\n"
