"""The AsyncAPI 3.0 document: channels, operations and messages as the public specification wants them.

Seen from the gate: it `send`s what it publishes and `receive`s commands and documents. Pure: it makes a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.records.wire import CONTRACT, ROOT
from provisioning.contract.channels import COSE, PARAMETERS, channels
from provisioning.contract.schemas import Schema, component, components

if TYPE_CHECKING:
    from provisioning.contract.channels import Channel

MQTT_BINDING: Final = "0.2.0"
SCHEMA_REF: Final = "#/components/schemas/{model}"
DESCRIPTION: Final = """\
What a Gapura gate says to its broker and listens to. MQTT 5 only, TLS with certificates on both sides.

Events are CloudEvents 1.0 in JSON, QoS 1 and not retained. An event's `id` is the same however often it is sent: drop
an id you have. `sequence` is gapless under one epoch, the middle part of the id. Nothing that the gate receives counts
unless it is signed; who may write to the broker can neither open a door nor change a rule.

Within one major version fields and values of enumerations are added and never change their meaning: ignore a field you
do not know, and treat a value you do not know as something else than those you know.
"""


def document() -> Schema:
    """Make the whole document."""
    every = list(channels())
    return {
        "asyncapi": "3.0.0",
        "id": "urn:gapura:contract",
        "info": {
            "title": "Gapura gate",
            "version": f"{CONTRACT}.0",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _server()},
        "channels": {channel.name: _channel(channel) for channel in every},
        "operations": {channel.name: _operation(channel) for channel in every},
        "components": {
            "messages": {channel.name: _message(channel) for channel in every},
            "schemas": components(SCHEMA_REF),
            "securitySchemes": {"certificate": {"type": "X509", "description": "The common name is the user name."}},
        },
    }


def _server() -> Schema:
    will = {"topic": f"{ROOT}/{{gate}}/availability", "qos": 1, "message": "offline", "retain": True}
    binding = {"clientId": "gapura-{gate}", "lastWill": will, "bindingVersion": MQTT_BINDING}
    return {
        "host": "broker.example.org:8883",
        "protocol": "secure-mqtt",
        "protocolVersion": "5.0",
        "description": "Whichever broker the gate's configuration names.",
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
        "bindings": {"mqtt": binding},
    }


def _channel(channel: Channel) -> Schema:
    found: Schema = {
        "address": channel.address,
        "description": channel.summary,
        "messages": {channel.name: {"$ref": f"#/components/messages/{channel.name}"}},
    }
    if channel.parameters:
        found["parameters"] = {name: {"description": PARAMETERS[name]} for name in channel.parameters}
    return found


def _operation(channel: Channel) -> Schema:
    binding: Schema = {"qos": 1, "retain": channel.retained, "bindingVersion": MQTT_BINDING}
    if channel.expiry_s is not None:
        binding["messageExpiryInterval"] = channel.expiry_s
    return {
        "action": channel.action,
        "summary": channel.summary,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.name}"}],
        "bindings": {"mqtt": binding},
    }


def _message(channel: Channel) -> Schema:
    name = component(channel)
    found: Schema = {"name": channel.name, "summary": channel.summary, "contentType": channel.content}
    if name is not None:
        found["payload"] = {"$ref": SCHEMA_REF.format(model=name)}
    elif channel.content == COSE:
        found["payload"] = {"type": "string", "format": "binary", "description": "COSE_Sign1 (RFC 9052), Ed25519."}
    else:
        found["payload"] = {"type": "string", "format": "binary", "maxLength": 65536}
    return found
