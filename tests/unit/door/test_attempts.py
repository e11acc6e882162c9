"""Bad codes: a few are answered at once, more wait for their answer and are reported, far too many only counted."""

from __future__ import annotations

import pytest

from firmware.door import attempts
from firmware.door.asked import Noticed
from firmware.door.attempts import FIRST_PAUSE_MS, FREELY, LONGEST_PAUSE_MS, WINDOW_MS, WRITTEN, Attempts
from firmware.events import Alarm


def show(*at_ms: int) -> tuple[Attempts, int, tuple[Noticed, ...]]:
    """Show a bad code at each of these times; return what is remembered, and pause and report of the last one."""
    tries, pause_ms, said = Attempts(), 0, tuple[Noticed, ...]()
    for now_ms in at_ms:
        tries, pause_ms, said = attempts.refused(tries, now_ms)
    return tries, pause_ms, said


FIVE = tuple(range(100, 100 + FREELY))
CASES: dict[str, tuple[tuple[int, ...], int]] = {
    "a person's few mistakes": (FIVE, 0),
    "the sixth": ((*FIVE, 1_000), FIRST_PAUSE_MS),
    "each further one doubles": ((*FIVE, 1_000, 2_000), 2 * FIRST_PAUSE_MS),
    "and doubles": ((*FIVE, 1_000, 2_000, 4_000), 4 * FIRST_PAUSE_MS),
    "and again": ((*FIVE, 1_000, 2_000, 4_000, 8_000), 8 * FIRST_PAUSE_MS),
    "up to the longest": ((*FIVE, 1_000, 2_000, 4_000, 8_000, 16_000), LONGEST_PAUSE_MS),
    "and no further": ((*FIVE, *range(1_000, 59_000, 500)), LONGEST_PAUSE_MS),
    "what is older than the window counts no more": ((*FIVE, 100 + WINDOW_MS), 0),
    "what is a moment younger does": ((*FIVE, 99 + WINDOW_MS), FIRST_PAUSE_MS),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_codes_wait_by_how_many_came(name: str) -> None:
    """The last code of each case waits for its answer just this long, and is reported if it waits at all."""
    at_ms, expected_ms = CASES[name]
    _, pause_ms, said = show(*at_ms)
    report = Noticed(Alarm.BAD_CODES, active=True, until_ms=at_ms[-1] + WINDOW_MS)
    assert (pause_ms, said) == (expected_ms, (report,) if expected_ms else ())


def test_far_too_many_are_only_counted() -> None:
    """A window's worth is written one by one; the next is not, until the oldest of them has left the window."""
    almost, _, _ = show(*range(9, WRITTEN + 8))
    full, _, _ = show(*range(9, WRITTEN + 9))
    assert almost.too_many(WRITTEN + 9) is False
    assert [full.too_many(at_ms) for at_ms in (WRITTEN + 9, WINDOW_MS + 8, WINDOW_MS + 9)] == [True, True, False]
    assert Attempts().too_many(0) is False


def test_only_what_counts_is_remembered() -> None:
    """A list that grew for ever would be an attack of its own: the newest of the window stay, up to what is written."""
    slowly, _, _ = show(*range(0, 10 * WINDOW_MS, 1_000))
    assert slowly.came_ms == tuple(range(9 * WINDOW_MS, 10 * WINDOW_MS, 1_000))
    fast, _, _ = show(*range(1_000))
    assert fast.came_ms == tuple(range(1_000 - WRITTEN, 1_000))
