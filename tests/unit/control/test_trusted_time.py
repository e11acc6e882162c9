"""Which source of time is believed: tables of spans, no clock."""

from __future__ import annotations

import pytest

from firmware.control.trusted_time import Doubt, Span, believed, carried

YEAR = 31_536_000
NOW = 1_800_000_000
HELD = Span(NOW - 5, NOW + 5)


@pytest.mark.parametrize(
    ("told", "held", "expected"),
    [
        (Span(NOW - 1, NOW + 1), HELD, Span(NOW - 1, NOW + 1)),
        (Span(NOW + 4, NOW + 9), HELD, Span(NOW + 4, NOW + 5)),
        (Span(NOW + 5, NOW + 9), HELD, Span(NOW + 5, NOW + 5)),
        (Span(NOW + 6, NOW + 9), HELD, Doubt.DISAGREES),
        (Span(NOW + YEAR, NOW + YEAR), HELD, Doubt.DISAGREES),
        (Span(NOW - YEAR, NOW - YEAR), HELD, Doubt.BELOW_FLOOR),
        (Span(NOW - 101, NOW), None, Doubt.BELOW_FLOOR),
        (Span(NOW - 100, NOW), None, Span(NOW - 100, NOW)),
    ],
)
def test_only_what_floor_and_held_span_allow(told: Span, held: Span | None, expected: Span | Doubt) -> None:
    """A source is believed where it meets the held span and never below the floor."""
    assert believed(told, held, floor=NOW - 100) == expected


@pytest.mark.parametrize(
    ("passed_ms", "ppm", "expected"),
    [(0, 50, Span(-5, 5)), (1_500, 0, Span(-4, 7)), (86_400_000, 50, Span(86_390, 86_410))],
)
def test_a_span_grows_with_drift(passed_ms: int, ppm: int, expected: Span) -> None:
    """A carried span moves on and grows by drift and rounding, never shrinks."""
    assert carried(Span(-5, 5), passed_ms, ppm) == expected
