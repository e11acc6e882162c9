"""The live view on terminals of any size, with and without colour, drawn from messages as a broker delivers them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console

from firmware.records.wire import event_topic
from provisioning.broker.watcher import Seen
from provisioning.demo import door, people, view
from provisioning.demo.told import Told

GATE = "gate-1"


def _told() -> Told:
    """Fold a short morning."""

    def event(number: int, **data: object) -> Seen:
        kind = "grant" if "result" in data else "access"
        payload = {"id": f"gate-1:0:{number}", "sequence": f"{number:012}", "data": data}
        return Seen(event_topic(GATE, kind), json.dumps(payload).encode(), retained=False)

    def health(frames: int) -> Seen:
        numbers = {"reader_outside_frames": frames, "reader_outside_brightness": 107}
        return Seen(f"gapura/1/{GATE}/health", json.dumps(numbers).encode(), retained=True)

    told = Told(GATE, 2)
    told.take(
        [
            Seen(f"gapura/1/{GATE}/availability", b"online", retained=True),
            health(10),
            event(1, decision="allow", direction="in", reason=None, reader="outside", **{"class": "staff"}),
            event(2, result="assumed", grant="a-1"),
            event(3, decision="deny", direction="in", reason="expired", reader="outside"),
            health(30),
        ]
    )
    return told


def _drawn(columns: int, rows: int, *, relay: bool, coloured: bool) -> list[str]:
    console = Console(
        file=io.StringIO(), width=columns, height=rows, force_terminal=True, no_color=not coloured, record=True
    )
    now = view.Now(
        told=_told(),
        pins=door.Pins(relay=relay, lit=frozenset({"green"} if relay else {"red"})),
        person=people.cast(people.dice(1))[0],
        camera=np.full((960, 1280), 120, np.uint8),
        seed=1,
        failed=0,
        seconds=61,
    )
    console.print(view.draw(now, columns, rows), height=rows)
    return console.export_text().splitlines()


@pytest.mark.parametrize("coloured", [True, False])
@pytest.mark.parametrize("relay", [True, False])
@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 20), (40, 12), (20, 6)])
def test_the_view_fits_every_terminal(size: tuple[int, int], *, relay: bool, coloured: bool) -> None:
    """Nothing is wider or higher than the terminal, and the last decision is always there."""
    lines = _drawn(*size, relay=relay, coloured=coloured)
    assert max(map(len, lines)) <= size[0]
    assert len(lines) <= size[1] + 1
    assert any("Masa izin" in line for line in lines)


def test_the_door_is_drawn_as_the_relay_stands() -> None:
    """A released lock is an open door with its word, a locked one a closed door, without need of colour."""
    released, locked = ("\n".join(_drawn(80, 24, relay=relay, coloured=False)) for relay in (True, False))
    assert "released" in released
    assert "locked" not in released
    assert "locked" in locked
    assert "released" not in locked


def test_messages_are_folded_once_each() -> None:
    """Counters, readers' rates and the last decision follow the messages, and none is counted twice."""
    told = _told()
    assert (told.online, dict(told.counts)) == (True, {"in": 1, "deny": 1})
    assert told.last is not None
    assert told.last.reason == "expired"
    assert told.readers["outside"].frames_a_second == 10
