"""Company at this door: who is judged beside whom, what is kept of it, and that the lamps ask for whoever is missing.

The rules stand in `firmware/rules/company.py`; nothing here lets anybody in. It belongs to the controller thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.door.asked import CompanyAsked
from firmware.events import Outcome, Posture
from firmware.rules.company import AWAITED

if TYPE_CHECKING:
    from firmware.control.accounts import Knowledge
    from firmware.control.doorway import Doorway
    from firmware.control.judging import Judge
    from firmware.events import Decision, Instant, Record
    from firmware.passes.outcome import Pass
    from firmware.rules.companions import Beside
    from firmware.rules.gathering import Gathering, Member, Together


class Company:
    """Who waits for company at this door's readers."""

    def __init__(self, knowledge: Knowledge, judge: Judge, gathering: Gathering, doorway: Doorway) -> None:
        """Begin with nobody waiting: after a restart everybody shows their pass again."""
        self._knowledge, self._judge = knowledge, judge
        self._gathering, self._doorway = gathering, doorway

    def relearn(self, knowledge: Knowledge, judge: Judge) -> None:
        """Go by other rules, under which nobody waits yet."""
        self._knowledge, self._judge = knowledge, judge
        self._gathering.dismiss()

    def dismiss(self) -> None:
        """Let nobody wait any more: somebody was let in by hand."""
        self._gathering.dismiss()

    def come(self, comer: Member, alone: Decision, reader: str, now: Instant) -> Together:
        """Judge somebody who wants to go in beside whoever is at the reader; the last answer is theirs.

        What they come to `alone` stands where company changes nothing.
        """
        place, posture = self._knowledge.place, self._doorway.door.postures.effective[0]
        policy = self._knowledge.rules.at(now).policy
        matters = alone.reason in AWAITED or (alone.outcome is Outcome.ALLOW and self._gathering.waits(reader))
        if policy is None or posture is not Posture.SECURE or place.observing or not matters:
            return ((comer, alone),)

        def judge(who: Member, beside: Beside) -> Decision:
            return self._judge.again(who.credential, now, posture, who.waived, beside)

        return self._gathering.come(reader, comer, policy, judge)

    def leader(self, going: Together, reader: str, now: Instant) -> str | None:
        """Name the company of who was let in before and is company to those who go in now; None where nobody is."""
        policy = self._knowledge.rules.at(now).policy
        if policy is None:
            return None
        return self._gathering.leader(reader, tuple(who for who, _ in going), policy, self._knowledge.place.area)

    def answered(self, who: Member, decision: Decision, record: Record, reader: str, now: Instant) -> None:
        """Keep what somebody was answered, and ask for company where they lack it."""
        company = record.body.get("company")
        self._gathering.answered(reader, who, decision, record.grant, None if company is None else str(company))
        if decision.reason in AWAITED:
            self._doorway.step(CompanyAsked(waiting=True), now)

    def left(self, credential: Pass) -> None:
        """Hear that somebody goes out: they are inside for nobody any more."""
        self._gathering.left(credential)

    def settle(self, now: Instant) -> None:
        """Ask for company no longer than somebody waits for it."""
        self._gathering.forget(now.ms)
        if self._doorway.door.company_asked and (self._until_ms() or 0) <= now.ms:
            self._doorway.step(CompanyAsked(waiting=False), now)

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) everybody has waited long enough; None where nobody waits."""
        return self._until_ms() if self._doorway.door.company_asked else None

    def _until_ms(self) -> int | None:
        return self._gathering.awaited_ms(self._knowledge.rules.policy, self._knowledge.place.area)
