"""Effects: what to do, in the imperative. The door asks for them, the controller carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from firmware.events.door import Line

if TYPE_CHECKING:
    from firmware.events.decisions import Reason
    from firmware.events.door import Alarm, Authority, Posture, Signal


@dataclass(frozen=True, slots=True)
class Energise:
    """Drive a line for at most `limit_ms` from now; energised always means release of the lock."""

    limit_ms: int
    line: Line = Line.RELAY


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the lock released for a lease of `lease_ms` from now, whatever was before; renewed while it shall last."""

    lease_ms: int


@dataclass(frozen=True, slots=True)
class Release:
    """Let a line fall."""

    line: Line = Line.RELAY


@dataclass(frozen=True, slots=True)
class Permit:
    """Tell the other door of an interlocked pair whether this one is closed and locked."""

    secure: bool


@dataclass(frozen=True, slots=True)
class ShowLight:
    """Show a signal on the lamps for at most `limit_ms`, then dark; `low` where the supply is too weak for more."""

    signal: Signal
    limit_ms: int
    low: bool = False


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Sound a signal once."""

    signal: Signal


Result = Literal["confirmed", "inferred", "assumed", "annulled", "outcome_unknown"]
"""How a grant ended: a sensor saw the passage, the leaf was opened, no sensor could tell, nobody went, a crash."""


@dataclass(frozen=True, slots=True)
class EndGrant:
    """Record how a grant ended, with the reason where the door took it back."""

    grant: str
    result: Result
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """Record that something is wrong; `subject` names the contact or output where there are several."""

    alarm: Alarm
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ClearAlarm:
    """Record that it is no longer; `times` counts how often it came since it was raised, once included."""

    alarm: Alarm
    subject: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class TakePosture:
    """Record the posture that holds from now on, and on whose authority."""

    posture: Posture
    authority: Authority


Effect = Energise | Hold | Release | Permit | ShowLight | PlaySound | EndGrant | RaiseAlarm | ClearAlarm | TakePosture
