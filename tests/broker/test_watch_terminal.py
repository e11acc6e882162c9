"""The live view on a real terminal beside a real broker: what is read at a glance, what keys do, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from firmware.records import wire
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from tests.broker import stand
from tests.broker.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUT_OF_THE_WAY, BACK = b"\x1b[?1049h", b"\x1b[?1049l"
CURSOR = b"\x1b[?25h"
ALERT = {"severity": "critical", "meaning": "It was opened.", "action": "Send somebody.", "clears": "Closed."}
EVERYBODY = "pattern readwrite #\n"


def fleet(broker: Broker, gates: int = 8) -> None:
    """Lay out what so many gates said; those of the second switch have gone away, the first one was forced."""
    broker.set_access(EVERYBODY)
    client = stand.outsider(broker.ca, *broker.issue(Holder.OPERATOR, WATCHER))
    client.connect(LOOPBACK, broker.port)
    client.loop_start()
    facts: dict[str, object] = {"run": "r", "version": "1", "nonce": "n"}
    for at in range(gates):
        name = f"gate-{at}"
        labels = {"area": "lobby", "switch": f"sw-{at * 2 // gates}"}
        said = {
            wire.info_topic(name): wire.dump(facts | {"labels": labels}),
            wire.availability_topic(name): wire.OFFLINE if at * 2 >= gates else wire.ONLINE,
        }
        for topic, payload in said.items():
            client.publish(topic, payload, 1, retain=True)
    client.publish(wire.alert_topic("gate-0", "forced"), json.dumps(ALERT), 1, retain=True).wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def watching(broker: Broker, tmp_path: Path) -> Iterator[Screen]:
    """Show the fleet on a terminal of 80 by 24."""
    fleet(broker)
    with view(broker, tmp_path) as screen:
        assert screen.shows("4 of 4 gates offline  switch sw-1")
        assert screen.shows("forced")
        yield screen


def view(broker: Broker, folder: Path, columns: int = 80, rows: int = 24) -> Screen:
    """Start the command on a terminal."""
    certificate, key = broker.issue(Holder.OPERATOR, WATCHER)
    where = ["--broker", f"{LOOPBACK}:{broker.port}", "--ca", broker.ca, "--cert", certificate, "--key", key]
    argv = [sys.executable, "-m", "provisioning", "watch", "--state", folder / "marks.json", *where]
    environment = {
        "TERM": "xterm-256color",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(stand.ROOT),
        "LANG": "C.UTF-8",
    }
    return Screen([str(each) for each in argv], environment, columns, rows)


def test_keys_act_on_the_line_that_is_shown_and_stay_with_it(watching: Screen) -> None:
    """Two quick steps are two; what is acknowledged or muted is what was read, and the last word can be taken back."""
    assert watching.until(lambda rows: rows[1].startswith("▸CRIT"))
    assert "to see to" in watching.rows()[0]
    watching.press("jk")
    watching.press("a")
    assert watching.until(lambda rows: any("▸seen" in row and "gates offline" in row for row in rows))
    watching.press("u")
    assert watching.until(lambda rows: any("▸CRIT" in row and "gates offline" in row for row in rows))
    watching.press("j")
    assert watching.until(lambda rows: any("▸CRIT" in row and "forced" in row for row in rows))
    watching.press("mm")
    assert watching.shows("nothing was done")
    assert watching.until(lambda rows: "1 muted" in rows[0] and not any("forced" in row for row in rows))
    watching.press("q")
    assert watching.end() == 0


@pytest.mark.parametrize(("number", "code"), [(None, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_whatever_ends_it_gives_the_terminal_back(watching: Screen, number: int | None, code: int) -> None:
    """After Ctrl-C, a polite kill or a lost line the screen, the cursor and the echo are as before."""
    assert OUT_OF_THE_WAY in watching.raw
    assert watching.modes() != watching.before
    watching.press("\x1a")
    if number is None:
        watching.press("\x03")
    else:
        os.kill(watching.pid, number)
    assert watching.end() == code
    assert watching.modes() == watching.before
    assert watching.raw.rindex(BACK) > watching.raw.rindex(OUT_OF_THE_WAY)
    assert CURSOR in watching.raw[watching.raw.rindex(BACK) - 40 :]
    assert b"Traceback" not in watching.raw


def test_a_small_window_and_a_lost_broker(broker: Broker, watching: Screen) -> None:
    """In 40 by 10 the worst still stands on top, and when the broker is gone that is the first line, in words."""
    watching.resize(40, 10)
    assert watching.until(lambda rows: len(rows) == 10 and "gates offline" in rows[1])
    broker.kill()
    assert watching.until(lambda rows: "no connection to the brok" in rows[1] and "CRIT" in rows[1])
    watching.press("a")
    assert watching.until(lambda rows: "broker's own silence" in rows[-1])
    watching.press("q")
    assert watching.end() == 0


def test_a_desk_that_may_read_nothing_is_not_calm(broker: Broker, tmp_path: Path) -> None:
    """An operator without rights is told so instead of that there is nothing to do."""
    fleet(broker)
    broker.set_access("user operator:somebody-else\ntopic read #\n")
    with view(broker, tmp_path) as screen:
        assert screen.shows("no gate is known")
        assert not any("Nothing to do" in row for row in screen.rows())
        screen.press("q")
        assert screen.end() == 0
