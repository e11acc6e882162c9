"""On which topic the sender of a command would have put it: read from the envelope itself, and believed by nobody.

A simulated gate has no topics; this stands for the broker's. Whether the command counts is decided by the gate.
"""

from __future__ import annotations

from typing import Final

from firmware.events import Reason
from firmware.signed import cose, strict_json
from firmware.signed.payload import GROUP_PREFIX

NO_OP: Final = "unknown"


def topic_of(data: bytes) -> tuple[str, str | None]:
    """Name the op and the group, None for one gate; never raises for any bytes."""
    message = cose.parse(data)
    payload = None if isinstance(message, Reason) else strict_json.parse(message.payload)
    match payload:
        case {"body": {"op": str(op)}, "audience": [str(meant)]} if meant.startswith(GROUP_PREFIX):
            return op, meant.removeprefix(GROUP_PREFIX)
        case {"body": {"op": str(op)}}:
            return op, None
        case _:
            return NO_OP, None
