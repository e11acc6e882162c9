"""What the gate tells of itself beside its events: the facts of its birth message and its flat health numbers.

Both are asked for by the link's thread. They read counters that only the controller thread writes; a number may be
a turn old, and nothing here can hold the controller up.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING

from firmware.door import alarms

if TYPE_CHECKING:
    from firmware.control.config import Config
    from firmware.control.controller import Controller
    from firmware.control.inbox import Inbox
    from firmware.control.outputs import Outputs


def birth_facts(config: Config, boot: str) -> dict[str, object]:
    """Say which gate this is, in which run, with which software and configuration."""
    return {
        "boot": boot,
        "version": version("gapura"),
        "config_digest": hashlib.sha256(config.model_dump_json().encode()).hexdigest(),
        "labels": {"area": config.gate.area} | config.gate.labels,
    }


def health(controller: Controller, inbox: Inbox, outputs: Outputs) -> dict[str, int]:
    """Gather the counters of the gate process; a reader's numbers carry its name."""
    numbers = dict(controller.counts)
    numbers |= {"inbox_dropped": inbox.dropped, "inbox_waiting": inbox.waiting, "output_failures": outputs.failures}
    numbers |= {"alarms": len(alarms.raised(controller.door.alarms))}
    for name, values in list(controller.readers.items()):
        numbers |= {f"reader_{name}_{key}": value for key, value in values.items()}
    return numbers
