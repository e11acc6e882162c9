"""Ending a gate's connection: somebody who connects under its client id takes its place (MQTT 5, section 3.1.4).

mosquitto ends no connection when its certificate is revoked. A thief who chose another client id keeps a connection
that can say and hear nothing, until the broker is restarted; the access list is what shuts out, not this.
"""

from __future__ import annotations

import time
from typing import Final

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from firmware.records.client import client_id
from provisioning.broker_address import Address, context

_PATIENCE_S: Final = 5.0


def evict(address: Address, gate: str) -> bool:
    """Take a gate's place at the broker for a moment, and say whether the broker let us; raises OSError."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id(gate), protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context(address))
    client.connect_timeout = _PATIENCE_S
    client.connect(address.host, address.port, keepalive=10, clean_start=True)
    until_s = time.monotonic() + _PATIENCE_S
    while not client.is_connected() and time.monotonic() < until_s:
        if client.loop(timeout=0.2) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            break
    taken = client.is_connected()
    client.disconnect()
    client.loop(timeout=0.2)
    return taken
