"""Whether the broker takes this gate in: one connection as the gate makes it, its own word published, and a goodbye.

For a gate that does not run. It leaves `offline` at the gate's availability, which is then true.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.records import faults, wire
from firmware.records.faults import LinkFault, LinkFaultError
from firmware.records.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.records.settings import LinkSettings


def each(settings: LinkSettings) -> Iterator[LinkSettings]:
    """Name every broker of a gate, in its order: one that is only needed in an outage is to be known good before."""
    for host, port in ((settings.host, settings.port), *settings.fallback):
        yield replace(settings, host=host, port=port, fallback=())


def fault(settings: LinkSettings, gate: str) -> LinkFaultError | None:
    """Try it, for some seconds at most; None if the broker took the gate and its word."""
    wake, other = socket.socketpair()
    topic = wire.availability_topic(gate)
    with wake, other:
        try:
            session = Session(settings, gate)
            try:
                session.open(wake, threading.Event())
                session.goodbye(topic, wire.OFFLINE, wake)
                taken = [answer.code for answer in session.answers() if answer.publication.topic == topic]
            finally:
                session.drop()
        except LinkFaultError as error:
            return error
    if not taken:
        return LinkFaultError(LinkFault.SILENT, "the broker does not acknowledge what it was sent")
    if taken[0] >= faults.SUCCESS_BELOW:
        return LinkFaultError(LinkFault.PUBLISH_REFUSED, f"the broker refused the gate's word (reason code {taken[0]})")
    return None
