"""Counting: who passed this door as the area's count has it, on disk with the very record that tells of it.

Siblings are told only what is on disk: a gift of places that its giver forgot would be there twice. It decides nothing
at the door; `firmware/rules` does. It belongs to the controller thread.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from firmware.control.area_state import Changes, restored
from firmware.events import Direction, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.control.area_state import Kept
    from firmware.events import Decision, EndGrant, Instant, Leaf, LeafHeard, Record
    from firmware.passes.outcome import Pass
    from firmware.rules.decide import Place, Rulebook
    from firmware.rules.occupancy import Occupancy
    from firmware.rules.presence import Presence

PATIENCE_MS: Final = 60_000
"""How long a count that begins anew waits for its own last leaf: the first one that is told takes its place."""

ANYWHERE: Final = ZoneInfo("Asia/Jakarta")
"""Where days are meant as long as there is no policy: as a policy that names no zone means them."""


class Counting:
    """The count of the area at this gate.

    `kept` gives what an earlier run let the journal keep, None as long as the journal could not be opened: nobody gets
    in then, and whoever leaves is counted when it was. `tell` hears of each leaf that siblings are to read, and how
    many may be in the area; a count that begins anew waits a minute for its own last leaf, which its first overwrites.
    """

    def __init__(
        self,
        presence: Presence,
        *,
        epoch: str = "",
        kept: Callable[[], Mapping[str, str] | None] = dict,
        tell: Callable[[Leaf, int | None], None] = lambda _leaf, _limit: None,
    ) -> None:
        """Take the count up where it was left; the grants that nobody knows the end of are ended at the first turn."""
        self.counts: Counter[str] = Counter()
        self.numbers: dict[str, int] = {}  # flat, for health, as the last turn left them: another thread reads them
        self._presence, self._epoch, self._kept, self._tell = presence, epoch, kept, tell
        self._name, self._zone = "", ANYWHERE
        self._newest: int | None = None
        self._left: list[tuple[str | None, Instant]] = []
        self._left_over: tuple[str, ...] = ()
        found = kept()
        self._awake, self._new = found is not None, not found
        self._began_ms: int | None = None
        self._shown: dict[str, int] = {}
        self._take_up(found or {})

    @property
    def area(self) -> Occupancy:
        """The count itself."""
        return self._presence.area

    def relearn(self, place: Place, rules: Rulebook) -> None:
        """Go by these rules from now on."""
        policy = rules.policy
        self._name, self.area.gate = place.area, place.gate
        self._zone = ANYWHERE if policy is None else ZoneInfo(policy.timezone)
        self.area.relearn(None if policy is None else policy.capacity.get(place.area))

    def decided(self, decision: Decision, credential: Pass | None, record: Record) -> Kept:
        """Take a place for whoever may go, and ask siblings for one where there was none.

        Whom the record names is whom siblings may hear of: a subject that it holds back is held back from them too.
        """
        grant, now = record.grant, record.at
        said = record.body.get("subject")
        subject = None if said is None else str(said)
        if decision.outcome is not Outcome.ALLOW or grant is None:
            if decision.reason is Reason.FULL:
                self.area.turned_away(now.ms)
                self.counts["full"] += 1
            return ()
        self.counts["passback"] += decision.remark is Reason.PASSBACK
        begin = self.area.let_in if decision.direction is Direction.IN else self.area.let_out
        begin(grant, subject)
        if credential is not None:
            self.area.moves.begin(grant, credential.reference, decision.direction, now)
            self._presence.proofs.note(credential, now)
            if credential.presented is not None:
                self._shown[grant] = credential.presented.at
        reference = None if credential is None else credential.reference
        return self._changes.way(grant, decision.direction, subject, reference) + self._take() if self._awake else ()

    def ended(self, end: EndGrant, now: Instant) -> Kept:
        """Count whoever passed; whoever did not is nobody's company."""
        if end.result == "annulled":
            self._presence.gathering.turned_back(end.grant)
        way, shown = self.area.under_way.get(end.grant), self._shown.pop(end.grant, 0)
        if not self._awake:
            if way is not None and way[0] is Direction.OUT and end.result not in {"annulled", "outcome_unknown"}:
                self._left.append((way[1], now))
            return ()
        self.area.ended(end.grant, end.result, now, shown)
        self.area.moves.end(end.grant, used=end.result != "annulled")
        return self._changes.over(end.grant) + self._take()

    def hear(self, heard: LeafHeard, now: Instant) -> None:
        """Take in what another gate of the area says; nothing said takes it back."""
        if heard.leaf is None:
            self.area.forget(heard.gate)
        elif heard.gate == self.area.gate:
            self._new = False
            self.area.hear(heard.gate, heard.leaf, now.ms)
        elif self.area.hear(heard.gate, heard.leaf, now.ms) is None:
            self.counts["heard"] += 1

    def settle(self, now: Instant) -> Kept:
        """Close stays that are over and share places out; what changed by that is to be recorded."""
        self.numbers = self._numbers(now.ms)
        if not self._awake:
            return ()
        for grant in self._left_over:
            self.area.ended(grant, "outcome_unknown", now)
        over = tuple(kept for grant in self._left_over for kept in self._changes.over(grant))
        self._left_over = ()
        self.area.settle(now, self._zone)
        changed = over + self._take()
        if self._began_ms is None:
            self._began_ms = now.ms
        waits = self._new and now.ms - self._began_ms < PATIENCE_MS
        if not waits and not changed and self._newest is None and (leaf := self.area.news()) is not None:
            self._tell(leaf, None if self.area.rule is None else self.area.rule.limit)
        return changed

    def carried(self, record: Record, kept: Kept) -> Record:
        """Let a record carry changes: nothing is told before it is on disk."""
        if not kept:
            return record
        self._newest = record.token
        return replace(record, kept=kept)

    def committed(self, token: int) -> None:
        """Note that a record is on disk; they come in their order."""
        if self._newest is not None and token >= self._newest:
            self._newest = None

    def woken(self) -> None:
        """Go on from what a journal remembers that could be opened only now."""
        found = self._kept()
        if self._awake or found is None:
            return
        before = self.area
        self._awake, self._new = True, not found
        self._take_up(found)
        self.area.take_on(before)
        for number, (subject, at) in enumerate(self._left):
            self.area.let_out(f"late-{number}", subject)
            self.area.ended(f"late-{number}", "confirmed", at)
        self._left.clear()

    def lost(self) -> None:
        """Hand all of it to the journal again: its file had to be replaced."""
        self._changes.anew()
        self._presence.proofs.lost()

    def forget(self, now: Instant) -> None:
        """Drop what is too old to matter."""
        self.area.moves.forget(now.earliest)
        if not self._awake:
            self.area.moves.changed()  # nobody is there to ask for it

    def told(self) -> dict[str, object]:
        """Word the count for a record."""
        own, rule = self.area.own, self.area.rule
        known = self.area.inside(0)
        numbers = {"inside": known.people, "estimated": own.estimated, "given": sum(own.given.values())}
        limit = {} if rule is None else {"limit": rule.limit, "held": max(0, self.area.held(rule))}
        return {"area": self._name, "generation": own.generation, **numbers, **limit}

    def _numbers(self, now_ms: int) -> dict[str, int]:
        """Gather the numbers for health."""
        known, rule = self.area.inside(now_ms), self.area.rule
        told = {f"area_{name}": self.counts[name] for name in ("full", "heard", "passback")}
        told |= {"area_inside": known.people, "area_missing": known.missing, "area_oldest_s": known.oldest_ms // 1000}
        told |= {"area_refused": sum(self.area.refused.values()), "area_estimated": known.estimated}
        return told if rule is None else told | {"area_limit": rule.limit, "area_held": max(0, self.area.held(rule))}

    def _take_up(self, found: Mapping[str, str]) -> None:
        """Begin with what was kept."""
        self._presence.proofs.recall(found)
        self._presence.area = restored(self._presence.area.gate, found, self._epoch)
        self._changes = Changes(self._presence.area)
        self._left_over = tuple(self._presence.area.under_way)

    def _take(self) -> Kept:
        changes = self._changes.take()
        return self._presence.proofs.take() + (changes if self._epoch else ())
