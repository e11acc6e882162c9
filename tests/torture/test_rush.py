"""A few people in a hurry at a real gate; five minutes of them are `make rush`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.torture import rush

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 8


def test_people_in_a_hurry_are_all_answered_rightly(tmp_path: Path) -> None:
    """Eight people in six seconds, mixed papers, each get their right answer, and nothing is dropped or lost."""
    found = rush.run(tmp_path, PEOPLE, seed=11, slot_ms=750, unlock_ms=500)
    assert (found.answers, found.events, found.dropped) == ([], [], [])
    assert sum(found.said.values()) == len(found.visits) == PEOPLE
    assert {word.split(":")[0] for word in found.said} == {"allow", "deny"}


def test_queue_that_grows_is_found() -> None:
    """Who waited longer than a slot, was answered too late, or saw the gate grow is named; nobody else is."""
    found = rush.Rush(visits=[rush.Visit(0, 5), rush.Visit(rush.SLOT_MS + 1, rush.STALE_MS + 1)], resident_mb=[60, 60])
    assert (len(found.queue), len(found.late), found.leak) == (1, 1, [])
    found.resident_mb[1] += rush.LEAK_MB + 1
    assert len(found.leak) == 1
