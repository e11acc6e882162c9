"""Whose pass is an officer's word about somebody else who waits at the same reader. Pure.

An officer's pass has to be good for itself: genuine, in its time and its hours, unblocked, for this area and gate. Who
is counted as inside does not matter, for nobody passes by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.events import Decision, Direction, Instant, Outcome
from firmware.rules.decide import decide

if TYPE_CHECKING:
    from firmware.passes.outcome import Pass
    from firmware.rules.decide import Place, Rulebook
    from firmware.rules.policy import Policy
    from firmware.rules.presence import Presence


def vouched(credential: Pass, now: Instant, place: Place, rules: Rulebook, presence: Presence) -> Decision | None:
    """Return what the pass itself comes to, where it is an officer's and would get in; None where it says nothing.

    A pass under duress of an officer's class is that officer's word too, or whoever stands behind them could tell.
    """
    book = rules.at(now)
    if book.policy is None or not _an_officers(credential, book.policy):
        return None
    alone = replace(book, policy=_alone(credential.pass_class, book.policy), earlier=())
    decision = decide(credential, Direction.IN, now, place, alone, presence)
    return decision if decision.outcome is Outcome.ALLOW else None


def _alone(pass_class: str, policy: Policy) -> Policy:
    """Take out of a policy what is about those who are inside or come along."""
    rule = policy.classes[pass_class].model_copy(update={"escort": None})
    classes = {**policy.classes, pass_class: rule}
    return policy.model_copy(update={"passback": None, "capacity": {}, "two_person": {}, "classes": classes})


def _an_officers(credential: Pass, policy: Policy) -> bool:
    """Say whether passes of this class, or of the one it is shown for under threat, are an officer's word."""
    rule = policy.classes.get(credential.pass_class)
    shown = credential.pass_class if rule is None or rule.duress is None else rule.duress
    return rule is not None and shown in policy.officers
