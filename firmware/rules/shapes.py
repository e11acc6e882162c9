"""What parts of a policy are made of: names and times of the day."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


def minutes(text: str) -> int:
    """Read `HH:MM` as minutes since midnight."""
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)
