"""Setting the demonstration up and taking it down: the rig, its scenes and its witnesses, in a folder that vanishes.

It decides what the bench is made of and can spoil one part of it on purpose; what happens on it is the director's.
"""

from __future__ import annotations

import ctypes.util
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from provisioning.demo.pins import PinLog
from provisioning.demo.play import Hall
from provisioning.demo.wallet import Wallet
from provisioning.mistake import OperatorError
from provisioning.rig.gate import Plan, Rig

if TYPE_CHECKING:
    from provisioning.demo.play import Pace

Spoil = Literal["trust"]
READERS: Final = ("outside", "inside")
HEALTH_S: Final = 2
_LONGEST_SOCKET_PATH: Final = 107
_DEEPEST: Final = len("/run/outside.sock")


class House:
    """Everything that runs, between `with` and its end."""

    def __init__(self, pace: Pace, decoder: str, spoil: Spoil | None) -> None:
        """Choose; nothing is made yet."""
        self._pace = pace
        self._decoder = decoder
        self._spoil = spoil
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the folder, the rig and the witnesses, and start it all; whatever fails is taken down again."""
        check_machine(self._decoder)
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it all and remove the folder."""
        self._stack.close()

    def _start(self) -> None:
        folder = self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="gapura-")))
        if len(str(folder)) + _DEEPEST > _LONGEST_SOCKET_PATH:
            line = f"{folder} is too long for a socket in it; set TMPDIR to a short path such as /tmp"
            raise OperatorError(line)
        scenes = {name: folder / "scenes" / name for name in READERS}
        for scene in scenes.values():
            scene.mkdir(parents=True)
        plan = Plan(
            readers={name: f"scene:{scene}" for name, scene in scenes.items()},
            unlock_ms=self._pace.unlock_ms,
            decoder=self._decoder,
            health_s=HEALTH_S,
        )
        self.rig = Rig(folder, plan)
        self.wallet = Wallet(self.rig.desk, folder, int(time.time()))
        if self._spoil == "trust":
            spoil_list(folder / "gate" / "trust.cose")
        self._stack.callback(self.rig.stop)
        watcher = self.rig.watcher()
        self.rig.start(before_gate=lambda: self._stack.enter_context(watcher))
        keeper = self._stack.enter_context(self.rig.keeper())
        pins = self._stack.enter_context(PinLog(keeper.watch()))
        self.hall = Hall(plan.gate, scenes, keeper, watcher, pins)


def check_machine(decoder: str) -> None:
    """Refuse a machine on which something is missing, and say what to install."""
    programs = {"mosquitto": shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")}
    missing = [name for name, path in programs.items() if path is None and shutil.which(name) is None]
    if decoder == "pyzbar" and ctypes.util.find_library("zbar") is None:
        missing.append("libzbar0")
    if missing:
        line = f"{' and '.join(missing)} missing: sudo apt-get install {' '.join(missing)}"
        raise OperatorError(line)


def spoil_list(path: Path) -> None:
    """Alter the last byte of a signed list, which is in its signature."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
