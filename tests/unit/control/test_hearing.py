"""Which commands are looked at, what is said of those that do not count, and that a flood keeps nobody waiting."""

from __future__ import annotations

from firmware.control.answers import MOST_SIGNED
from firmware.control.hearing import BURST, BURST_RETAINED, EVERY_MS, LONGEST_BYTES
from firmware.signed.command import Op
from tests.unit.control.ordering import AYU, Ordered


def test_what_lay_at_the_broker_is_never_obeyed() -> None:
    """A retained order is refused, though its sender is answered; sent as it should be it still counts."""
    bench = Ordered()
    data = AYU.order(Op.UNLOCK, {"direction": "out"}, name="aa" * 16)
    bench.bring(data, "unlock", retained=True)
    assert bench.states("aa" * 16) == [("failed", "retained")]
    assert not bench.relay.energised()
    bench.bring(data, "unlock")
    assert bench.relay.energised()


def test_of_refusals_a_few_are_written_and_all_are_counted() -> None:
    """Of unsigned rubbish one line in ten minutes and no answer; of signed orders ten; then again."""
    bench = Ordered()
    for _ in range(50):
        bench.clock.ms += 2 * EVERY_MS
        bench.bring(b"rubbish", "unlock")
        bench.bring(AYU.order(Op.UNLOCK, {"direction": "in"}, gate="gate-2"), "unlock")
    assert len(bench.written()) == 1 + MOST_SIGNED
    assert len(bench.told) == 50
    assert bench.controller.counts["commands_refused"] == 100
    assert bench.controller.counts["commands_refused_unsigned"] == 50
    bench.wait(600_000)
    bench.bring(b"rubbish", "unlock")
    assert len(bench.written()) == 2 + MOST_SIGNED


def test_a_flood_of_commands_is_dropped_unread() -> None:
    """Of a thousand at once a burst is looked at; a moment later there is room for the next order."""
    bench = Ordered()
    for _ in range(1_000):
        bench.bring(b"rubbish", "unlock")
    counts = bench.controller.counts
    assert (counts["commands_refused"], counts["commands_dropped"]) == (BURST, 1_000 - BURST)
    bench.clock.ms += EVERY_MS
    bench.order(Op.UNLOCK, direction="out")
    assert bench.relay.energised()


def test_what_lay_at_the_broker_takes_no_order_its_turn() -> None:
    """Of a thousand retained ones half a burst is looked at, and an order that comes in the same moment is obeyed."""
    bench = Ordered()
    for _ in range(1_000):
        bench.bring(b"rubbish", "unlock", retained=True)
    counts = bench.controller.counts
    assert (counts["commands_refused"], counts["commands_dropped"]) == (BURST_RETAINED, 1_000 - BURST_RETAINED)
    bench.order(Op.UNLOCK, direction="out")
    assert bench.relay.energised()


def test_what_is_longer_than_any_order_is_not_looked_at() -> None:
    """The longest that may be given is; one whose words alone are longer is refused like any rubbish."""
    bench = Ordered()
    words = "\N{SNOWMAN}" * 200
    longest = AYU.order(Op.REPLAY, {"epoch": "0a0b0c0d", "first": 1, "last": 2**53 - 1}, reason=words)
    assert len(longest) < LONGEST_BYTES
    bench.bring(longest, "replay")
    assert bench.controller.counts["commands_refused"] == 0
    bench.bring(AYU.order(Op.HEALTH, reason="x" * LONGEST_BYTES), "health")
    assert bench.controller.counts["commands_refused_unsigned"] == 1
