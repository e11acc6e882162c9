"""The law of a driven line, against a model that knows nothing but the list of what was demanded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hypothesis import example, given
from hypothesis import strategies as st

from hw.drive import LEASE_MS, REST, Drive, leased, pulsed, settled

MAX_ON_MS = 8_000


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand: when, which kind, and for how long it asked."""

    at_ms: int
    kind: Literal["pulse", "hold"]
    span_ms: int


@st.composite
def demands(draw: st.DrawFn) -> list[Demand]:
    """Draw demands in the order of their times, close together and far apart."""
    gaps = st.one_of(st.integers(0, 300), st.integers(0, 2 * MAX_ON_MS))
    spans = st.one_of(st.integers(1, 300), st.integers(1, 3 * MAX_ON_MS))
    now_ms, made = 0, []
    for gap_ms, pulse, span_ms in draw(st.lists(st.tuples(gaps, st.booleans(), spans), max_size=30)):
        now_ms += gap_ms
        made.append(Demand(now_ms, "pulse" if pulse else "hold", span_ms))
    return made


def allowed(made: list[Demand], at_ms: int) -> bool:
    """Say whether some demand still allows the line to be driven at a time, by the words of the law alone."""
    if any(one.kind == "hold" and one.at_ms <= at_ms < one.at_ms + min(one.span_ms, LEASE_MS) for one in made):
        return True
    chain_ms = end_ms = -1
    for one in (one for one in made if one.kind == "pulse" and one.at_ms <= at_ms):
        if one.at_ms >= end_ms:
            chain_ms = one.at_ms
        end_ms = min(one.at_ms + one.span_ms, chain_ms + MAX_ON_MS)
    return at_ms < end_ms


def after(drive: Drive, one: Demand) -> Drive:
    """Apply one demand."""
    if one.kind == "pulse":
        return pulsed(drive, one.at_ms, one.span_ms, MAX_ON_MS)
    return leased(drive, one.at_ms, one.span_ms)


@example([Demand(0, "pulse", 8_000), Demand(7_900, "hold", 5_000), Demand(7_950, "pulse", 8_000)], [50, 51, 4_999])
@example([Demand(0, "hold", 5_000), Demand(4_000, "pulse", 8_000)], [7_999, 8_000])
@given(demands(), st.lists(st.integers(0, 3 * MAX_ON_MS), max_size=20))
def test_a_line_is_driven_exactly_while_a_demand_allows_it(made: list[Demand], later_ms: list[int]) -> None:
    """A pulse lives by its own chain of demands, a lease by its renewals, and neither stretches or eats the other."""
    drive = REST
    for index, one in enumerate(made):
        assert (settled(drive, one.at_ms) != REST) == allowed(made[:index], one.at_ms)
        drive = after(drive, one)
        end_ms = drive.until_ms()
        assert end_ms is not None
        for at_ms in (end_ms - 1, end_ms, *(one.at_ms + span_ms for span_ms in later_ms)):
            if at_ms >= one.at_ms:
                assert (settled(drive, at_ms) != REST) == allowed(made[: index + 1], at_ms)


@given(demands())
def test_looking_at_a_drive_changes_nothing(made: list[Demand]) -> None:
    """Whether time that ran out is forgotten early, late or never, the same demands drive the line for as long."""
    lazy = keen = REST
    for one in made:
        keen = after(settled(keen, one.at_ms), one)
        lazy = after(lazy, one)
        assert lazy == keen


@given(demands(), st.integers(1, 10_000))
def test_a_lease_shortens_nothing(made: list[Demand], lease_ms: int) -> None:
    """A renewal never brings the end of a running pulse or lease nearer."""
    drive, now_ms = REST, 0
    for one in made:
        drive, now_ms = after(drive, one), one.at_ms
    before_ms = settled(drive, now_ms).until_ms()
    after_ms = leased(drive, now_ms, lease_ms).until_ms()
    assert after_ms is not None
    assert before_ms is None or after_ms >= before_ms
