"""One event held to everything that is said of it: the gate's model, the published schema, the CloudEvents library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.v1.http import from_json
from jsonschema import Draft202012Validator

from firmware.records.kinds import DATA
from firmware.records.wire import CONTENT_TYPE, CloudEvent
from provisioning.contract.publish import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Mapping


def published(name: str) -> Draft202012Validator:
    """Take one published schema."""
    return Draft202012Validator(json.loads((PUBLISHED / "schemas" / f"{name}.json").read_text()))


def kind(event: Mapping[str, object]) -> str:
    """Name the kind of an event."""
    return str(event["type"]).split(".")[1]


def hold(event: Mapping[str, object]) -> str:
    """Hold an event to its model, its schema and the public library; return its kind."""
    body = json.dumps(event)
    CloudEvent.model_validate_json(body)
    DATA[kind(event)].model_validate_json(json.dumps(event["data"]))
    published(kind(event)).validate(event)
    for read in (
        from_json(body),
        from_http_event(HTTPMessage({"content-type": CONTENT_TYPE}, body.encode())),
    ):
        attributes = read.get_attributes()
        assert (attributes["id"], attributes["sequence"]) == (event["id"], event["sequence"])
        assert read.get_data() == event["data"]
    return kind(event)
