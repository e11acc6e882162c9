"""How many are in an area, over all of its gates, and whether one more may come in here.

The places of an area are shared out: each gate holds some, lets in as many as it holds, gains one with each person who
leaves by it, and hands some to a sibling that is short. What a gate holds is

    share + what siblings said they gave it - what it gave - entered - on the way in + left

and while that is less than one it lets in nobody. The shares sum up to the limit, and a gift is taken off the giver
before anybody hears of it. So what all gates hold sums up to at most limit - (entered + on the way in - left); none of
it falls below nothing by letting somebody in; so the people who were counted never exceed the limit. **The bound is
none at all**, whatever leaves are lost, late, repeated, out of order or cut off: one that is missing hides gifts and
exits, never an entry that counts, and so only keeps a place empty. (Escrow, O'Neil 1986; as counters that only grow,
Balegas and others, SRDS 2015.)

Beyond the limit there are only those whom no count lets in or knows: whoever came by an officer's button, a command,
free access or a gate that only observes; whoever is inside when the limit is lowered (never more than the old one) or
a generation is raised; whoever was closed by an estimate and is still there, or went in behind somebody uncounted; what
a gate had let in that lost its memory, until it hears its own last leaf; and for everybody who left without having been
counted in, one more. Nothing here is asked on the way out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from firmware.events import Direction
from firmware.rules.passback import Moves
from firmware.rules.siblings import MOST_SIBLINGS, LeafRefusal, Sibling, judged
from firmware.rules.stays import over

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from firmware.events import Instant, Leaf
    from firmware.events.effects import Result
    from firmware.rules.capacity import AreaCapacity
    from firmware.rules.ledger import Ledger

ASK_MS: Final = 20_000
"""How long a gate asks for a place for somebody it had to turn away."""

MOST_ASKED: Final = 8


@dataclass(frozen=True, slots=True)
class Inside:
    """How many are inside as far as is known, of how many; `oldest_ms` is the age of the oldest sibling's word.

    `missing` gates have not said anything, and `estimated` people left without being seen.
    """

    people: int
    limit: int | None
    estimated: int
    missing: int
    oldest_ms: int


@dataclass(slots=True)
class Occupancy:
    """One gate's view of its area."""

    gate: str
    own: Ledger
    rule: AreaCapacity | None = None
    moves: Moves = field(default_factory=Moves)
    refused: Counter[LeafRefusal] = field(default_factory=Counter)
    siblings: dict[str, Sibling] = field(default_factory=dict)
    under_way: dict[str, tuple[Direction, str | None]] = field(default_factory=dict)
    _asked_ms: tuple[int, ...] = ()
    _answered: dict[str, int] = field(default_factory=dict)
    _told: Leaf | None = None

    def held(self, rule: AreaCapacity | None) -> int:
        """How many this gate may still let in, by what it knows."""
        if rule is None:
            return 0
        gifts = sum(one.leaf.given_to(self.gate) for one in self._counted())
        given, own = sum(self.own.given.values()), self.own
        return rule.share(self.gate) + gifts - given - own.entered - self._entering() + own.left

    def full(self, rule: AreaCapacity | None, more: int = 1) -> bool:
        """Say whether so many `more` may not come in: the area has too few places, or this gate holds too few, or none.

        A gate that the rule does not name never holds one.
        """
        if rule is None:
            return False
        return self.gate not in rule.gates or self.held(rule) < more or self._people() + more > rule.limit

    def staying(self) -> int:
        """How many are inside when one more has left, beside those who are leaving; as far as is known."""
        leaving = sum(direction is Direction.OUT for direction, _ in self.under_way.values())
        return self._people() - leaving - 1

    def counted(self, rule: AreaCapacity) -> tuple[int, int]:
        """Say what `full` goes by: the places held here beyond this gate's share, and the people inside."""
        return self.held(rule) - rule.share(self.gate), self._people()

    def inside(self, now_ms: int) -> Inside:
        """Say how many are inside, and how far that is to be believed."""
        rule, said = self.rule, self._counted()
        named = () if rule is None else tuple(gate for gate in rule.gates if gate != self.gate)
        return Inside(
            max(0, self._people()),
            None if rule is None else rule.limit,
            self.own.estimated + sum(one.leaf.estimated for one in said),
            sum(gate not in self.siblings for gate in named),
            max((now_ms - one.at_ms for one in said), default=0),
        )

    def relearn(self, rule: AreaCapacity | None) -> None:
        """Go by another rule; a higher generation begins all counts anew."""
        self.rule = rule
        if rule is not None and rule.generation > self.own.generation:
            self.own = self.own.begun_anew(rule.generation)
            self._answered.clear()

    def take_on(self, before: Occupancy) -> None:
        """Go on from what was seen and heard before the kept counts could be read: who is under way, and who moved."""
        self.siblings = before.siblings
        self.under_way |= before.under_way
        before.moves.recall(self.moves)
        self.moves = before.moves
        self.relearn(before.rule)

    def let_in(self, grant: str, subject: str | None = None) -> None:
        """Take a place for somebody who may go in now."""
        self.under_way[grant] = (Direction.IN, subject)

    def let_out(self, grant: str, subject: str | None = None) -> None:
        """Note somebody who may go out now; that makes room only when they have gone."""
        self.under_way[grant] = (Direction.OUT, subject)

    def ended(self, grant: str, result: Result, now: Instant, shown: int = 0) -> None:
        """Count who passed: a grant that was not used gives its place back. `shown` is the second of a wallet's code.

        Where it is not known what became of one, somebody counts as inside: they went in, or did not get out.
        """
        direction, subject = self.under_way.pop(grant, (None, None))
        if direction is Direction.IN and result != "annulled":
            self.own = self.own.entry(subject, now, shown)
        elif direction is Direction.OUT and result not in {"annulled", "outcome_unknown"}:
            last = None if subject is None else self.moves.elsewhere.get(subject)
            came = last is not None and last.direction is Direction.IN
            self.own = self.own.exit(subject, now, shown, came_elsewhere=came)

    def turned_away(self, now_ms: int) -> None:
        """Note that somebody found no place here: siblings are asked for one."""
        self._asked_ms = (*self._asked_ms, now_ms)[-MOST_ASKED:]

    def hear(self, gate: str, leaf: Leaf, now_ms: int) -> LeafRefusal | None:
        """Take in what a gate of this area said; None if it counts, else it is counted as refused and forgotten."""
        before = self.siblings.get(gate)
        why = judged(leaf, before, self.own.generation)
        if before is None and len(self.siblings) >= MOST_SIBLINGS:
            why = LeafRefusal.TOO_MANY
        if why is not None:
            self.refused[why] += 1
            return why
        if gate == self.gate:
            self.own = self.own.take_over(leaf)
            return None
        self.siblings[gate] = Sibling(leaf, now_ms) if before is None else before.then(leaf, now_ms)
        self.moves.hear(gate, leaf.used)
        for move in leaf.used:
            stay = next((one for one in self.own.stays if one.subject == move.subject and one.at <= move.at), None)
            if stay is not None and move.direction is Direction.OUT:
                self.own = self.own.without(stay)
        return None

    def forget(self, gate: str) -> None:
        """Take back what a gate said that is no longer of this area."""
        self.siblings.pop(gate, None)

    def settle(self, now: Instant, zone: ZoneInfo) -> None:
        """Close the stays that are over, and hand places to siblings that are short of them."""
        self.own = self.own.redated(now)
        gone = tuple(takewhile(lambda stay: over(stay, self.rule, now, zone), self.own.stays))
        if gone:
            strays = self.own.strays + sum(one.leaf.strays for one in self._counted())
            self.own = self.own.estimate(gone, strays)
        self._asked_ms = tuple(at for at in self._asked_ms if now.ms - at < ASK_MS)
        self._share_out()

    def news(self) -> Leaf | None:
        """Word what siblings are to be told, under a new number; None if that is what they were told last.

        The ledger has to be on disk before anybody hears of it: a gift that its giver forgot would be there twice.
        """
        held, wanted = self.held(self.rule), self._wanted()
        if self.own.leaf(held, wanted) == self._told:
            return None
        self.own = replace(self.own, seq=self.own.seq + 1)
        self._told = self.own.leaf(held, wanted)
        return self._told

    def _share_out(self) -> None:
        """Give to whoever is short: of what is not needed here, and all of it where somebody stands and waits."""
        if self.rule is None:
            return
        for gate, one in sorted(self.siblings.items()):
            leaf = one.leaf
            if not one.live or not self._counts(gate, one) or self._answered.get(gate) == leaf.seq:
                continue
            waits = leaf.wanted > self.rule.standby
            kept = 0 if waits and not self._asked_ms else self._wanted()
            places = min(leaf.wanted - leaf.reserved, self.held(self.rule) - kept)
            if places > 0:
                self.own = self.own.give(gate, places)
                self._answered[gate] = leaf.seq

    def _wanted(self) -> int:
        """How many places this gate likes to hold."""
        return 0 if self.rule is None else self.rule.standby + len(self._asked_ms)

    def _counted(self) -> list[Sibling]:
        """Who counts since the same reset."""
        return [one for gate, one in self.siblings.items() if self._counts(gate, one)]

    def _counts(self, gate: str, one: Sibling) -> bool:
        """Say whether a sibling counts: whoever has some other gate's key makes neither places nor exits with it."""
        named = self.rule is None or gate in self.rule.gates
        return named and one.leaf.generation == self.own.generation

    def _entering(self) -> int:
        return sum(direction is Direction.IN for direction, _ in self.under_way.values())

    def _people(self) -> int:
        """Sum up all gates; what they have not told yet is not known."""
        siblings = sum(one.leaf.entered - one.leaf.left for one in self._counted())
        return self.own.entered + self._entering() - self.own.left + siblings
