"""What a gate remembers in a case: who has used what, how they moved last, and how many are inside.

The gate's siblings are in reach: whatever places they have, it can have. Nothing is opened or written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import Direction
from firmware.rules.effective import seconds_of
from firmware.rules.passback import Last
from firmware.rules.presence import Presence, in_reach

if TYPE_CHECKING:
    from firmware.rules.capacity import AreaCapacity
    from firmware.rules.policy import Policy
    from provisioning.policies.cases import Case, Shown

SIBLING: Final = "another-gate"
SUBJECT: Final = "whoever-shows-it"
"""The name of the day by which siblings know the pass that is shown."""


def remembered(policy: Policy, case: Case, ends: int) -> Presence:
    """Say what the gate remembers of the pass that is shown (kept until its end, a Unix second) and of the area."""
    shown, rule = case.shown, policy.capacity.get(case.area)
    area = in_reach(case.gate, rule, _inside(case, rule))
    taken = {shown.reference: (shown.used, ends)} if shown is not None and shown.used else {}
    presence = Presence(taken, area=area, subject=lambda _reference, _now: SUBJECT)
    if shown is not None:
        _moved(presence, policy, shown)
    return presence


def _inside(case: Case, rule: AreaCapacity | None) -> int:
    """Say how many are inside; full means as many as may be."""
    return rule.limit if case.full and rule is not None else case.inside


def _moved(presence: Presence, policy: Policy, shown: Shown) -> None:
    """Let this gate, or a sibling, have seen the pass before."""
    moves = presence.area.moves
    if shown.used_elsewhere:
        moves.entries[SUBJECT] = {(SIBLING, number) for number in range(shown.used_elsewhere)}
        moves.elsewhere[SIBLING] = Last(Direction.OUT, 0)
    if shown.last is None:
        return
    way, _, at = shown.last.split(" ")
    last = Last(Direction(way), seconds_of(at, policy.zone))
    if shown.elsewhere:
        moves.elsewhere[SUBJECT] = last
    else:
        moves.here[shown.reference] = last
