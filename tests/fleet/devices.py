"""Up to 25 devices in one process, led by lines on stdin: `python -m tests.fleet.devices` tells what becomes of them.

A line is JSON: `{"do": "set_up", "name", "folder", "pages", "root"}`, `start`, `prove`, `alarm`, `lay_over`, `release`,
`hush`. Each is answered by `{"name", "did"}`, with `failed` and why where it was not done; `up` comes by itself.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.fleet.device import Device, DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 25
STACK_BYTES: Final = 512 * 1024


def main() -> None:
    """Do what stdin says, one line after the other, until it ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    threading.stack_size(STACK_BYTES)
    devices: dict[str, Device] = {}
    for line in sys.stdin:
        words: dict[str, Any] = json.loads(line)
        name, what = words["name"], words["do"]
        if name not in devices:
            if len(devices) == MOST:
                _tell(name, what, "a process has 25 devices at most")
                continue
            devices[name] = Device(name, Path(words["folder"]), partial(_tell, name))
        began_s = time.monotonic()
        try:
            _do(devices[name], what, words)
        except (DeviceError, OSError) as error:
            _tell(name, what, str(error))
        else:
            _tell(name, what, seconds=time.monotonic() - began_s)
    os._exit(0)  # hundreds of goodbyes in turn are not what is tried


def _do(device: Device, what: str, words: dict[str, Any]) -> None:
    """Do one thing."""
    deeds: dict[str, Callable[[], None]] = {
        "set_up": lambda: device.set_up([Path(page) for page in words["pages"]], Path(words["root"])),
        "start": device.start,
        "prove": device.prove,
        "again": device.again,
        "alarm": lambda: device.alarm(words["alarm"], words["subject"]),
        "lay_over": lambda: device.lay_over(words["keys"]),
        "release": lambda: _release(device, words["version"]),
        "hush": lambda: None if device.library is None else device.library.close(),
    }
    deeds[what]()


def _release(device: Device, version: str) -> None:
    """Say from now on that an older release runs here: an update that did not happen."""
    device.release = version
    device.again()


def _tell(name: str, did: str, failed: str | None = None, seconds: float = 0.0) -> None:
    said = {"name": name, "did": did, "seconds": round(seconds, 3)} | ({} if failed is None else {"failed": failed})
    os.write(1, f"{json.dumps(said)}\n".encode())


if __name__ == "__main__":
    main()
