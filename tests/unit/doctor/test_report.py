"""The record: what it may say, what it comes to, and that progress belongs to one plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.doctor import report
from firmware.doctor.findings import Outcome, bad, good, skipped
from firmware.doctor.report import Entry, Progress, Record
from firmware.doctor.steps import plan
from firmware.signed import strict_json
from tests.unit.doctor.walker import STEPS, WHOLE

DIGEST = "0" * 64
ENTRIES = [
    Entry.of(STEPS[0], good(("disk_free_mib", 300))),
    Entry.of(STEPS[1], bad("too_hot", ("temperature_mc", 80_000))),
    Entry.of(STEPS[2], skipped("no_terminal")),
]
RECORD = Record(
    gate="gate-1",
    boot="boot",
    version="0.1.0",
    config_digest=DIGEST,
    number=3,
    way="card",
    technician="t-17",
    began="2026-01-05T02:00:00Z",
    ended=None,
    steps=ENTRIES,
)
WRONG: list[dict[str, object]] = [
    {"more": 1},
    {"gate": "Gate 1"},
    {"technician": "Budi Santoso"},
    {"way": "magic"},
    {"number": 0},
    {"began": "2026-01-05 02:00"},
    {"began": "2026-02-30T02:00:00Z"},
    {"ended": 5},
    {"config_digest": "no"},
    {"steps": []},
    {"steps": [{"id": "disk", "outcome": "fine", "reason": None, "figures": {}}]},
    {"steps": [{"id": "disk", "outcome": "ok", "reason": "Some words", "figures": {}}]},
    {"steps": [{"id": "disk", "outcome": "ok", "reason": None, "figures": {"a": 0.5}}]},
    {"steps": [{"id": "disk", "outcome": "ok", "reason": None, "figures": {}}] * (report.MOST_STEPS + 1)},
]


def test_a_record_comes_back_as_it_was() -> None:
    """Written and read again it is the same, byte for byte."""
    data = report.render(RECORD)
    again = report.read_record(data)
    assert again == RECORD
    assert again is not None
    assert report.render(again) == data


@pytest.mark.parametrize("changes", WRONG)
def test_a_record_says_nothing_else(changes: dict[str, object]) -> None:
    """Unknown members, names of people, times and outcomes of other spellings are no record."""
    members = strict_json.parse(report.render(RECORD))
    assert members is not None
    assert report.read_record(strict_json.render(members | changes)) is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"{" * 1000, b" " * (report.MAX_BYTES + 1)])
def test_other_bytes_are_no_record_and_no_progress(data: bytes) -> None:
    """Anything else on the disk is passed over."""
    assert report.read_record(data) is None
    assert report.read_progress(data) is None


def test_a_summary_counts_and_names() -> None:
    """One of each is one of each, and what failed is named; a skip alone is no failure."""
    found = report.summary(ENTRIES)
    assert (found.ok, found.fail, found.skipped, found.failed) == (1, 1, 1, (ENTRIES[1].id,))
    assert not found.passed
    assert report.summary(ENTRIES[2:]).passed
    assert found.failed == tuple(one.id for one in ENTRIES if one.outcome is Outcome.FAIL)


def test_a_plan_is_named_by_steps_and_configuration() -> None:
    """Another lamp or another configuration is another plan; the same door is the same one."""
    names = {
        report.plan_digest(STEPS, DIGEST),
        report.plan_digest(plan(WHOLE), DIGEST),
        report.plan_digest(plan(replace(WHOLE, lamps=("red",))), DIGEST),
        report.plan_digest(STEPS, "1" * 64),
    }
    assert len(names) == 3


def test_the_largest_record_fits() -> None:
    """As many steps as a record may have, each with the longest words and figures, stay within the bound."""
    figures = {"a" * 31 + chr(ord("a") + number): -(2**53) for number in range(8)}
    entry = Entry(id="x" * 64, outcome=Outcome.SKIPPED, reason="w" * 32, figures=figures)
    progress = Progress(plan=DIGEST, began="2026-01-05T02:00:00Z", entries=[entry] * report.MOST_STEPS)
    assert report.read_progress(report.render(progress)) == progress
