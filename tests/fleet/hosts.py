"""The processes in which the devices live: started, told and listened to. Nothing here knows what a gate is."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 300.0


class HostError(Exception):
    """A device did not do what it was told; the text says which and why."""


class Host:
    """One process of devices."""

    def __init__(self, log: Path) -> None:
        """Start it."""
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.fleet.devices"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                process_group=0,
            )
        self._changed = threading.Condition()
        self._told: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, name: str, do: str, **words: object) -> None:
        """Tell a device to do something."""
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps({"do": do, "name": name, **words}) + "\n")
            self.process.stdin.flush()

    def wait(self, name: str, did: str, times: int = 1) -> float:
        """Wait until a device did something so often, and return how long the last time took (s); raises HostError."""
        until_s = time.monotonic() + PATIENCE_S
        with self._changed:
            while len(self._told[name, did]) < times:
                if self.process.poll() is not None or time.monotonic() > until_s:
                    message = f"{name}: {did} did not happen"
                    raise HostError(message)
                self._changed.wait(1)
            said = self._told[name, did][times - 1]
        if "failed" in said:
            message = f"{name}: {did}: {said['failed']}"
            raise HostError(message)
        return float(said["seconds"])

    def do(self, name: str, do: str, **words: object) -> float:
        """Have something done, and wait for it."""
        with self._changed:
            before = len(self._told[name, do])
        self.tell(name, do, **words)
        return self.wait(name, do, before + 1)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            said = json.loads(line)
            with self._changed:
                self._told[said["name"], said["did"]].append(said)
                self._changed.notify_all()
