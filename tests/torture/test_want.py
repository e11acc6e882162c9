"""A gate in want: memory, disk and clock fail it while somebody passes, one of each; many more are `make torture`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.torture import campaign, shortage
from tests.torture.benches import Bench, missing
from tests.torture.wounds import LANE, Kind

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S: Final = 30


@pytest.mark.parametrize("kind", [Kind.GATE_OUT_OF_MEMORY, Kind.DISK_FULL, Kind.CLOCK_STEP])
def test_gate_in_want_stays_right(tmp_path: Path, kind: Kind) -> None:
    """Nothing opens that was not written down, everybody gets out, and afterwards the next person is let in."""
    if (why := missing(tmp_path).get(kind)) is not None:
        pytest.skip(why)
    with Bench(tmp_path / "bench", frozenset({kind}), seed=8, blows=1) as bench:
        assert campaign.strike(bench, kind).faults == []
        assert bench.stand.present(bench.stand.office.good(), LANE) == []
        ledger = bench.stand.settled()
        assert bench.stand.caught_up()
        assert (ledger.faults(), bench.stand.arrivals.judge(ledger)) == ([], [])


def test_gate_without_any_memory_ends_and_comes_back_whole(tmp_path: Path) -> None:
    """A gate that gets no page at all ends when its allocator's store is used up, and its successor opens."""
    with Bench(tmp_path / "bench", frozenset({Kind.GATE_OUT_OF_MEMORY}), seed=8, blows=1) as bench:
        stand = bench.stand
        gate = stand.rig.gate
        pid = gate.pid
        assert pid is not None
        with shortage.short_of_memory(pid, 0):
            until_s = time.monotonic() + PATIENCE_S
            while gate.pid == pid and time.monotonic() < until_s:
                shortage.crowd(stand, pid)
            gate.wait_for("death")
        gate.wait_for("ready", 2)
        assert stand.present(stand.office.good(), LANE) == []
        assert stand.settled().faults() == []
