"""The words of a door: its postures, what is wired to it, what it warns of, and what it tells a person.

Closed lists of stable strings; each is part of the public contract. How a door uses them is `firmware/door`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from firmware.events.decisions import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Posture(StrEnum):
    """What a door is there for at the moment; all but `secure` outrank what a pass says."""

    SECURE = "secure"
    FREE_ACCESS = "free_access"
    LOCKDOWN = "lockdown"
    DISABLED = "disabled"
    EVACUATION = "evacuation"
    FIRE = "fire"


NO_ENTRY: Final[Mapping[Posture, Reason]] = {
    Posture.FIRE: Reason.EMERGENCY,
    Posture.EVACUATION: Reason.EMERGENCY,
    Posture.LOCKDOWN: Reason.LOCKDOWN,
    Posture.DISABLED: Reason.DISABLED,
}
"""Why nobody goes in under a posture, whatever their pass is worth; nothing of this ever holds for the way out."""


class Authority(StrEnum):
    """Who put a door into its posture, the strongest first."""

    FIRE_INPUT = "fire_input"
    COMMAND = "command"
    SCHEDULE = "schedule"
    STANDING = "standing"


class Contact(StrEnum):
    """What may be wired to a door. The comment says what `active` means."""

    REX = "rex"  # somebody inside asks to leave
    DOOR_POSITION = "door_position"  # the leaf is not closed
    PASSAGE_IN = "passage_in"  # somebody goes in
    PASSAGE_OUT = "passage_out"  # somebody goes out
    READY = "ready"  # the turnstile can take the next person
    TAMPER = "tamper"  # the case is open
    FIRE = "fire"  # the fire alarm calls
    SUPPLY = "supply"  # the board's voltage is too low
    MAINS = "mains"  # the mains is gone, a battery feeds the door
    OFFICER = "officer"  # an officer's button: let somebody in
    INTERCOM = "intercom"  # the intercom's door contact: let somebody in
    SERVICE = "service"  # the technician's button inside the case
    INTERLOCK = "interlock"  # the other door of the pair is not closed and locked


class Level(StrEnum):
    """How a contact reads: at rest, active, or not to be believed (a wire cut or shorted, no rest at all)."""

    REST = "rest"
    ACTIVE = "active"
    CUT = "cut"
    SHORT = "short"
    CHATTER = "chatter"

    @property
    def believed(self) -> bool:
        """Whether this says something about the world and not about the wire."""
        return self in {Level.REST, Level.ACTIVE}


class Line(StrEnum):
    """An output line that frees a lock; a turnstile has one for each way."""

    RELAY = "relay"
    RELAY_OUT = "relay_out"


class Alarm(StrEnum):
    """What a door warns of, and from `storage` on the gate behind it; each has a clear."""

    FORCED = "forced"
    HELD = "held"
    TAILGATE = "tailgate"
    CONTRADICTION = "contradiction"
    BAD_CODES = "bad_codes"
    TAMPER = "tamper"
    INPUT_FAULT = "input_fault"
    INPUT_STUCK = "input_stuck"
    OUTPUT_FAULT = "output_fault"
    NOT_READY = "not_ready"
    UNDERVOLTAGE = "undervoltage"
    ON_BATTERY = "on_battery"
    STORAGE = "storage"
    JOURNAL_REPLACED = "journal_replaced"
    JOURNAL_ALTERED = "journal_altered"
    CLOCK_UNTRUSTED = "clock_untrusted"
    LIST_EXPIRING = "list_expiring"
    LIST_UNUSABLE = "list_unusable"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CERTIFICATE_EXPIRED = "certificate_expired"
    READER_MISSING = "reader_missing"
    POSTURE_NOT_KEPT = "posture_not_kept"
    AREA_KEYS_ENDING = "area_keys_ending"
    SIGNER_REVOKED = "signer_revoked"
    UPDATE_FAILED = "update_failed"
    OBSERVING = "observing"
    UNANSWERED = "unanswered"


class Signal(StrEnum):
    """What the door tells a person. How it looks and sounds is one table in `firmware/door/signals.py`."""

    DARK = "dark"
    IDLE = "idle"
    GRANTED_IN = "granted_in"
    GRANTED_OUT = "granted_out"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    USED = "used"
    SEE_OFFICER = "see_officer"
    VERIFY = "verify"
    COMPANY = "company"
    FULL = "full"
    NEXT_CODE = "next_code"
    WRONG_GATE = "wrong_gate"
    HOURS = "hours"
    ONE_BY_ONE = "one_by_one"
    CLOSE_DOOR = "close_door"
    OFFLINE = "offline"
    OBSERVING = "observing"
    FAULT = "fault"
    EMERGENCY = "emergency"
