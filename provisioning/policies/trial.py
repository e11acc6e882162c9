"""A case put to a policy by the gate's own decision, and what came instead where it is not what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import NEVER, Instant, Posture, Reason
from firmware.passes.outcome import Pass, Unreadable
from firmware.rules.companions import Companion
from firmware.rules.decide import Place, decide
from firmware.rules.effective import seconds_of
from firmware.rules.rulebook import Rulebook
from firmware.rules.timetable import posture_of
from provisioning.policies.proved import proved
from provisioning.policies.remembered import remembered

if TYPE_CHECKING:
    from firmware.events import Decision
    from firmware.passes.outcome import Reading
    from firmware.rules.companions import Beside
    from firmware.rules.policy import Policy
    from firmware.rules.presence import Presence
    from provisioning.policies.cases import Case

DAY_S: Final = 86_400


def slips(policy: Policy, case: Case) -> list[str]:
    """Name what a case speaks of and the policy does not: a slip would come out as a refusal that pleases."""
    found = []
    shown = case.shown
    if shown is not None and shown.pass_class not in policy.classes and case.reason is not Reason.CLASS_NOT_ADMITTED:
        what = f"pass.class: {shown.pass_class} is no class of this policy"
        found.append(f"{what}; correct its spelling, or expect the reason class_not_admitted")
    if policy.areas is not None and case.area not in policy.areas:
        found.append(f"area: {case.area} is none of the policy's 'areas'; correct its spelling")
    return found


def decided(policy: Policy, case: Case) -> Decision:
    """Decide a case as a gate with this policy would."""
    at = seconds_of(case.at, policy.zone)
    now = Instant(0, max(0, at - case.unsure_s), at + case.unsure_s, "rtc")
    ages = case.ages_s
    book = Rulebook(
        policy,
        version=1,
        issued=0 if ages.policy is None else max(1, at - ages.policy),
        expires=NEVER + 1,
        revocations_issued=0 if ages.revocations is None else max(1, at - ages.revocations),
    )
    timed = posture_of(book, now, dict.fromkeys(case.came_in, at))
    posture = case.posture or timed or Posture.SECURE
    place = Place(case.gate, case.area, observing=case.stage == "installed")
    reading, presence = _shown(policy, case, at)
    return decide(reading, case.direction, now, place, book, presence, posture, frozenset(case.waived), _beside(case))


def told(decision: Decision) -> dict[str, str | None]:
    """Say what came, in the words of a case."""
    return {
        "expect": decision.outcome.value,
        "reason": decision.reason and decision.reason.value,
        "remark": decision.remark and decision.remark.value,
        "observed": decision.observed and decision.observed.value,
    }


def expected(case: Case) -> dict[str, str]:
    """Say what should have come; what the case does not name may be any."""
    named = (("reason", case.reason), ("remark", case.remark), ("observed", case.observed))
    return {"expect": case.expect.value} | {name: value.value for name, value in named if value is not None}


def _beside(case: Case) -> Beside:
    """Say who is at the reader: each with a pass of their own, in the order of the case, the one who is judged last."""
    return tuple(
        Companion(f"{number:032x}", one.pass_class, one.apart_s * 1000, goes_in=one.let_in)
        for number, one in enumerate(case.beside, 1)
    )


def _shown(policy: Policy, case: Case, at: int) -> tuple[Reading, Presence]:
    """Make the pass that is shown, with what it has used; without one, a code nobody can read."""
    shown = case.shown
    if shown is None:
        return Unreadable(Reason.UNKNOWN_FORMAT), remembered(policy, case, at)
    zone = policy.zone
    begins = at - DAY_S if shown.not_before is None else seconds_of(shown.not_before, zone)
    ends = at + DAY_S if shown.expires is None else seconds_of(shown.expires, zone)
    credential = Pass(
        format=shown.format,
        issuer_name=shown.issuer,
        reference=shown.reference,
        pass_class=shown.pass_class,
        areas=(case.area,) if shown.areas is None else shown.areas,
        gates=shown.gates,
        issued=begins,
        not_before=begins,
        expires=ends,
        trust_until=NEVER,
        entries=shown.entries,
        health_ok_until=None if shown.health_ok_until is None else seconds_of(shown.health_ok_until, zone),
        health=None if shown.health is None else shown.health.facts(),
        trust_issued=0 if case.ages_s.trust is None else max(1, at - case.ages_s.trust),
    )
    credential = proved(credential, shown.proof, case.area, at)
    return credential, remembered(policy, case, ends)
