"""What is given up when the disk is away for so long that the queue is full of what matters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.events import Use
from firmware.records.lines import Line, line_of
from firmware.records.opening import Opening
from firmware.records.store import Store
from firmware.records.waiting import Waiting
from tests.unit.records.making import AT, GATE, epochs, record

if TYPE_CHECKING:
    from collections.abc import Sequence

FAR = 2_000_000_000


def entry(grant: int) -> Line:
    """Begin a grant that takes an entry of one pass."""
    return line_of(record(grant, grant=f"g-{grant}", opens=True, use=Use("pass", 1, FAR)))


def annulled(grant: int) -> Line:
    """End a grant and give its entry back."""
    return line_of(record(100 + grant, "grant", grant=f"g-{grant}", use=Use("pass", -1, FAR)))


GRANTS = [
    pytest.param([entry(1), annulled(1), entry(2), annulled(2), entry(3)], 3, 2, 1, id="each-ended"),
    pytest.param([entry(1), entry(2), annulled(1), annulled(2), entry(3)], 3, 2, 1, id="crossing"),
    pytest.param([entry(1), entry(2), entry(3), annulled(1), annulled(2), entry(4)], 2, 4, 2, id="ended-later"),
]


@pytest.mark.parametrize(("lines", "limit", "lost", "entries"), GRANTS)
def test_a_grant_is_given_up_with_both_its_ends_or_not_at_all(
    lines: Sequence[Line], limit: int, lost: int, entries: int
) -> None:
    """No entry is given back on disk that was not noted as used there: a one-entry pass would enter twice."""
    waiting = Waiting(limit)
    for line in lines:
        waiting.put(line)
    taken = waiting.take(100)
    store = Store(Opening(None, GATE, "boot-1", lambda: AT, epochs()))
    store.append(taken)
    assert store.uses() == {"pass": (entries, FAR)}
    store.close()
    assert json.loads(taken[0].body) == {"what": "overflow", "lost": lost}
    assert len(taken) == 1 + len(lines) - lost
    assert waiting.dropped == lost


def test_an_end_whose_beginning_was_written_may_go_alone() -> None:
    """Then the entry stays used: the pass is refused, which is the safe way to be wrong."""
    waiting = Waiting(1)
    waiting.put(entry(1))
    begun = waiting.take(1)
    waiting.put(annulled(1))
    waiting.put(entry(2))
    kept = waiting.take(10)
    assert [line.grant for line in begun] == ["g-1"]
    assert [line.grant for line in kept] == [None, "g-2"]
