"""What each reason means to whoever is asked about it, and what to do first. Data only.

A reason is part of the public contract; health and blocking never get a signal of their own at the door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = "Show it again, nearer and flat; print it anew if that does not help."
_NOT_OURS = "Ask for the right code; many of them at one door are somebody who tries."
_UNLISTED = "Ask for the right code; if its issuer should count here, ask whoever keeps the trust list."
_ISSUER = "Ask the office that issued the pass; its key or its pass is not as it should be."
_LISTS = "Nobody gets in: bring the gate a new list (`gapura check` says which)."

REASONS: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.NO_CODE: ("there was no code in what was shown", _AGAIN),
    Reason.IO_ERROR: ("a picture could not be read", "Give `inspect` another picture."),
    Reason.TOO_LONG: ("longer than any QR code", _NOT_OURS),
    Reason.UNKNOWN_FORMAT: ("a code, and no pass of a known kind", _NOT_OURS),
    Reason.BAD_ENCODING: ("half a pass, or a damaged one", _AGAIN),
    Reason.BAD_COMPRESSION: ("its contents do not unfold, or unfold to too much", _AGAIN),
    Reason.INCOMPLETE: (
        "one of several codes of a pass, and the others are still to be shown",
        "Show the next one within 20 seconds, in any order.",
    ),
    Reason.BAD_CBOR: ("its contents are damaged or made up", _AGAIN),
    Reason.BAD_COSE: ("its contents are damaged or made up", _AGAIN),
    Reason.BAD_HEADER: ("made as no issuer of ours makes them", _ISSUER),
    Reason.BAD_CLAIMS: ("it says what no pass says", _ISSUER),
    Reason.NO_TRUST: ("the gate has no trust list", _LISTS),
    Reason.TRUST_EXPIRED: ("the trust list has run out", _LISTS),
    Reason.UNKNOWN_KEY: ("signed by somebody who is not on the trust list", _UNLISTED),
    Reason.ISSUER_UNKNOWN: ("its signer's certificate is from no state on the trust list", _UNLISTED),
    Reason.TEST_KEY: ("signed by a key that is published for tests: a sample, and no pass", _NOT_OURS),
    Reason.WRONG_USAGE: ("its issuer may not sign passes of this kind, or for this state", _ISSUER),
    Reason.ISSUER_EXPIRED: ("its issuer's time on the trust list is over", _ISSUER),
    Reason.BAD_SIGNATURE: ("altered, or forged", _NOT_OURS),
    Reason.BAD_PROOF: ("the proof that came with a pass is not its holder's, or is meant for other gates", _NOT_OURS),
    Reason.CLOCK_UNTRUSTED: ("the gate is not sure enough of the time", "Look at its battery clock and its network."),
    Reason.NOT_YET_VALID: ("its time has not come", "Come back then, or have it issued anew."),
    Reason.EXPIRED: ("its time is over", "Have it issued anew."),
    Reason.NO_POLICY: ("the gate has no policy", _LISTS),
    Reason.POLICY_EXPIRED: ("the policy is out of its time", _LISTS),
    Reason.CLASS_NOT_ADMITTED: ("the policy admits no such class, format or issuer", "Ask whoever keeps the policy."),
    Reason.WRONG_AREA: ("made out for another area", "Show the way to the right door."),
    Reason.WRONG_GATE: ("made out for another gate", "Show the way to the right door."),
    Reason.LISTS_TOO_OLD: ("a list is older than the policy allows its class", _LISTS),
    Reason.HOLIDAY: ("closed to its class on a day of the calendar", "Come back on a working day."),
    Reason.HOURS: ("outside of the hours of its class", "Come back then."),
    Reason.HEALTH: (
        "the policy asks for a good health status, and the pass vouches for none now",
        "Lead the person aside and follow the health office's rule; only `restricted/` says this.",
    ),
    Reason.IDENTITY: (
        "a certificate that anybody could have copied, and nobody has held it against the person",
        "Compare its name with their identity card; a desk can issue a pass of our own for it.",
    ),
    Reason.BLOCKED: (
        "this very pass is on the policy's list of blocked ones",
        "Ask whoever keeps the list; only `restricted/` says this.",
    ),
    Reason.REVOKED: (
        "on the list of revoked passes, whose issuer has taken it back",
        "Have it issued anew if that is a mistake; only `restricted/` says this.",
    ),
    Reason.NO_PROOF: (
        "its holder has to prove that it is theirs, and the code proves nothing: a picture of a pass, or a paper",
        "Have them open it in the wallet that holds its key, which shows a new code every few seconds.",
    ),
    Reason.STALE: (
        "the holder's proof is not of now: a picture of a code, or a telephone whose clock is wrong",
        "Show the code that is on the telephone now; have its clock set if that does not help.",
    ),
    Reason.REPLAYED: (
        "this code, or a newer one of the same pass, was used already",
        "Wait a few seconds for the next code; ask whose telephone it is if that does not help.",
    ),
    Reason.SEE_OFFICER: (
        "what everybody reads in place of `health`, `blocked` and `revoked`",
        "Send the person to an officer, who may read `restricted/`.",
    ),
    Reason.USED: ("its entries are used up", "Have it issued anew; look whether it was copied."),
    Reason.PASSBACK: (
        "its holder came in and was not seen to leave",
        "Ask whether somebody else has the pass, or they left without showing it.",
    ),
    Reason.SECOND_PERSON: (
        "nobody goes into the area alone; going out, one person stays there alone",
        "Let the second person show their pass at the same reader; look after whoever is left alone.",
    ),
    Reason.NO_ESCORT: (
        "its class goes in only with an escort, or its escort has as many already as they may",
        "Let the escort show their pass at the same reader.",
    ),
    Reason.FULL: ("nobody more may be in the area now", "Wait until somebody leaves; the same pass is good then."),
    Reason.EMERGENCY: ("fire or evacuation", "Nobody goes in."),
    Reason.LOCKDOWN: ("the door is locked down", "Nobody goes in until whoever ordered it says so."),
    Reason.DISABLED: ("the door is out of use", "Take another door."),
    Reason.INTERLOCK: ("the other door of the pair is not closed and locked", "Close it first."),
    Reason.NOT_READY: ("the turnstile was not ready, or too many wait", "See whether an arm is blocked."),
    Reason.UNDERVOLTAGE: ("the board's supply is too weak", "Change the supply or its cable."),
    Reason.STORAGE: ("the decision could not be written down in time", "Look at the disk: full, or dying."),
    Reason.INTERNAL: ("a fault of the firmware", "Please report it, with the log."),
}
"""Cause and first action of every reason."""
