"""The payloads of the MQTT contract that are no events: one strict model each, from which the schemas are made.

Pure. A model says what a subscriber may rely on; it carries no name, identity number, raw code or image.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from firmware.signed.command import CommandRefusal

Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Rfc3339 = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Payload(BaseModel):
    """What every payload obeys: exact types, no unknown key, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Alert(Payload):
    """`alert/<id>`, retained while it holds: what is wrong, what it means, what to do first.

    `since` is missing when the clock was not trusted; `boottime_ms` counts from `boot` (see `info`) in any case.
    """

    alarm: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
    subject: str | None = None
    severity: Literal["critical", "warning", "info"]
    meaning: str
    action: str
    clears: str
    since: Rfc3339 | None = None
    boot: str
    boottime_ms: int


class Assistance(Payload):
    """`assist/<id>`, retained while a person waits for an officer: where, and what stands in the way.

    `escalated` says that nobody has answered for so long that the operations room was told (alarm `unanswered`).
    A `reason` that is about health reads `see_officer` here, as everywhere but in `restricted/`. The moments are
    missing when the clock was not trusted; `boottime_ms` and `until_ms` count from `boot` in any case.
    """

    reader: Id
    direction: Literal["in"]
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    pass_class: Annotated[Id, Field(alias="class")]
    since: Rfc3339 | None = None
    expires_at: Rfc3339 | None = None
    escalated: bool = False
    escalated_at: Rfc3339 | None = None
    boot: str
    boottime_ms: int
    until_ms: int


class Reported(Payload):
    """`doc/<kind>/reported`, retained: what became of the document that was desired last.

    `version` and `digest` name the document in force; `refused_version` and `reason` the one that was turned down, and
    `refused_sha256` the bytes that came, whether or not a version could be read in them.
    `withdrawn_version` is the newest one that the gate keeps because it takes back what was said for its audience.
    `code` is 0 for success and grows no meaning beyond the `reason`.
    """

    state: Literal["applied", "rejected", "rolled_back", "pending"]
    version: int
    digest: Digest | None = None
    code: int = 0
    reason: str | None = None
    refused_version: int | None = None
    refused_sha256: Digest | None = None
    withdrawn_version: int | None = None
    progress: Annotated[int, Field(ge=0, le=100)] | None = None


class Response(Payload):
    """`res/<op>`: how far a command has come. `id` is the command's own, 32 hex digits.

    `accepted` and `executing` are followed by `successful` or `failed`, which are final. `reason` is one of the closed
    list of `firmware/signed/command.py`; `at` is missing when the clock was not trusted. Only a command whose signature
    holds is answered.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    op: Id
    state: Literal["accepted", "executing", "successful", "failed"]
    reason: CommandRefusal | None = None
    at: Rfc3339 | None = None
    result: dict[str, object] | None = None
