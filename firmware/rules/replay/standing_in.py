"""Stand-ins for what was there when something was decided: a pass, a memory and an area that are to decide() the same.

Pure. Whatever decide() asks of them they answer as the facts say; about anything else they are nobody and nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import NEVER, Leaf, Reason
from firmware.passes.outcome import Pass, Presented, Reading, Unreadable, Untrusted
from firmware.passes.presented import FRESH_S
from firmware.rules.companions import Companion
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.passback import Last
from firmware.rules.presence import Presence
from firmware.rules.siblings import Sibling
from firmware.rules.stays import second

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.events import Instant
    from firmware.rules.companions import Beside
    from firmware.rules.policy import Policy
    from firmware.signed.facts import Facts

NOBODY: Final = "f" * 32
"""The reference of a stand-in that no list names."""

SIBLING: Final = "0"
FOR_EVER: Final = NEVER + 1


def unread(facts: Facts) -> Reading:
    """Stand in for a code that came to no pass."""
    reason = facts.unread or Reason.INTERNAL
    return Unreadable(reason) if facts.format is None else Untrusted(reason, facts.format)


def credential(facts: Facts, trust_issued: int, reference: str = NOBODY, issuer: str = "") -> Pass:
    """Stand in for the pass: valid or not for the same reason, for this area and gate or not, used up or not."""
    begins, ends, trust_until = _times(facts.validity, facts.now)
    return Pass(
        format=facts.format or "",
        reference=reference,
        pass_class=facts.pass_class or "",
        areas=() if facts.elsewhere else (facts.area,),
        gates=(f"{facts.gate}-not",) if facts.other_gate else (),
        issued=0,
        not_before=begins,
        expires=ends,
        trust_until=trust_until,
        entries=1 if facts.used else None,
        trust_issued=trust_issued,
        issuer_name=issuer,
        holder_key=None if facts.proof is None else b"",
        presented=_presented(facts),
    )


def _presented(facts: Facts) -> Presented | None:
    """Stand in for the holder's proof: one that counts, or one that does not for the same reason."""
    earliest = facts.now.earliest
    match facts.proof:
        case None | Reason.NO_PROOF:
            return None
        case Reason.BAD_PROOF:
            return Presented(earliest, f"{facts.area}-not")
        case Reason.STALE:
            return Presented(earliest - FRESH_S - 1, facts.area)
        case Reason.CLOCK_UNTRUSTED:
            return Presented(earliest - FRESH_S, facts.area)
        case _:
            return Presented(earliest, facts.area, waited=True)


class Listed:
    """Stands in for a list of revoked passes on which whoever is asked about stands."""

    false_hit_rate = 0.0

    def revoked(self, names: Iterable[tuple[str, bytes]], issued: int) -> str | None:  # noqa: ARG002  a list's own
        """Say yes."""
        return SIBLING


def presence(facts: Facts, who: Pass, *, again: bool, room: tuple[int, int]) -> Presence:
    """Stand in for the gate's memory: `room` are places held beyond its share, and people inside."""
    memory = Presence(area=_area(facts.gate, *room))
    if facts.used:
        memory.taken[who.reference] = (1, who.expires)
    if facts.replayed and who.presented is not None:
        memory.proofs.newest[who.reference] = who.presented.at
    if again:
        memory.area.moves.here[who.reference] = Last(facts.direction, second(facts.now))
    return memory


def beside(facts: Facts, who: Pass) -> Beside:
    """Stand in for those at the reader: the same pass where it was the same, else somebody each."""
    return tuple(
        Companion(who.reference if same else f"{number:032x}", seen, apart_ms, goes_in=goes_in, ahead=ahead)
        for number, (seen, apart_ms, goes_in, ahead, same) in enumerate(facts.beside or ())
    )


def best_company(policy: Policy, area: str, pass_class: str) -> Beside:
    """Make up everybody whose company the policy can ask for, all of them let in already."""
    pair, rule = policy.two_person.get(area), policy.classes.get(pass_class)
    escort = None if rule is None else rule.escort
    asked = [None if pair is None else pair.first, None if pair is None else pair.second, escort and escort.by]
    classes = [min(names) if names else pass_class for names in asked]
    return tuple(Companion(f"{at:032x}", seen, 0, goes_in=True, ahead=False) for at, seen in enumerate(classes))


def _times(why: Reason | None, now: Instant) -> tuple[int, int, int]:
    """Choose a beginning, an end and an end of the trust list that `validity` refuses for this reason, or for none."""
    match why:
        case Reason.EXPIRED:
            return 0, now.earliest, FOR_EVER
        case Reason.NOT_YET_VALID:
            return now.latest + 1, now.latest + 2, FOR_EVER
        case Reason.CLOCK_UNTRUSTED:
            return 0, now.latest, FOR_EVER
        case Reason.TRUST_EXPIRED:
            return 0, now.latest + 1, now.latest
        case _:
            return 0, now.latest + 1, FOR_EVER


def _area(gate: str, held: int, people: int) -> Occupancy:
    """Count so many people and hold so many places: what siblings must have given is what is left to explain."""
    given = held + people
    own = Ledger("", entered=max(0, people), left=max(0, -people), given={SIBLING: max(0, -given)})
    area = Occupancy(gate, own)
    area.siblings[SIBLING] = Sibling(Leaf("", 0, 0, 0, 0, given=((gate, max(0, given)),)), 0)
    return area
