"""What each alarm means to whoever is called: what began it, what ends it, and what to do first. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from firmware.events import Alarm

if TYPE_CHECKING:
    from collections.abc import Mapping


class Meaning(NamedTuple):
    """One alarm in three sentences."""

    cause: str
    clear: str
    action: str


MEANINGS: Final[Mapping[Alarm, Meaning]] = {
    Alarm.FORCED: Meaning(
        "The leaf was opened while the lock was at rest and nobody had been granted the way.",
        "The leaf is closed, or a posture lets everybody through.",
        "Send somebody to look. If nobody forced it, see whether the bolt reaches its strike plate.",
    ),
    Alarm.HELD: Meaning(
        "The leaf has been open for longer than `held_ms`; the lamps asked for it to be closed before.",
        "The leaf is closed, or a posture holds the door open.",
        "Look for a wedge and remove it, then for a closer that no longer pulls the leaf shut.",
    ),
    Alarm.TAILGATE: Meaning(
        "A passage sensor saw somebody whom no grant was for.",
        "Ten seconds have gone by since the last of them.",
        "Ask who came in behind whom. If it repeats with one person at a time, adjust the sensor.",
    ),
    Alarm.CONTRADICTION: Meaning(
        "A passage sensor saw somebody go through a leaf that its position switch reports closed.",
        "A minute has gone by since the last time.",
        "See whether the position switch has its magnet; until then forced and held alarms cannot be trusted.",
    ),
    Alarm.BAD_CODES: Meaning(
        "More codes that are no pass were shown within a minute than one person's mistakes explain.",
        "A minute has gone by since the last answer to one.",
        "Look who stands at the reader. Valid passes are still answered at once.",
    ),
    Alarm.TAMPER: Meaning(
        "The case is open, or the wire of its contact cannot be believed.",
        "The case is closed and the wire is whole.",
        "Go to the case with a second person before anybody touches it; compare it with its last photograph.",
    ),
    Alarm.INPUT_FAULT: Meaning(
        "The contact named by the subject is cut, shorted, or never rests.",
        "The contact reads as at rest or active again.",
        "Measure its end-of-line resistors at the board, then at the contact.",
    ),
    Alarm.INPUT_STUCK: Meaning(
        "The button or sensor named by the subject has been active for half a minute.",
        "It is at rest again.",
        "Free the button, or clear the beam of the sensor.",
    ),
    Alarm.OUTPUT_FAULT: Meaning(
        "The output named by the subject does not do what it was told.",
        "It does so again.",
        "Measure the line at the relay board; where it is the lock's own, post a guard until it is mended.",
    ),
    Alarm.NOT_READY: Meaning(
        "The turnstile did not say READY for somebody whose turn it was.",
        "It says READY, or its wire no longer says that it is not.",
        "See whether an arm is blocked or its controller is in a mode of its own; people inside leave by another door.",
    ),
    Alarm.UNDERVOLTAGE: Meaning(
        "The board's supply is too low; nobody is let in, and the lamps are dimmed.",
        "The supply is as it should be.",
        "Measure at the board while the lock is released; change the supply or its cable.",
    ),
    Alarm.ON_BATTERY: Meaning(
        "The mains is gone and a battery feeds the door.",
        "The mains is back.",
        "Find out how long the mains stays away and how long the battery lasts.",
    ),
    Alarm.STORAGE: Meaning(
        "The disk takes no records; nobody is let in, everybody gets out, and what happens waits in memory.",
        "The disk takes records again.",
        "See whether the disk is full; else change the SD card, and keep the old one for its journal.",
    ),
    Alarm.JOURNAL_REPLACED: Meaning(
        "The journal's file was damaged or another gate's; it is kept aside and a new one was begun.",
        "The gate is started again.",
        "Copy the file that is kept aside and look at the disk; see its record for passes that must be issued anew.",
    ),
    Alarm.JOURNAL_ALTERED: Meaning(
        "A record on the disk is not as it was written; the others go on.",
        "The gate is started again.",
        "Copy the journal and prove it; compare that record with the broker's, and look who or what touched the disk.",
    ),
    Alarm.CLOCK_UNTRUSTED: Meaning(
        "Nobody vouches for the gate's time, or it may be wrong by more than an hour; passes that this leaves in doubt "
        "let nobody in, everybody gets out.",
        "Somebody vouches for the time again, to within an hour.",
        "See whether the gate reaches its time server; else look at its battery clock.",
    ),
    Alarm.LIST_EXPIRING: Meaning(
        "The list named by the subject runs out within a week, or within the last quarter of its life if that is less.",
        "A newer one is in force, or it has run out.",
        "Sign it anew and publish it; after its end nobody gets in by it.",
    ),
    Alarm.LIST_UNUSABLE: Meaning(
        "The gate has no list of the kind named by the subject, or its time is over; without trust list or policy "
        "nobody is let in.",
        "One that holds now is in force.",
        "Publish a new one, or bring it to the gate; `gapura check` there says what is wrong with the old one.",
    ),
    Alarm.CERTIFICATE_EXPIRING: Meaning(
        "The gate's certificate ends within 30 days.",
        "The gate has connected with one that lasts longer, or it has ended.",
        "Issue a new one, bring it to the gate and restart the gate; without one it reaches no broker after the end.",
    ),
    Alarm.CERTIFICATE_EXPIRED: Meaning(
        "The gate's certificate has ended; with the next connection the broker turns the gate away.",
        "The gate has connected with one that is in its time.",
        "Bring a new certificate to the gate and restart the gate; meanwhile records wait in the journal.",
    ),
    Alarm.READER_MISSING: Meaning(
        "The reader named by the subject hung up or says nothing good; codes shown there are not seen.",
        "It is heard again.",
        "Look at its unit and its camera or cable; until then let people in by another door or by hand.",
    ),
    Alarm.POSTURE_NOT_KEPT: Meaning(
        "The file of the commanded posture was unreadable at the start, so the door is locked down; or not written.",
        "A commanded posture is on disk again.",
        "Command the posture that is meant, `resume` if none; if the alarm stays, look at the disk.",
    ),
    Alarm.AREA_KEYS_ENDING: Meaning(
        "The area's keys of the day run out within a week, or have; people go in and out, and passes have no subject.",
        "There are keys for more than a week again, or they were withdrawn.",
        "Seal keys anew for the area (`gapura-ops keys seal`) and publish them to its group.",
    ),
    Alarm.SIGNER_REVOKED: Meaning(
        "The key that signed this gate's document of the kind named by the subject has been taken back; it counts no "
        "more.",
        "One of that kind counts again.",
        "Sign it anew with the role's new key (`gapura-ops authority rotate`) and publish it.",
    ),
    Alarm.UPDATE_FAILED: Meaning(
        "An order to run another release came to nothing, or waits for somebody; the release from before runs on.",
        "An order is applied, or the one that failed is taken back.",
        "Read the reason in `doc/update/reported`, see `firmware/updating/README.md` for what to do, sign a new order.",
    ),
    Alarm.OBSERVING: Meaning(
        "The gate is installed and not active yet: it lets in whoever shows anything, unless a posture keeps everybody "
        "out, and records what it would have decided.",
        "The gate was started again with `gate.stage` active.",
        "Look at what it would have refused (`observed` in `event/access`); then make it active "
        "(`gapura-ops fleet activate`).",
    ),
    Alarm.UNANSWERED: Meaning(
        "Somebody waits for an officer at the reader named by the subject, and nobody has answered for a while.",
        "They were answered, showed something else, or were turned away because nobody answered.",
        "Look at `assist/` of the gate and answer with `gapura-ops cmd GATE admit` or `refuse`, or go to the door.",
    ),
}
"""The meaning of every alarm."""

CRITICAL: Final = frozenset(
    {
        Alarm.FORCED,
        Alarm.TAMPER,
        Alarm.OUTPUT_FAULT,
        Alarm.STORAGE,
        Alarm.JOURNAL_ALTERED,
        Alarm.CLOCK_UNTRUSTED,
        Alarm.LIST_UNUSABLE,
        Alarm.SIGNER_REVOKED,
        Alarm.READER_MISSING,
        Alarm.UNANSWERED,
    }
)
"""What somebody is woken for; every other alarm is a warning."""
