"""Tells the service manager how this process fares, over the socket named by NOTIFY_SOCKET.

It only sends; without a manager it does nothing. It may not decide when to send, and a manager that is gone or slow
never holds the caller up.
"""

from __future__ import annotations

import os
import socket
from typing import Literal

State = Literal["READY=1", "WATCHDOG=1", "STOPPING=1"]


def notify(state: State, address: str | None = None) -> bool:
    """Send one state; `address` is NOTIFY_SOCKET's unless given. Returns whether it was handed over."""
    target = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
    if not target.startswith(("/", "@")):
        return False
    name = "\0" + target[1:] if target.startswith("@") else target
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(0)
            sender.sendto(state.encode("ascii"), name)
    except OSError:
        return False
    return True
