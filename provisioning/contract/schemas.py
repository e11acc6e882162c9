"""JSON Schemas of every payload, from the models that the gate itself is held to.

What the gate sends may grow by a field within one major version, so its published schemas leave objects open; the
models they come from are closed. Pure: it makes values and writes no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic.json_schema import models_json_schema

from firmware.records.kinds import DATA
from firmware.records.wire import CONTRACT, CloudEvent
from firmware.rules.policy import Policy
from provisioning.contract import health
from provisioning.contract.channels import channels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from provisioning.contract.channels import Channel

Schema = dict[str, object]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def components(template: str) -> dict[str, Schema]:
    """Make one schema for each model and each kind of event; references among them follow `template`."""
    models: list[type[BaseModel]] = [CloudEvent, *(each.model for each in channels() if each.model is not None)]
    _, whole = models_json_schema(
        [(model, "validation") for model in sorted(set(models), key=str)], ref_template=template
    )
    found: dict[str, Schema] = {name: _open(schema) for name, schema in whole["$defs"].items()}
    found["Health"] = health.schema()
    found["Availability"] = {"type": "string", "enum": ["online", "offline"], "title": "Availability"}
    for kind, model in DATA.items():
        found[event_name(kind)] = _event(kind, model, template)
    return dict(sorted(found.items()))


def component(channel: Channel) -> str | None:
    """Name the schema of what lies on a channel; None where it is no JSON of ours."""
    if channel.event is not None:
        return event_name(channel.event)
    if channel.model is not None:
        return channel.model.__name__
    return {"availability": "Availability", "health": "Health"}.get(channel.name)


def event_name(kind: str) -> str:
    """Name the schema of a kind of event, its envelope included."""
    return "".join(word.capitalize() for word in kind.split("-")) + "Event"


def files() -> dict[str, Schema]:
    """Make one self-contained schema of the 2020-12 dialect for each JSON payload, by file name."""
    every = components("#/$defs/{model}")
    found = {f"{channel.name}.json": _alone(channel.name, name, every) for channel, name in _described()}
    return found | {"policy.json": policy()}


def policy() -> Schema:
    """Make the schema of a policy's body: closed, for what a gate does not know it refuses."""
    head: Schema = {"$schema": DIALECT, "$id": f"urn:gapura:contract:{CONTRACT}:policy"}
    return head | Policy.model_json_schema(by_alias=True)


def _described() -> list[tuple[Channel, str]]:
    named = [(channel, component(channel)) for channel in channels() if channel.name != "availability"]
    return [(channel, name) for channel, name in named if name is not None]


def _alone(name: str, root: str, every: Mapping[str, Schema]) -> Schema:
    """Put a schema into a file with those it needs."""
    needed, waiting = set[str](), [root]
    while waiting:
        needed.add(current := waiting.pop())
        waiting += [other for other in _references(every[current]) if other not in needed]
    head: Schema = {"$schema": DIALECT, "$id": f"urn:gapura:contract:{CONTRACT}:{name}"}
    return head | every[root] | {"$defs": {other: every[other] for other in sorted(needed - {root})}}


def _references(value: object) -> list[str]:
    match value:
        case {"$ref": str(reference), **rest}:
            return [reference.rsplit("/", 1)[1], *_references(rest)]
        case dict():
            return [name for each in value.values() for name in _references(each)]
        case list():
            return [name for each in value for name in _references(each)]
        case _:
            return []


def _event(kind: str, model: type[BaseModel], template: str) -> Schema:
    """Narrow the envelope to one kind."""
    narrowed = {"type": {"const": f"gapura.{kind}.v1"}, "data": {"$ref": template.format(model=model.__name__)}}
    return {
        "title": event_name(kind),
        "description": (model.__doc__ or "").splitlines()[0],
        "type": "object",
        "allOf": [{"$ref": template.format(model=CloudEvent.__name__)}, {"type": "object", "properties": narrowed}],
    }


def _open(schema: Mapping[str, object]) -> Schema:
    """Take off what forbids fields of a later minor version."""
    return {name: value for name, value in schema.items() if (name, value) != ("additionalProperties", False)}
