"""How a trial of the board judges what it sees: which moves of a line count as having been let go."""

from __future__ import annotations

import pytest

from tests.machine.board_stand import GREEN, RELAY, last_line
from tests.machine.board_trials import Found, _fell
from tests.machine.pl061 import Change


def moved(**lines: list[int]) -> list[Change]:
    """Make a record in which the relay and the green lamp take these levels, 4 us apart."""
    numbers = {"relay": RELAY, "green": GREEN, "other": 7}
    return [
        Change(numbers[name], level, 100 + 4e-6 * index)
        for name, levels in lines.items()
        for index, level in enumerate(levels)
    ]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        pytest.param(moved(relay=[0], green=[0]), 0, id="both fell"),
        pytest.param(moved(relay=[0]), 1, id="green stayed"),
        pytest.param(moved(relay=[], green=[]), 1, id="nothing moved"),
        pytest.param(moved(relay=[0], green=[0], other=[0]), 1, id="a third line moved"),
        pytest.param(moved(relay=[0, 1], green=[0]), 1, id="the relay rose again"),
        pytest.param(moved(relay=[1, 0], green=[0]), 1, id="the relay rose first"),
        pytest.param(moved(relay=[0, 1, 0], green=[0]), 1, id="a spike before it fell for good"),
    ],
)
def test_a_line_is_let_go_when_it_falls_and_stays_low(changes: list[Change], faults: int) -> None:
    """Relay and green must both fall, nothing else may move, and each moves once."""
    found = Found()
    _fell(changes, found)
    assert len(found.faults) == faults


def test_the_last_line_is_the_reason() -> None:
    """Of a traceback its last line is told, of a single line that line."""
    assert [last_line("a\nb\nValueError: c"), last_line("busy")] == ["ValueError: c", "busy"]
