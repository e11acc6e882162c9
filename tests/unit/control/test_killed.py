"""At most once, over SIGKILL at every point between an order's arrival and its answer."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from firmware.events import Posture
from firmware.records.journal import Journal
from firmware.signed.command import Op
from tests.command import ROOT as CHECKOUT
from tests.unit.control.killed import POINTS
from tests.unit.control.ordering import AYU, GROUP, ROOT, Ordered

if TYPE_CHECKING:
    from pathlib import Path

NAME = "ce" * 16


@pytest.mark.parametrize(
    ("op", "group", "point"),
    [*((Op.UNLOCK, None, point) for point in POINTS), (Op.LOCKDOWN, GROUP, "on_disk"), (Op.LOCKDOWN, GROUP, "acted")],
)
def test_what_was_written_down_is_never_obeyed_again(tmp_path: Path, op: Op, group: str | None, point: str) -> None:
    """The same bytes, with a nonce that still held or without any: `repeated`, unless the kill came before the disk."""
    data = AYU.order(op, {"direction": "in"} if op is Op.UNLOCK else {}, group=group, name=NAME)
    (tmp_path / "order").write_bytes(data)
    words = [str(tmp_path), ROOT.root_raw.hex(), str(tmp_path / "order"), op.value, group or "", point]
    ended = subprocess.run([sys.executable, "-m", "tests.unit.control.killed", *words], cwd=CHECKOUT, check=False)
    assert ended.returncode == -9
    journal = Journal(tmp_path / "journal.db", "gate-1", committed=lambda _: None)
    obeyed = journal.obeyed()
    journal.close()
    bench = Ordered(obeyed=obeyed)
    bench.bring(data, op, group=group)
    bench.commit_all()
    acted = bench.relay.energised() or bench.posture is Posture.LOCKDOWN
    if point == "submitted":
        assert (obeyed, acted) == ({}, True)
    else:
        assert (set(obeyed), acted) == ({NAME}, False)
        assert bench.states(NAME) == [("failed", "repeated")]
