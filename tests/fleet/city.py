"""The whole city: sheets are printed and rendered, every device reads its own page, and all of them become gates."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from firmware.control.identities import KEY, LINK, REPORTED
from hw.reader import decoders, images
from provisioning.mistake import OperatorError
from provisioning.rig.configuration import RELAY
from provisioning.trial.device import Device, wait
from tests.fleet import devices
from tests.fleet.cards import card
from tests.fleet.device import CARD
from tests.fleet.hosts import Host

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fleet.town import Town

DPI: Final = 150
LANES: Final = 2
"""Processes that set their devices up at the same time."""

WHOLE_BOARD: Final = "pi4-strike-both"
"""What hangs at the doors of the whole gates: the board of the trial of one gate."""


class City:
    """The devices of all gates: many to a process, a few whole ones, and one alone that can be unplugged."""

    def __init__(self, town: Town, folder: Path, whole: int) -> None:
        """Choose which gates are whole; `with` ends whatever was started."""
        self.town, self.folder = town, folder
        self._stack = ExitStack()
        names = list(town.plan.gates)
        fit = [name for name in names if town.plan.gates[name].board == WHOLE_BOARD]
        self.whole: dict[str, Device | None] = dict.fromkeys(fit[:whole])
        self.many = [name for name in names if name not in self.whole]
        self.hosts: dict[str, Host] = {}
        self.pages: dict[str, list[Path]] = {}
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        for host in set(self.hosts.values()):
            host.kill()
        self._stack.close()

    def render(self, pdf: Path, names: list[str]) -> int:
        """Make pictures of the sheets by a program of others; returns how many pages there are."""
        if shutil.which("pdftoppm") is None:
            line = "pdftoppm is missing: apt-get install poppler-utils"
            raise OperatorError(line)
        out = self.folder / f"pages-{pdf.stem}"
        out.mkdir()
        command = ["pdftoppm", "-r", str(DPI), "-gray", str(pdf), str(out / "page")]
        subprocess.run(command, check=True)
        pages = sorted(out.iterdir())
        each = len(pages) // len(names)
        self.pages |= {name: pages[at * each : (at + 1) * each] for at, name in enumerate(names)}
        return len(pages)

    def home(self, name: str) -> Path:
        """Make the folder of a device with its card in it, and return it."""
        folder = self.folder / "devices" / name
        folder.mkdir(parents=True)
        (folder / "state").mkdir(mode=0o700)
        (folder / "boot").mkdir()
        (folder / "root.pub").write_bytes(self.town.root.read_bytes())
        (folder / CARD).write_text(card(self.town.plan.gates[name].board, folder))
        return folder

    def host(self) -> Host:
        """Start one more process."""
        return Host(self.folder / "devices.log")

    def set_up_many(self, alone: str) -> None:
        """Set all but the whole gates up, some to a process and one in its own."""
        rest = [name for name in self.many if name != alone]
        groups = [rest[at : at + devices.MOST] for at in range(0, len(rest), devices.MOST)] + [[alone]]
        with ThreadPoolExecutor(LANES) as lanes:
            list(lanes.map(self._set_up, groups))

    def set_up_whole(self) -> None:
        """Hold the codes of their pages before the cameras of the whole gates, until each has reported."""
        for name in self.whole:
            device = Device(self.folder / "whole" / name, self.town.root)
            self.whole[name] = self._stack.enter_context(device)
            codes = [code.decode() for page in self.pages[name] for code in read(page)]
            began_s = time.monotonic()
            device.show_until(codes, lambda device=device: device.said("was taken") > 0)  # type: ignore[misc]
            if not wait((device.state / LINK / REPORTED).exists, 120):
                line = f"{name} was not set up: {device.log.read_text(errors='replace')[-600:]}"
                raise OperatorError(line)
            self.seconds[name] = time.monotonic() - began_s

    def shows(self, name: str, code: str, patience_s: float) -> bool:
        """Hold a code before the camera of a whole gate, and say whether its lock was released."""
        device = self.whole[name]
        if device is None:
            return False
        moved = len(device.pins.changes())
        device.show(code)
        opened = wait(lambda: any(one.pin == RELAY and one.level for one in device.pins.changes(moved)), patience_s)
        device.show(None)
        return opened

    def key(self, name: str) -> bytes:
        """The private key that a device made."""
        home = self.folder / ("whole" if name in self.whole else "devices") / name
        return (home / "state" / LINK / KEY).read_bytes()

    def _set_up(self, names: list[str]) -> None:
        """Set some devices up in one process, one after the other."""
        host = self.host()
        for name in names:
            self.hosts[name] = host
            pages = [str(page) for page in self.pages[name]]
            host.tell(name, "set_up", folder=str(self.home(name)), pages=pages, root=str(self.town.root))
            host.tell(name, "start")
            host.tell(name, "prove")
        for name in names:
            self.seconds[name] = sum(host.wait(name, did) for did in ("set_up", "start", "prove"))
        sys.stderr.write(f"fleet: {len(self.seconds)} of {len(self.many)} devices are gates\n")


def read(page: Path) -> list[bytes]:
    """Read the codes on a rendered page, as a reader does."""
    return [found.data for found in decoders.build("zxing").decode(images.load(page.read_bytes()))]
