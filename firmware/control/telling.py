"""What the gate tells of itself beside its events: the facts of its birth message and its flat health numbers.

Both are asked for by the link's thread. They read counters that only the controller thread writes; a number may be
a turn old, and nothing here can hold the controller up.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from firmware.control import soundness
from firmware.control.identity import config_digest
from firmware.door import alarms
from firmware.records.settings import LinkSettings

if TYPE_CHECKING:
    from firmware.control.config import Config
    from firmware.control.controller import Controller
    from firmware.control.inbox import Inbox
    from firmware.control.outputs import Outputs
    from firmware.control.sections import MqttSection


def birth_facts(config: Config, boot: str, run: str) -> dict[str, object]:
    """Say which gate this is, in which run, with which software and configuration."""
    return {
        "boot": boot,
        "run": run,
        "version": version("gapura"),
        "config_digest": config_digest(config),
        "labels": {"area": config.gate.area} | config.gate.labels,
        "groups": sorted(config.gate.every_group),
        "stage": config.gate.stage,
    }


def health(controller: Controller, inbox: Inbox, outputs: Outputs) -> dict[str, int]:
    """Gather the counters of the gate process; a reader's numbers carry its name."""
    numbers = dict(controller.counts)
    numbers |= {"inbox_dropped": inbox.dropped, "inbox_waiting": inbox.waiting, "output_failures": outputs.failures}
    numbers |= controller.assistance.numbers() | controller.counting.numbers
    numbers |= {"observing": int(controller.door.settings.observing)}
    numbers |= {"alarms": len(alarms.raised(controller.door.alarms))}
    for name, values in list(controller.readers.items()):
        numbers |= {f"reader_{name}_{key}": value for key, value in values.items()}
    return numbers


def broker(mqtt: MqttSection) -> LinkSettings:
    """Hand the link its section."""
    return LinkSettings(
        host=mqtt.host,
        port=mqtt.port,
        fallback=tuple(soundness.address(each, mqtt.port) for each in mqtt.fallback),
        ca=mqtt.ca,
        certificate=mqtt.certificate,
        key=mqtt.key,
        health_s=float(mqtt.health_s),
        backoff_most_ms=mqtt.reconnect_s * 1000,
    )
