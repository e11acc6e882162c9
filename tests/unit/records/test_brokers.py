"""Which broker is tried, in which order and when, judged from addresses and milliseconds alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.records.brokers import Brokers
from firmware.records.settings import LinkSettings

SETTINGS = LinkSettings(
    "one", 1, Path("ca"), Path("crt"), Path("key"), fallback=(("two", 2), ("three", 3)), return_s=10.0
)


def brokers(jitter: float = 0.0) -> Brokers:
    """Begin with three brokers."""
    return Brokers(SETTINGS, lambda: jitter)


def at(subject: Brokers) -> str:
    """Name where it would connect now."""
    assert subject.current.port == {"one": 1, "two": 2, "three": 3}[subject.current.host]
    return subject.current.host


def test_brokers_that_do_not_answer_are_tried_in_order_and_again_from_the_first() -> None:
    """No broker is passed over, and none is the last one tried."""
    subject = brokers()
    tried = []
    for _ in range(5):
        tried.append(at(subject))
        subject.failed()
    assert tried == ["one", "two", "three", "one", "two"]


def test_one_lost_connection_is_no_reason_to_leave_a_broker_that_was_there() -> None:
    """It is tried once more before the next one's turn comes."""
    subject = brokers()
    subject.admitted(0)
    subject.failed()
    assert at(subject) == "one"
    subject.failed()
    assert at(subject) == "two"


def test_a_broker_alone_is_tried_for_ever() -> None:
    """Without others there is nowhere to go."""
    subject = Brokers(LinkSettings("one", 1, Path("ca"), Path("crt"), Path("key")), lambda: 0.0)
    for _ in range(5):
        subject.failed()
        assert at(subject) == "one"


def test_waits_double_below_their_cap_and_begin_anew_with_a_success() -> None:
    """The cap is drawn in full by this jitter."""
    subject = brokers(1.0)
    waits = []
    for _ in range(8):
        subject.failed()
        waits.append(subject.wait_ms())
    subject.answered()
    subject.failed()
    assert waits == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
    assert subject.wait_ms() == 1_000


@pytest.mark.parametrize(("jitter", "back_ms"), [(0.0, 15_000), (0.5, 20_000), (1.0, 25_000)])
def test_the_way_back_to_the_first_is_looked_for_after_a_time_of_its_own(jitter: float, back_ms: int) -> None:
    """A fleet does not look all at once; at the first there is nothing to look for."""
    subject = brokers(jitter)
    subject.admitted(5_000)
    assert subject.back_ms is None
    subject.failed()
    subject.failed()
    subject.admitted(5_000)
    assert subject.back_ms == back_ms


def test_a_first_broker_that_comes_and_goes_is_looked_for_ever_more_rarely() -> None:
    """No flapping: each look doubles the wait, up to a bound, whether it was there or not."""
    subject = brokers()
    subject.failed()
    subject.admitted(0)
    waits = []
    now_ms = 0
    for there in (False, True, True, False, False, False):
        assert subject.back_ms is not None
        waits.append(subject.back_ms - now_ms)
        now_ms = subject.back_ms
        subject.looked(now_ms, there=there)
        if there:
            assert at(subject) == "one"
            subject.failed()
            assert at(subject) == "two"
            subject.admitted(now_ms)
    assert waits == [10_000, 20_000, 40_000, 80_000, 160_000, 160_000]
