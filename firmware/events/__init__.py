"""The one vocabulary of the gate: what happened, what to do, why, and when.

Every room speaks these words and no room adds a synonym. The folder imports the standard library only and holds no
behaviour beyond what a value can say about itself. `happened` has the events, `effects` what is done about them.
"""

from firmware.events.decisions import STAGE_OF, Decision, Direction, Outcome, Reason, Side, Stage
from firmware.events.door import NO_ENTRY, Alarm, Authority, Contact, Level, Line, Posture, Signal
from firmware.events.effects import (
    ClearAlarm,
    Effect,
    EndGrant,
    Energise,
    Hold,
    Permit,
    PlaySound,
    RaiseAlarm,
    Release,
    Result,
    ShowLight,
    TakePosture,
)
from firmware.events.happened import (
    CodesPresented,
    ContactChanged,
    Event,
    LinkChanged,
    MessageRefused,
    OutputChecked,
    PostureCommanded,
    PostureScheduled,
    ReaderBeat,
    ReaderLost,
    RecordCommitted,
    Stopped,
    UsesRead,
)
from firmware.events.records import USES_KEPT_S, Record, Use
from firmware.events.time import NEVER, Instant

__all__ = [
    "NEVER",
    "NO_ENTRY",
    "STAGE_OF",
    "USES_KEPT_S",
    "Alarm",
    "Authority",
    "ClearAlarm",
    "CodesPresented",
    "Contact",
    "ContactChanged",
    "Decision",
    "Direction",
    "Effect",
    "EndGrant",
    "Energise",
    "Event",
    "Hold",
    "Instant",
    "Level",
    "Line",
    "LinkChanged",
    "MessageRefused",
    "Outcome",
    "OutputChecked",
    "Permit",
    "PlaySound",
    "Posture",
    "PostureCommanded",
    "PostureScheduled",
    "RaiseAlarm",
    "ReaderBeat",
    "ReaderLost",
    "Reason",
    "Record",
    "RecordCommitted",
    "Release",
    "Result",
    "ShowLight",
    "Side",
    "Signal",
    "Stage",
    "Stopped",
    "TakePosture",
    "Use",
    "UsesRead",
]
