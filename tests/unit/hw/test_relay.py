"""The relay's law: never on beyond its limits, whatever is demanded and however late its alarm rings."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hw.errors import HardwareError
from hw.relay import GpioRelay
from hw.simulated import SimulatedRelay
from tests.unit.hw.lines import Bells, HandClock, TellingFactory

PIN = 17
MAX_ON_MS = 8_000

# Most limits are shorter than the maximum, some far longer; spans of time reach past both.
LIMITS_MS = st.one_of(st.integers(1, MAX_ON_MS), st.integers(1, 10 * MAX_ON_MS))
SPANS_MS = st.one_of(st.integers(0, 50), st.integers(0, 2 * MAX_ON_MS))


class RelayLaw(RuleBasedStateMachine):
    """Any order of demands, releases and (late, early, repeated) rings, against the times they allow."""

    def __init__(self) -> None:
        """Put a relay on a mock pin with a clock and a bell in our hand."""
        super().__init__()
        self.clock = HandClock()
        self.bells = Bells(self.clock)
        self.factory = TellingFactory()
        self.relay = GpioRelay(
            PIN, MAX_ON_MS, self.factory, continuous=True, clock_ms=self.clock, make_alarm=self.bells
        )
        self.twin = SimulatedRelay(MAX_ON_MS, self.clock, continuous=True)
        self.began_ms = self.until_ms = self.lease_ms = 0

    def expired(self) -> bool:
        """Say whether pulse and lease of the model, if there are any, are over."""
        return self.clock.ms >= max(self.until_ms, self.lease_ms)

    @rule(limit_ms=LIMITS_MS)
    def energise(self, limit_ms: int) -> None:
        """Demand a pulse, or more of one."""
        self.relay.energise(limit_ms)
        self.twin.energise(limit_ms)
        if self.clock.ms >= self.until_ms:
            self.began_ms = self.clock.ms
        self.until_ms = min(self.clock.ms + limit_ms, self.began_ms + MAX_ON_MS)

    @rule(lease_ms=LIMITS_MS)
    def hold(self, lease_ms: int) -> None:
        """Take a lease, or renew it."""
        self.relay.hold(lease_ms)
        self.twin.hold(lease_ms)
        self.lease_ms = max(self.lease_ms, self.clock.ms + min(lease_ms, 5_000))

    @rule()
    def release(self) -> None:
        """Let go."""
        self.relay.release()
        self.twin.release()
        self.until_ms = self.lease_ms = 0

    @rule(span_ms=SPANS_MS)
    def pass_time(self, span_ms: int) -> None:
        """Let time pass, ringing what fell due once and late."""
        self.bells.advance(span_ms)

    @rule()
    def ring_for_nothing(self) -> None:
        """Ring as a bell of an older pulse would."""
        assert self.bells.last is not None
        self.bells.last.ring()

    @invariant()
    def on_exactly_as_long_as_allowed(self) -> None:
        """The line is high during the pulse or the lease of the model and at no other time."""
        assert self.factory.level(PIN) == (not self.expired())
        assert self.relay.energised() == self.twin.energised() == (not self.expired())

    @invariant()
    def someone_will_cut_it(self) -> None:
        """A line that is on has an alarm no later than its limits."""
        if not self.expired():
            assert self.bells.last is not None
            assert self.bells.last.at_ms is not None
            assert self.bells.last.at_ms <= max(self.until_ms, self.lease_ms)


TestRelayLaw = RelayLaw.TestCase
TestRelayLaw.settings = settings(max_examples=150, stateful_step_count=40)


def test_renewing_cannot_hold_a_relay_beyond_its_maximum() -> None:
    """Demands every 100 ms, each for 5 s, end at the maximum since the line rose."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    relay = GpioRelay(PIN, MAX_ON_MS, factory, clock_ms=clock, make_alarm=bells)
    rose_ms = clock.ms
    relay.energise(5_000)
    while clock.ms < rose_ms + MAX_ON_MS - 100:
        bells.walk(100)
        relay.energise(5_000)
        assert factory.level(PIN)
    bells.walk(100)
    assert not factory.level(PIN)
    relay.close()


def test_a_held_line_falls_when_its_leases_stop() -> None:
    """Renewed every second a lease holds for an hour; five seconds after the last one the line falls by itself."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    relay = GpioRelay(PIN, MAX_ON_MS, factory, continuous=True, clock_ms=clock, make_alarm=bells)
    for _ in range(3_600):
        relay.hold(60_000)
        bells.walk(1_000)
        assert factory.level(PIN)
    bells.walk(3_999)
    assert factory.level(PIN)
    bells.walk(1)
    assert not factory.level(PIN)
    relay.close()


def test_a_relay_that_is_not_for_continuous_duty_is_never_held() -> None:
    """Holding a strike's coil is a mistake of the caller and moves no line."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    for one in (relay, SimulatedRelay(MAX_ON_MS, HandClock())):
        with pytest.raises(ValueError, match="continuous duty"):
            one.hold(1_000)
        assert not one.energised()
    assert not factory.level(PIN)
    relay.close()


def test_a_real_alarm_ends_a_pulse() -> None:
    """With the clock and the thread of a gate the line falls without anybody asking."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    relay.energise(20)
    assert [factory.next_change(), factory.next_change()] == [(PIN, True), (PIN, False)]
    relay.close()


@pytest.mark.parametrize("active_high", [True, False])
def test_a_relay_is_claimed_and_given_up_inactive(active_high: bool) -> None:  # noqa: FBT001 - a table column
    """Neither claiming nor closing energises, and a closed line stays driven at its inactive level."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory, active_high=active_high)
    assert factory.level(PIN) is not active_high
    relay.energise(1_000)
    assert factory.level(PIN) is active_high
    relay.close()
    relay.close()
    assert factory.level(PIN) is not active_high
    assert factory.pin(PIN).function == "output"


def test_a_closed_relay_cannot_be_energised() -> None:
    """After close a demand is an error, a release is nothing and the line reads as released."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    relay.close()
    with pytest.raises(HardwareError, match="closed"):
        relay.energise(1_000)
    relay.release()
    assert not relay.energised()
    assert not factory.level(PIN)


def test_a_line_that_cannot_rise_is_one_error_and_let_go() -> None:
    """A failed write is reported once, and the line is driven low in case it rose after all."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    factory.broken = {True}
    with pytest.raises(HardwareError, match="relay on GPIO 17"):
        relay.energise(1_000)
    assert not relay.energised()
    factory.broken = set()
    relay.energise(1_000)
    assert relay.energised()
    relay.close()


def test_a_line_that_cannot_fall_is_tried_again_until_it_does() -> None:
    """While a release fails every look at the relay says so; when the line follows again it falls by itself."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    relay = GpioRelay(PIN, MAX_ON_MS, factory, clock_ms=clock, make_alarm=bells)
    relay.energise(1_000)
    factory.broken = {False}
    for act in (relay.release, relay.energised, lambda: relay.energise(500), lambda: bells.advance(1_000)):
        with pytest.raises(HardwareError):
            act()
        assert factory.level(PIN)
    factory.broken = set()
    bells.advance(1_000)
    assert not factory.level(PIN)
    assert not relay.energised()
    relay.close()


def test_a_real_alarm_tries_again_until_the_line_falls() -> None:
    """The thread survives a line that does not fall, keeps trying, and makes it fall once it follows."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    relay.energise(20)
    factory.broken = {False}
    assert [factory.next_refusal() for _ in range(3)] == [(PIN, False)] * 3
    assert factory.level(PIN)
    factory.broken = set()
    assert [factory.next_change(), factory.next_change()] == [(PIN, True), (PIN, False)]
    relay.close()


def test_a_release_that_failed_is_made_good_by_the_alarm() -> None:
    """A release that could not be made is made as soon as the line follows, without being asked again."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    relay.energise(MAX_ON_MS)
    factory.broken = {False}
    with pytest.raises(HardwareError):
        relay.release()
    factory.broken = set()
    assert [factory.next_change(), factory.next_change()] == [(PIN, True), (PIN, False)]
    relay.close()


def test_a_closed_relay_whose_line_did_not_fall_is_tried_until_it_does() -> None:
    """Closing over a line that does not follow is an error, and neither the alarm nor the next close leaves it on."""
    for again in ("bell", "close"):
        clock, factory = HandClock(), TellingFactory()
        bells = Bells(clock)
        relay = GpioRelay(PIN, MAX_ON_MS, factory, clock_ms=clock, make_alarm=bells)
        relay.energise(1_000)
        factory.broken = {False}
        with pytest.raises(HardwareError):
            relay.close()
        with pytest.raises(HardwareError, match="closed"):
            relay.energise(1_000)
        factory.broken = set()
        if again == "bell":
            bells.advance(1_000)
            assert not factory.level(PIN)
        relay.close()
        assert not factory.level(PIN)
        assert bells.last is not None
        assert bells.last.closed


@pytest.mark.parametrize("limit_ms", [0, -1])
def test_a_limit_that_is_no_time_is_refused(limit_ms: int) -> None:
    """A pulse of nothing is a mistake of the caller and moves no line."""
    factory = TellingFactory()
    relay = GpioRelay(PIN, MAX_ON_MS, factory)
    with pytest.raises(ValueError, match="at least 1 ms"):
        relay.energise(limit_ms)
    with pytest.raises(ValueError, match="at least 1 ms"):
        SimulatedRelay(1, HandClock(), continuous=True).hold(limit_ms)
    with pytest.raises(ValueError, match="at least 1 ms"):
        SimulatedRelay(limit_ms, HandClock())
    assert not factory.level(PIN)
    relay.close()
