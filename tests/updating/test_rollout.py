"""A release for four whole gates in two stages: one of them crashes on it, and nobody's turn comes any more."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from provisioning.rollout import book
from tests.broker import stand
from tests.command import call, gapura_ops
from tests.updating import shipped
from tests.updating.whole import NEW, OLD, Whole

if TYPE_CHECKING:
    from pathlib import Path

QUICK: Final = ("--settle", "1", "--grace", "20", "--patience", "250", "--any-time")


@pytest.mark.timeout(900)
def test_a_release_that_crashes_at_one_gate_stops_at_it(tmp_path: Path) -> None:
    """The first stage has it and keeps it, the gate that fell is back, and the others never heard of it."""
    stand.require_mosquitto()
    first = Whole(tmp_path / "gate-1", "cursed", 120)
    others = [Whole(tmp_path / f"gate-{n}", "", 120, gate=f"gate-{n}", beside=first) for n in (2, 3, 4)]
    with ExitStack() as stack:
        gates = {whole.gate: stack.enter_context(whole) for whole in (first, *others)}
        path, back = tmp_path / "release.rollout", ("--dir", first.office / "authority")
        which = ("--to", "_all", "--stages", "1,all", "--at-once", "1", *QUICK)
        order = first.order("*")
        planned = gapura_ops("rollout", "plan", *first.options, *back, *which, "--out", path, order)
        assert planned.code == 0, planned.err
        turns = [entry.gate for entry in sorted(book.load(path).gates, key=lambda entry: entry.stage)]
        (gates[turns[1]].rig.folder / "state" / shipped.CURSE).touch()
        ended = call("provisioning", ("rollout", "apply", *first.options, path), longest_s=500)
        assert ended.code == 1, ended.err
        last = ended.lines()[-1]
        assert (last["phase"], last["counts"]) == ("paused", {"settled": 1, "failed": 1, "waiting": 2})
        assert last["why"] == f"{turns[1]} rolled_back: did_not_start"
        assert [gates[gate].running() for gate in turns] == [NEW, OLD, OLD, OLD]
        assert all(gates[gate].opens() for gate in turns)
