"""Who came in last, read from a journal's file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.events import Record
from firmware.records import arrivals
from tests.unit.records.making import AT, inline

if TYPE_CHECKING:
    from pathlib import Path


def passed(path: Path, rows: list[tuple[str, str, str, int]]) -> None:
    """Write grants and how they ended: class, direction, result, seconds later."""
    journal = inline(path)
    for number, (pass_class, direction, result, after) in enumerate(rows):
        at = replace(AT, earliest=AT.earliest + after, latest=AT.latest + after)
        grant = f"g-{number}"
        body: dict[str, object] = {"class": pass_class or None, "direction": direction, "decision": "allow"}
        journal.submit(Record(2 * number, "access", at, body, grant, opens=True))
        journal.submit(Record(2 * number + 1, "grant", at, {"grant": grant, "result": result}, grant))


def test_the_last_passage_in_of_each_class_is_known(tmp_path: Path) -> None:
    """Whoever went in counts, not who was only let, who left, or of whom no pass is known."""
    path = tmp_path / "journal.db"
    rows = [
        ("staff", "in", "confirmed", 10),
        ("staff", "in", "inferred", 20),
        ("staff", "in", "annulled", 30),
        ("staff", "out", "confirmed", 40),
        ("visitor", "in", "assumed", 50),
        ("guard", "in", "outcome_unknown", 60),
        ("", "in", "confirmed", 70),
    ]
    passed(path, rows)
    assert arrivals.read(path) == {"staff": AT.earliest + 20, "visitor": AT.earliest + 50}


@pytest.mark.parametrize(("remark", "counts"), [("passback", True), ("expired", False), ("see_officer", False)])
def test_whoever_was_let_in_against_the_rules_is_nobodys_first(tmp_path: Path, remark: str, counts: bool) -> None:  # noqa: FBT001  a table's cell
    """An open door takes every pass; one that was no good opens no schedule after a restart either."""
    path = tmp_path / "journal.db"
    journal = inline(path)
    body: dict[str, object] = {"class": "staff", "direction": "in", "decision": "allow", "remark": remark}
    journal.submit(Record(1, "access", AT, body, "g", opens=True))
    journal.submit(Record(2, "grant", AT, {"grant": "g", "result": "confirmed"}, "g"))
    assert arrivals.read(path) == ({"staff": AT.earliest} if counts else {})


@pytest.mark.parametrize("damage", [None, b"", b"no journal at all " * 100])
def test_a_file_that_cannot_be_read_tells_of_nobody(tmp_path: Path, damage: bytes | None) -> None:
    """The first person of the day is then whoever comes next."""
    path = tmp_path / "journal.db"
    if damage is not None:
        path.write_bytes(damage)
    assert arrivals.read(path) == {}
