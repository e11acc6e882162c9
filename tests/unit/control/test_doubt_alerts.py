"""Alerts about clocks: their words, and that they come and go with what is not believed."""

from __future__ import annotations

import json

import pytest

from firmware.control.doubt_alerts import HOLD_MS, WORDS, DoubtAlerts
from firmware.control.trusted_time import Doubt
from firmware.events import Instant

NONE: frozenset[Doubt] = frozenset()


@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_is_an_alert_with_its_first_action(doubt: Doubt) -> None:
    """The topic names it; it says what it means and what to do, and since when if anybody knows."""
    kept: dict[str, bytes] = {}
    alerts = DoubtAlerts("gate-1", "boot", kept.__setitem__)
    alerts.turn(frozenset({doubt}), Instant(5))
    ((topic, payload),) = kept.items()
    said = json.loads(payload)
    assert topic == f"gapura/1/gate-1/alert/clock-{doubt.replace('_', '-')}"
    assert (said["alarm"], said["meaning"], said["action"]) == (f"clock_{doubt}", *WORDS[doubt])
    assert (said["boot"], said["boottime_ms"]) == ("boot", 5)
    assert "since" not in said


def test_an_alert_is_told_once_and_held_while_it_flickers() -> None:
    """It comes at once, stays while the doubt comes and goes, and is taken back five minutes after the last time."""
    told: list[bytes] = []
    alerts = DoubtAlerts("gate-1", "boot", lambda _, payload: told.append(payload))
    doubt = frozenset({Doubt.KERNEL_DISAGREES})
    for ms in range(0, 10 * HOLD_MS, HOLD_MS // 2):
        alerts.turn(doubt if ms % HOLD_MS else NONE, Instant(ms))
    assert len(told) == 1
    last_ms = 10 * HOLD_MS - HOLD_MS // 2
    alerts.turn(NONE, Instant(last_ms + HOLD_MS - 1))
    assert len(told) == 1
    alerts.turn(NONE, Instant(last_ms + HOLD_MS))
    assert told[1:] == [b""]
    alerts.turn(doubt, Instant(last_ms + 2 * HOLD_MS))
    assert len(told) == 3
