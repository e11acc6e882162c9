"""What the door tells a person: one table from signal to colour, rhythm and tone, and one from reason to signal.

No two signals share all three, so each can be told apart without reading, without hearing, or without seeing
colour. Health and blocking never get a signal of their own. Drivers receive the plain numbers of a pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import Reason, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

HIGH, MIDDLE, LOW = 2093, 1047, 523
"""C7, C6, C5 in Hz: a rising or high tone is good news, a falling or low one is not."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a signal looks and sounds: lamp colour, on/off times in ms (empty = steady), (Hz, ms) notes."""

    colour: str
    rhythm: tuple[int, ...] = ()
    notes: tuple[tuple[int, int], ...] = ()


PATTERNS: Final[Mapping[Signal, Pattern]] = {
    Signal.DARK: Pattern("dark"),
    Signal.IDLE: Pattern("white", (100, 2900)),
    Signal.GRANTED_IN: Pattern("green", (), ((HIGH, 150),)),
    Signal.GRANTED_OUT: Pattern("green", (700, 100), ((MIDDLE, 120), (HIGH, 120))),
    Signal.UNREADABLE: Pattern("yellow", (150, 150), ((MIDDLE, 100), (0, 80), (MIDDLE, 100))),
    Signal.UNKNOWN: Pattern("red", (400, 200), ((LOW, 400),)),
    Signal.EXPIRED: Pattern("red", (800, 200), ((MIDDLE, 150), (LOW, 300))),
    Signal.NOT_YET_VALID: Pattern("yellow", (800, 200), ((LOW, 150), (MIDDLE, 150), (LOW, 150))),
    Signal.USED: Pattern("red", (150, 150, 150, 550), ((LOW, 150), (0, 80), (LOW, 150))),
    Signal.SEE_OFFICER: Pattern("red", (), ((LOW, 250), (0, 100), (LOW, 250))),
    Signal.VERIFY: Pattern("blue", (500, 500), ((MIDDLE, 200), (0, 100), (MIDDLE, 200))),
    Signal.COMPANY: Pattern("blue", (150, 150, 150, 1050), ((MIDDLE, 150), (0, 100), (HIGH, 150))),
    Signal.FULL: Pattern("yellow", (), ((LOW, 200), (0, 100), (LOW, 200), (0, 100), (LOW, 200))),
    Signal.NEXT_CODE: Pattern("white", (300, 300), ((HIGH, 60), (0, 60), (HIGH, 60))),
    Signal.WRONG_GATE: Pattern("yellow", (150, 150, 150, 150, 150, 550), ((MIDDLE, 100), (LOW, 100), (MIDDLE, 100))),
    Signal.HOURS: Pattern("yellow", (400, 400), ((LOW, 300), (0, 100), (LOW, 100))),
    Signal.ONE_BY_ONE: Pattern("yellow", (150, 850), ((MIDDLE, 100), (0, 400), (MIDDLE, 100))),
    Signal.CLOSE_DOOR: Pattern(
        "yellow", (500, 500), ((HIGH, 80), (0, 80), (HIGH, 80), (0, 80), (HIGH, 80), (0, 80), (HIGH, 80))
    ),
    Signal.OFFLINE: Pattern("white", (100, 200, 100, 2600)),
    Signal.OBSERVING: Pattern("white", (100, 200, 100, 200, 100, 2300)),
    Signal.EMERGENCY: Pattern("red", (250, 250), ((HIGH, 300), (LOW, 300), (HIGH, 300), (LOW, 300))),
    Signal.FAULT: Pattern("red", (100, 100), ((LOW, 100), (0, 100), (LOW, 100), (0, 100), (LOW, 100))),
}

REFUSALS: Final[Mapping[Reason, Signal]] = {
    Reason.NO_CODE: Signal.UNREADABLE,
    Reason.IO_ERROR: Signal.UNREADABLE,
    Reason.TOO_LONG: Signal.UNREADABLE,
    Reason.BAD_ENCODING: Signal.UNREADABLE,
    Reason.INCOMPLETE: Signal.NEXT_CODE,
    Reason.BAD_COMPRESSION: Signal.UNREADABLE,
    Reason.BAD_CBOR: Signal.UNREADABLE,
    Reason.BAD_COSE: Signal.UNREADABLE,
    Reason.BAD_HEADER: Signal.UNREADABLE,
    Reason.UNKNOWN_FORMAT: Signal.UNKNOWN,
    Reason.BAD_CLAIMS: Signal.UNKNOWN,
    Reason.UNKNOWN_KEY: Signal.UNKNOWN,
    Reason.ISSUER_UNKNOWN: Signal.UNKNOWN,
    Reason.TEST_KEY: Signal.UNKNOWN,
    Reason.WRONG_USAGE: Signal.UNKNOWN,
    Reason.ISSUER_EXPIRED: Signal.UNKNOWN,
    Reason.BAD_SIGNATURE: Signal.UNKNOWN,
    Reason.BAD_PROOF: Signal.UNKNOWN,
    Reason.NO_PROOF: Signal.UNKNOWN,
    Reason.NOT_YET_VALID: Signal.NOT_YET_VALID,
    Reason.EXPIRED: Signal.EXPIRED,
    Reason.STALE: Signal.EXPIRED,
    Reason.CLASS_NOT_ADMITTED: Signal.SEE_OFFICER,
    Reason.WRONG_AREA: Signal.WRONG_GATE,
    Reason.WRONG_GATE: Signal.WRONG_GATE,
    Reason.HEALTH: Signal.SEE_OFFICER,
    Reason.BLOCKED: Signal.SEE_OFFICER,
    Reason.REVOKED: Signal.SEE_OFFICER,
    Reason.SEE_OFFICER: Signal.SEE_OFFICER,
    Reason.IDENTITY: Signal.SEE_OFFICER,
    Reason.LISTS_TOO_OLD: Signal.FAULT,
    Reason.HOLIDAY: Signal.HOURS,
    Reason.HOURS: Signal.HOURS,
    Reason.USED: Signal.USED,
    Reason.REPLAYED: Signal.USED,
    Reason.PASSBACK: Signal.SEE_OFFICER,
    Reason.SECOND_PERSON: Signal.COMPANY,
    Reason.NO_ESCORT: Signal.COMPANY,
    Reason.FULL: Signal.FULL,
    Reason.EMERGENCY: Signal.EMERGENCY,
    Reason.LOCKDOWN: Signal.SEE_OFFICER,
    Reason.DISABLED: Signal.SEE_OFFICER,
    Reason.INTERLOCK: Signal.ONE_BY_ONE,
    Reason.NOT_READY: Signal.FAULT,
    Reason.UNDERVOLTAGE: Signal.FAULT,
    Reason.NO_TRUST: Signal.FAULT,
    Reason.TRUST_EXPIRED: Signal.FAULT,
    Reason.CLOCK_UNTRUSTED: Signal.FAULT,
    Reason.NO_POLICY: Signal.FAULT,
    Reason.POLICY_EXPIRED: Signal.FAULT,
    Reason.STORAGE: Signal.FAULT,
    Reason.INTERNAL: Signal.FAULT,
}
