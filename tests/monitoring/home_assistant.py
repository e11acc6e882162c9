"""`make homeassistant`: a real Home Assistant finds a real gate by itself and shows what happens there.

CHECK and SUMMARY lines go to stdout. Home Assistant's own code comes from the package index; what it warns of fails.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firmware.control.config import Config
from firmware.control.home_assistant import announcement
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER
from provisioning.rig.gate import Plan, Rig
from tests.broker import stand
from tests.torture.checks import Checks
from tests.torture.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).parent
PATIENCE_S: Final = 120.0
"""It loads a great deal before it connects."""

BAD_CODES: Final = 12
"""More than a door takes before it warns of them."""

States = dict[str, dict[str, Any]]


class HomeAssistant:
    """The real program beside a broker; its states are asked for."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        """Start it with an observer's certificate."""
        made = subprocess.run([".ci/home-assistant"], cwd=stand.ROOT, stdout=subprocess.PIPE, text=True, check=True)
        python, libraries = made.stdout.split()
        certificate, key = rig.broker.issue(Holder.OPERATOR, WATCHER)
        self.log = folder / "home-assistant.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [python, str(HERE / "inside_home_assistant.py")],
                env={"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": libraries},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        settings = {"folder": str(folder), "broker": LOOPBACK, "port": rig.broker.port}
        files = {"certificate": rig.broker.ca, "client_cert": certificate, "client_key": key}
        self._say(json.dumps(settings | {name: path.read_text() for name, path in files.items()}))

    def close(self) -> str:
        """End it, and return what it warned of."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(stand.PATIENCE_S)
        # Two compression libraries are left out of the bench; a gate has nothing to do with them.
        return "\n".join(line for line in self.log.read_text().splitlines() if "aiohttp_fast_zlib" not in line)

    def until(self, what: Callable[[States], bool]) -> States:
        """Ask again and again until it is so, or for two minutes; return the last answer."""
        until_s = time.monotonic() + PATIENCE_S
        while True:
            states = self.states()
            if what(states) or time.monotonic() > until_s:
                return states
            time.sleep(0.1)

    def states(self) -> States:
        """Ask for all states; an end of the program is an empty answer."""
        self._say("states")
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else {}

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def state(states: States, name: str) -> str | None:
    """Take the state of the gate's entity of this name."""
    found = [one["state"] for one in states.values() if one.get("friendly_name") == f"gate-1 {name}"]
    return str(found[0]) if len(found) == 1 else None


def happened(states: States) -> bool:
    """Whether all that was done at the door has come through."""
    return (state(states, "Bad codes"), state(states, "Problem")) == ("on", "on") and state(states, "Refusals") != "0"


def main() -> int:
    """Run the check."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitoring.home_assistant", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given; nothing is drawn")
    options = parser.parse_args()
    checks = Checks("homeassistant", secrets.randbits(32) if options.seed is None else options.seed)
    with tempfile.TemporaryDirectory(prefix="gapura-homeassistant-") as made:
        folder = Path(made)
        rig = Rig(folder / "rig", Plan(readers={"outside": None}, health_s=2))
        text = rig.config.read_text().replace("[mqtt]\n", "[mqtt]\nhome_assistant = true\n")
        rig.config.write_text(text)
        with rig:
            found(checks, rig, folder)
    return checks.summary()


def found(checks: Checks, rig: Rig, folder: Path) -> None:
    """Let it find the gate, follow it through an alarm, and see it go."""
    wanted = json.loads(announcement(Config.model_validate(_toml(rig))))["components"]
    home = HomeAssistant(rig, folder)
    try:
        states = home.until(lambda now: len(now) >= len(wanted) and state(now, "Entries") == "0")
        names = {f"gate-1 {entity['name']}" for entity in wanted.values()}
        missing = sorted(names - {str(one.get("friendly_name")) for one in states.values()})
        checks.check("home-assistant-finds-the-gate", len(states), [f"missing {one}" for one in missing])
        lane = Lane(rig.socket("outside"))
        for at in range(BAD_CODES):
            lane.show(b"GP1:no such code %d" % at)
        states = home.until(happened)
        checks.check("home-assistant-follows-an-alarm", 3, [] if happened(states) else [json.dumps(states)])
        access = next((one for one in states.values() if one.get("friendly_name") == "gate-1 Access"), {})
        told = (access.get("event_type"), access.get("direction"), access.get("reader"))
        checks.check("home-assistant-tells-a-decision", 1, [] if told == ("deny", "in", "outside") else [str(access)])
        lane.hang_up()
        rig.gate.stop()
        states = home.until(lambda now: state(now, "Connection") == "off" and state(now, "Entries") == "unavailable")
        away = state(states, "Connection"), state(states, "Entries")
        checks.check("home-assistant-sees-it-go", 2, [] if away == ("off", "unavailable") else [str(away)])
        states = without(rig, folder, home)
        checks.check("home-assistant-forgets-it", 1, [f"still there: {sorted(states)}"] if states else [])
    finally:
        warned = home.close()
    checks.check("home-assistant-warns-of-nothing", 1, [warned] if warned else [])


def without(rig: Rig, folder: Path, home: HomeAssistant) -> States:
    """Let the gate's link come back without anything to announce, and return what Home Assistant still has."""
    with stand.Gate(folder / "later", stand.settings(rig.broker)):
        return home.until(lambda now: not now)


def _toml(rig: Rig) -> dict[str, Any]:
    """Read the gate's configuration as it will."""
    return tomllib.loads(rig.config.read_text())


if __name__ == "__main__":
    sys.exit(main())
