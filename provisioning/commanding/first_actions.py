"""Why a gate did not obey, in plain English, and what to do first. Pure: a table and its reading.

It knows every reason that gates give; a later gate may give others, and then the reason itself is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed.command import CommandRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_ACTIONS: Final[Mapping[CommandRefusal, str]] = {
    CommandRefusal.UNSIGNED: (
        "the gate does not believe the signature: check that its root.pub is that of the authority that appointed you"
    ),
    CommandRefusal.RETAINED: "the order had been left lying at the broker: clear that topic, then send the order again",
    CommandRefusal.WRONG_KIND: "what was sent is no command: use gapura-ops cmd of this release",
    CommandRefusal.WRONG_ROLE: "the key is not for commands: use a folder made by gapura-ops authority operator",
    CommandRefusal.BAD_BODY: "the gate cannot read the order: compare its version with the desk's and update the older",
    CommandRefusal.WRONG_TOPIC: "the order came on another one's topic: somebody moved it; look at the broker's log",
    CommandRefusal.WRONG_GATE: "the order is for another gate or group: check the name, and the gate's groups",
    CommandRefusal.WRONG_NONCE: "the gate has connected anew since: send the order again",
    CommandRefusal.NOT_YET_VALID: "this desk's clock is ahead of the gate's: set this desk's clock",
    CommandRefusal.EXPIRED: "the order came too late: check this desk's clock, then send it again",
    CommandRefusal.TOO_LONG_LIVED: "the order would be good for too long: send it with a shorter --expires",
    CommandRefusal.CLOCK_UNTRUSTED: (
        "the gate knows the time too vaguely: keep gapura-ops time answer --follow running until it connects anew"
    ),
    CommandRefusal.WARRANT_REVOKED: "your warrant has been taken back: ask the authority whether you were meant",
    CommandRefusal.NOT_ENTITLED: "your warrant does not name this or has ended: have the authority appoint you for it",
    CommandRefusal.NOT_FOR_GROUPS: "this is never asked of a group: send it to each gate by name",
    CommandRefusal.REPEATED: "the gate knows this order and does it once only: see what became of the first",
    CommandRefusal.SECOND_SIGNER: "nobody has seconded it: another operator sends the same with --second and its id",
    CommandRefusal.POSTURE: "the door's posture forbids it: end lockdown or fire there first",
    CommandRefusal.NOT_CONTINUOUS: "this lock may not be energised for long: send somebody to hold the door",
    CommandRefusal.NO_REQUEST: "nobody waits there under this id any more: look at the gate's requests again",
    CommandRefusal.BUSY: "the door is in the middle of a passage: send the order again in a moment",
    CommandRefusal.STORAGE: "the gate cannot write down what it does: see its journal alert; the key opens the door",
    CommandRefusal.UNSUPPORTED: "this gate does not know the order or has no part for it: look at its version",
}


def first_action(reason: str | None) -> str:
    """Say what to do first; a reason that this desk does not know is named as it is."""
    if reason in {refusal.value for refusal in CommandRefusal}:
        return FIRST_ACTIONS[CommandRefusal(reason)]
    return "it says no reason: look at its alerts" if reason is None else "see the release notes of the gate's version"
