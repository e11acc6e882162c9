"""The signed lists of a gate as it finds them at its start."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from firmware.control import mistakes
from firmware.control.config import Config
from firmware.control.documents import read_lists, unreadable
from firmware.events import Direction, Instant, Reason
from firmware.passes.reading import read
from firmware.rules.decide import Place, decide
from firmware.rules.presence import Presence
from provisioning import issuing
from provisioning.rig.gate import Plan, Rig

DAY_S = 86_400


@pytest.mark.parametrize(
    ("off_s", "says", "reason"),
    [
        (0, None, None),
        (-DAY_S, "not_yet_valid", Reason.NOT_YET_VALID),
        (30 * DAY_S, "warrant_expired", Reason.EXPIRED),
    ],
)
def test_lists_outlive_a_clock_that_was_wrong_at_the_start(
    tmp_path: Path, off_s: int, says: str | None, reason: Reason | None
) -> None:
    """A gate that started with a wrong clock says so, admits nobody, and needs no restart once the clock is right."""
    rig = Rig(tmp_path, Plan(readers={"outside": None}))
    config = mistakes.read(rig.config)
    assert isinstance(config, Config)
    now = int(time.time())
    code = rig.desk.issue(issuing.Order("visitor", ("lobby",), now - 60, now + 3600), now=now)
    lists = read_lists(config, Instant(0, now + off_s, now + off_s, "system"))
    assert all(says is not None and says in problem for problem in lists.problems)
    assert len(lists.problems) == (0 if says is None else 2)
    for at, expected in ((now + off_s, reason), (now, None)):
        reading = read(code.code.encode(), lists.trust)
        decision = decide(
            reading, Direction.IN, Instant(0, at, at, "system"), Place("gate-1", "lobby"), lists.rules, Presence()
        )
        assert decision.reason is expected


@pytest.mark.parametrize(
    ("error", "says"),
    [(errno.ENOENT, "make it"), (errno.EACCES, "chgrp gapura /etc/gapura/x && chmod 640 /etc/gapura/x")],
)
def test_a_file_that_may_not_be_read_is_not_made_again(error: int, says: str) -> None:
    """What is missing must be made; what is there and closed to the gate's user must only be opened to it."""
    line = unreadable("policy", Path("/etc/gapura/x"), OSError(error, os.strerror(error)), "make it")
    assert line.startswith(f"policy /etc/gapura/x: {os.strerror(error)}; ")
    assert says in line
    assert ("make it" in line) is (error == errno.ENOENT)
