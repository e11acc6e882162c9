"""Bad codes: a few are answered at once, more are slowed and reported, and slowness always ends."""

from __future__ import annotations

import pytest

from firmware.door import attempts
from firmware.door.asked import Noticed
from firmware.door.attempts import FIRST_PAUSE_MS, FREELY, LONGEST_PAUSE_MS, WINDOW_MS, Attempts
from firmware.events import Alarm


def show(*at_ms: int) -> tuple[Attempts, list[Noticed]]:
    """Show a bad code at each of these times and gather what is reported."""
    tries, reported = Attempts(), list[Noticed]()
    for now_ms in at_ms:
        tries, said = attempts.answered(tries, now_ms)
        reported += said
    return tries, reported


FOUR = tuple(range(100, 100 + FREELY - 1))
CASES: dict[str, tuple[tuple[int, ...], int]] = {
    "a person's few mistakes": (FOUR, 0),
    "the fifth": ((*FOUR, 1_000), FIRST_PAUSE_MS),
    "each further one doubles": ((*FOUR, 1_000, 2_000), 2 * FIRST_PAUSE_MS),
    "and doubles": ((*FOUR, 1_000, 2_000, 4_000), 4 * FIRST_PAUSE_MS),
    "and again": ((*FOUR, 1_000, 2_000, 4_000, 8_000), 8 * FIRST_PAUSE_MS),
    "up to the longest": ((*FOUR, 1_000, 2_000, 4_000, 8_000, 16_000), LONGEST_PAUSE_MS),
    "and no further": ((*FOUR, *range(1_000, 60_000, 1_000)), LONGEST_PAUSE_MS),
    "what is older than the window counts no more": ((*FOUR[:-1], 200, 100 + WINDOW_MS), 0),
    "what is a moment younger does": ((*FOUR[:-1], 200, 99 + WINDOW_MS), FIRST_PAUSE_MS),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_codes_are_slowed_by_how_many_came(name: str) -> None:
    """After the last code of each case the next one gets no answer for just this long."""
    at_ms, pause_ms = CASES[name]
    tries, reported = show(*at_ms)
    assert [tries.slowed(at_ms[-1] + ms) for ms in (pause_ms - 1, pause_ms)] == [pause_ms > 0, False]
    assert (reported != []) == (pause_ms > 0)


def test_only_too_many_are_reported_and_the_report_ends() -> None:
    """The fifth code within a minute is reported, for a minute from then on."""
    assert show(*FOUR)[1] == []
    assert show(*FOUR, 1_000)[1] == [Noticed(Alarm.BAD_CODES, active=True, until_ms=1_000 + WINDOW_MS)]


def test_only_what_counts_is_remembered() -> None:
    """A list that grew for ever would be an attack of its own."""
    tries, _ = show(*range(0, 10 * WINDOW_MS, 1_000))
    assert len(tries.answered_ms) == WINDOW_MS // 1_000
