"""What every event says, whatever its kind, and the kinds of value that stand in several of them.

Pure. Models of events are closed, so that the gate cannot say what nobody wrote down.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from firmware.records.contract import Id, Payload

Count = Annotated[int, Field(ge=0)]
Subject = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A pass within one area and one day: there the same, everywhere else another."""


class At(Payload):
    """When it happened: milliseconds of CLOCK_BOOTTIME in a boot, and the bounds of Unix time in seconds.

    `clock` names who vouches for the bounds; they are missing where it is `none`.
    """

    boot: str
    boottime_ms: Count
    clock: Id
    earliest: int | None = None
    latest: int | None = None


class Data(Payload):
    """What every event says: when, and which grant it is about, if it is about one."""

    at: At
    grant: str | None = None
