"""People pass while the broker is away: each gets the right answer, and the broker hears of all of them in order.

The answers are held against how each code was made, the events against the answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from provisioning.rig.gate import Plan
from tests.torture.ledger import outcomes
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE: Final = "outside"


@dataclass(slots=True)
class Away:
    """What a time without a broker came to; `doors` is what was wrong at the door, `events` at the broker."""

    doors: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    arrived: int = 0
    repeated: int = 0


def run(folder: Path, count: int, seed: int) -> Away:
    """Take the broker away, show `count` mixed papers, bring it back, and compare."""
    away = Away()
    plan = Plan(readers={OUTSIDE: None}, unlock_ms=500, max_unlock_ms=2000)
    with Stand(folder, plan, seed) as stand:
        stand.rig.broker.stop()
        papers = stand.office.papers(count)
        for paper in papers:
            away.doors += stand.present(paper, OUTSIDE)
        stand.rig.broker.start()
        if not stand.caught_up():
            away.events.append("not everything arrived")
        ledger = stand.ledger()
        away.answers = dict(sorted(outcomes(ledger.after(0)).items()))
        away.events += ledger.faults() + stand.arrivals.judge(ledger)
        wanted = [None if paper.reason is None else paper.reason.value for paper in papers]
        heard = [_reason(event) for event in stand.watcher.events(stand.gate, kind="access")]
        away.arrived, away.repeated = len(heard), stand.arrivals.repeated
        if heard != wanted:
            away.events.append("the events are not what happened, in its order")
        if stand.arrivals.repeated:
            away.events.append(f"{stand.arrivals.repeated} events came more than once")
    return away


def _reason(event: dict[str, object]) -> object:
    data = event["data"]
    return data["reason"] if isinstance(data, dict) else data
