"""Alerts on the desk: their order, what is put together, and what operators say about them."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from provisioning.enrolment.alerts import Refusals
from provisioning.watch import marks
from provisioning.watch.desk import Desk
from provisioning.watch.ear import Ear
from provisioning.watch.marks import Marks
from provisioning.watch.picture import Scope
from tests.unit.provisioning.watch.told import T0, Told

if TYPE_CHECKING:
    from pathlib import Path


def two_gates() -> Told:
    """Let two gates be online."""
    told = Told()
    for name in ("gate-1", "gate-2"):
        told.born(name)
    return told


def test_an_alert_has_its_own_words() -> None:
    """Meaning, first action and since when are the gate's; an empty payload takes it back."""
    told = two_gates()
    told.alert("gate-1", "forced", "critical", since="2026-01-05T01:00:00Z")
    (line,) = told.lines()
    assert (line.severity, line.what, line.where) == ("critical", "forced", "gate-1 (lobby)")
    assert (line.meaning, line.action, line.since) == ("It means this.", "Do that.", T0 - 3600)
    told.say("gate-1/alert/forced", b"")
    assert told.lines() == []


def test_an_alert_of_a_service_stands_among_those_of_gates() -> None:
    """It has the service's words and name, counts as no gate, and is taken back like any other."""
    told = two_gates()
    alerts = Refusals()
    alerts.add("gate-1", "bad_csr", T0)
    told.say("_service/enrolment/alert/enrolment-refused", alerts.alert(T0))
    (line,) = told.lines()
    assert (line.what, line.where, line.since) == ("enrolment-refused", "service:enrolment", T0)
    assert line.meaning.startswith("gate-1: a device asked")
    assert told.fleet.known == 2
    told.say("_service/enrolment/alert/enrolment-refused", b"")
    assert told.lines() == []


@pytest.mark.parametrize("since", ["2026-01-05T02:05:01Z", "9999-12-31T23:59:59Z", "yesterday", 7, None])
def test_a_gate_that_does_not_know_the_time_dates_nothing(since: object) -> None:
    """A beginning that lies ahead, or is none, is not shown."""
    told = two_gates()
    told.alert("gate-1", "held", since=since)
    assert [line.since for line in told.lines()] == [None]


def test_the_worst_comes_first_and_what_is_taken_on_last() -> None:
    """Critical before warning before info, the newer before the older, acknowledged ones after all that are new."""
    told = two_gates()
    told.alert("gate-1", "note", "info")
    told.alert("gate-1", "held", "warning", since="2026-01-05T01:00:00Z")
    told.alert("gate-2", "stuck", "warning", since="2026-01-05T01:30:00Z")
    told.alert("gate-2", "forced", "critical")
    assert [line.what for line in told.lines()] == ["forced", "stuck", "held", "note"]
    told.marks.acknowledge(told.lines()[0].troubles, "rina", told.now)
    assert [(line.what, line.standing, line.by) for line in told.lines()] == [
        ("stuck", "new", None),
        ("held", "new", None),
        ("note", "new", None),
        ("forced", "acknowledged", "rina"),
    ]


@pytest.mark.parametrize(
    ("severity", "count", "lines"),
    [("warning", 2, 2), ("warning", 3, 1), ("info", 50, 1), ("critical", 3, 3), ("critical", 50, 50)],
)
def test_the_same_alert_at_many_gates_is_one_line_unless_it_is_critical(severity: str, count: int, lines: int) -> None:
    """What may be a burglary keeps its own line; what many gates say alike is said once."""
    told = Told()
    for at in range(count):
        told.born(f"gate-{at}")
        told.alert(f"gate-{at}", "cause", severity)
    found = told.lines()
    assert len(found) == lines
    assert sum(len(line.gates) for line in found) == count


def test_an_acknowledged_alert_that_comes_back_is_new() -> None:
    """An acknowledgement is for this time: it ends with the alert."""
    told = two_gates()
    told.alert("gate-1", "held", at_ms=1)
    told.marks.acknowledge(told.lines()[0].troubles, "rina", told.now)
    told.alert("gate-1", "held", at_ms=1)
    assert [line.standing for line in told.lines()] == ["acknowledged"]
    told.say("gate-1/alert/held", b"")
    assert told.lines() == []
    told.alert("gate-1", "held", at_ms=1)
    assert [line.standing for line in told.lines()] == ["new"]


def test_an_alert_that_came_back_while_no_desk_watched_is_new() -> None:
    """Marks are read from the file, and the gate's own count says that this is another time."""
    told = two_gates()
    told.alert("gate-1", "held", at_ms=1)
    told.marks.acknowledge(told.lines()[0].troubles, "rina", told.now)
    kept = Marks.read(told.marks.render())
    assert kept is not None
    for at_ms, standing in ((1, "acknowledged"), (2, "new")):
        later = two_gates()
        later.marks = kept
        later.alert("gate-1", "held", at_ms=at_ms)
        assert [line.standing for line in later.lines()] == [standing]


def test_a_mute_is_for_the_cause_however_often_it_comes() -> None:
    """A muted alert is counted and not shown, also when it comes again, until the hour is over."""
    told = two_gates()
    told.alert("gate-1", "held", at_ms=1)
    told.marks.mute(told.lines()[0].troubles, "rina", told.now)
    told.say("gate-1/alert/held", b"")
    told.picture()
    told.alert("gate-1", "held", at_ms=2)
    assert (told.lines(), told.picture().muted) == ([], 1)
    told.after(marks.MUTED_S - 1)
    assert told.lines() == []
    told.after(1)
    assert [line.standing for line in told.lines()] == ["new"]


def test_an_acknowledgement_ends_by_itself() -> None:
    """What was taken on and is still there after a shift is new again."""
    told = two_gates()
    told.alert("gate-1", "held")
    told.marks.acknowledge(told.lines()[0].troubles, "rina", told.now)
    told.after(marks.ACKNOWLEDGED_S - 1)
    assert [line.standing for line in told.lines()] == ["acknowledged"]
    told.after(1)
    assert [line.standing for line in told.lines()] == ["new"]


def test_a_gate_that_joins_an_acknowledged_outage_is_a_new_line() -> None:
    """The outage that was taken on stays as it was; whoever joins it is shown on top."""
    told = Told()
    for at in range(5):
        told.born(f"gate-{at}", {"switch": "sw-1"})
    for at in range(4):
        told.says(f"gate-{at}", online=False)
    told.marks.acknowledge(told.lines()[0].troubles, "rina", told.now)
    told.says("gate-4", online=False)
    assert [(line.standing, len(line.gates)) for line in told.lines()] == [("new", 1), ("acknowledged", 4)]


def test_undoing_takes_back_both_words() -> None:
    """A key too many is mended by another."""
    told = two_gates()
    told.alert("gate-1", "held")
    troubles = told.lines()[0].troubles
    told.marks.acknowledge(troubles, "rina", told.now)
    told.marks.mute(troubles, "rina", told.now)
    told.marks.undo(troubles)
    assert [line.standing for line in told.lines()] == ["new"]


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"\xff", b'{"marks": 1}', b'{"marks": [{"key": "a"}]}', b'{"marks": [], "more": 1}']
)
def test_a_file_that_holds_no_marks_is_not_read(data: bytes) -> None:
    """Rather none than wrong ones."""
    assert Marks.read(data) is None


def test_a_scope_shows_its_gates_alone() -> None:
    """With `--sector 3` nothing of another sector is counted, listed or summed."""
    told = Told()
    for at in range(6):
        told.born(f"gate-{at}", {"sector": str(at % 2)})
        told.alert(f"gate-{at}", f"cause-{at}")
    told.says("gate-1", online=False)
    told.scope = Scope({"sector": "1"}, "sector")
    picture = told.picture()
    assert (picture.known, picture.offline) == (3, 1)
    assert {gate for line in picture.lines for gate in line.gates} == {"gate-1", "gate-3", "gate-5"}
    assert [(row.name, row.known, row.offline, row.troubled) for row in picture.rows] == [("1", 3, 1, 2)]


def test_a_document_that_was_turned_down_is_a_line() -> None:
    """Rejected and rolled back are told with their reason; applied is only counted by version."""
    told = two_gates()
    told.say("gate-1/doc/policy/reported", {"state": "applied", "version": 4})
    told.say("gate-2/doc/policy/reported", {"state": "rejected", "version": 3, "reason": "expired"})
    told.say("gate-1/doc/time/reported", {"state": "applied", "version": 1_796_006_876})
    assert told.words() == ["warning: policy rejected: expired @ gate-2 (lobby)"]
    assert [(line.since, line.exact) for line in told.lines()] == [(None, False)]
    assert told.picture().documents == {"policy": {3: 1, 4: 1}}
    told.say("gate-2/doc/policy/reported", {"state": "applied", "version": 4})
    assert told.lines() == []
    assert told.picture().documents == {"policy": {4: 2}}


def test_a_gate_whose_events_wait_is_a_line() -> None:
    """A backlog at a gate that is online is somebody's fault; at one that is away it is what the journal is for."""
    told = two_gates()
    told.say("gate-1/health", {"journal_backlog": 499, "clock_source": 1})
    told.say("gate-2/health", {"journal_backlog": 500, "clock_source": 2})
    assert told.words() == ["warning: 500 events wait @ gate-2 (lobby)"]
    assert (told.picture().backlog, told.picture().clocks) == (999, {1: 1, 2: 1})
    told.says("gate-2", online=False)
    assert told.words() == ["warning: offline @ gate-2 (lobby)"]


def test_an_area_counts_its_people_where_its_gates_tell() -> None:
    """Inside is what went in less what went out at all its gates; without a leaf there is nothing to show."""
    told = two_gates()
    assert told.picture().areas == ()
    told.say("_area/lobby/gate-1", {"in": 10, "out": 2, "capacity": 40})
    told.say("_area/lobby/gate-2", {"in": 1, "out": 4})
    (area,) = told.picture().areas
    assert (area.area, area.inside, area.capacity) == ("lobby", 5, 40)
    told.say("_area/lobby/gate-1", b"")
    assert told.picture().areas[0].inside == 0


def test_a_disk_that_fails_takes_no_view_away(tmp_path: Path) -> None:
    """What was acknowledged counts at this desk, and it is said that nobody else will read it."""
    (tmp_path / "file").write_text("in the way")
    for name, kept in (("folder", True), ("file", False)):
        desk = Desk(
            Ear("localhost", 1, ssl.create_default_context()), Scope({}), tmp_path / name / "marks.json", "rina"
        )
        told = two_gates()
        told.alert("gate-1", "held")
        desk.fleet, desk.broker = told.fleet, told.broker
        (held,) = (line for line in desk.picture().lines if line.what == "held")
        desk.acknowledge(held.troubles)
        assert [line.by for line in desk.picture().lines if line.what == "held"] == ["rina"]
        assert (desk.unkept == "", (tmp_path / name / "marks.json").exists()) == (kept, kept)
