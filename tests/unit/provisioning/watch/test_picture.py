"""The broker itself, what is drawn, and what scripts are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.records.contract import Assistance
from firmware.signed.command import Op
from provisioning.commanding.wishes import wish
from provisioning.watch import broker_seen, keyboard, view
from provisioning.watch import told as telling
from provisioning.watch.broker_seen import BrokerSeen
from provisioning.watch.picture import Scope
from tests.unit.provisioning.watch.told import T0, Told, fleet_of

if TYPE_CHECKING:
    from provisioning.watch.picture import Picture

REQUEST = Assistance.model_validate(
    {"reader": "outside", "direction": "in", "reason": "see_officer", "class": "visitor"}
    | {"since": "2026-01-05T01:59:00Z", "boot": "b", "boottime_ms": 1, "until_ms": 60_001}
)
"""A request as a gate makes it."""

PICTURE_KEYS = {
    "kind", "at", "broker", "gates", "lines", "muted", "by", "groups", "areas", "documents", "oldest", "clocks",
    "backlog", "rubbish", "decisions",
}  # fmt: skip
LINE_KEYS = {
    "key", "kind", "severity", "what", "where", "gates", "count", "since", "since_exact", "meaning", "action",
    "standing", "by",
}  # fmt: skip


def rows(picture: Picture, columns: int = 80, lines: int = 24, selected: int = 0, by: str = "area") -> list[str]:
    """Draw a picture as plain text."""
    return [row.plain for row in view.draw(picture, view.Screen(columns, lines, selected, by))]


@pytest.mark.parametrize(
    ("silent_s", "nobody_s", "key"),
    [
        (0, 0, None),
        (broker_seen.ANSWER_S, 0, None),
        (broker_seen.ANSWER_S + 1, 0, "broker/silent"),
        (0, broker_seen.NOBODY_S, None),
        (0, broker_seen.NOBODY_S + 1, "broker/nobody"),
    ],
)
def test_a_silent_broker_is_itself_the_first_line(silent_s: int, nobody_s: int, key: str | None) -> None:
    """A broker that does not answer, or through which nobody is heard, is critical and stands above all else."""
    told = Told()
    told.born("gate-1")
    told.alert("gate-1", "forced", "critical")
    told.broker.answered, told.broker.heard = told.now - silent_s, told.now - nobody_s
    first = told.lines()[0]
    assert (first.key == key, first.severity) == (key is not None, "critical")


def test_a_lost_connection_is_red_since_it_was_lost() -> None:
    """Further failures do not make it younger, and the old picture stays beneath."""
    told = Told()
    told.born("gate-1", online=False)
    for _ in range(3):
        told.broker.down(told.now, "unreachable")
        told.after(60)
    lines = told.lines()
    assert [line.key for line in lines] == ["broker/lost", "offline/gate-1"]
    assert (lines[0].since, lines[0].what) == (T0, "no connection to the broker: unreachable")
    assert "NO BROKER" in rows(told.picture())[0]


def test_a_desk_that_has_not_connected_yet_is_no_alarm() -> None:
    """Before the first attempt has ended nothing is said about the broker."""
    assert BrokerSeen(T0).trouble(T0, 0) is None


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 10), (200, 60), (20, 8)])
@pytest.mark.parametrize("count", [0, 1, 40, 400])
def test_it_fits_any_terminal(columns: int, lines: int, count: int) -> None:
    """Exactly as many rows as there are, none wider than the terminal, whatever is wrong."""
    told = Told()
    for name, labels in fleet_of(count, 8, 40):
        told.born(name, labels)
        told.alert(name, f"cause-{name}", meaning="A long meaning. " * 20)
    found = view.draw(told.picture(), view.Screen(columns, lines, count // 2, "site"))
    assert len(found) == lines
    assert all(row.cell_len <= columns for row in found)


def test_one_glance_says_what_is_wrong_and_what_to_do_first() -> None:
    """On 80 by 24: the worst line on top, and beneath the list its meaning, its first action and its gates."""
    told = Told()
    for name, labels in fleet_of(24, 12, 24):
        told.born(name, labels)
    told.after(120)
    for at in range(12):
        told.says(f"gate-{at:04}", online=False)
    told.after(600)
    shown = rows(told.picture())
    assert " 12 online · 12 offline · 1 to see to" in shown[0]
    assert "CRIT" in shown[1]
    assert "12 of 12 gates offline  switch sw-0" in shown[1]
    assert "02:02  10 min" in shown[1]
    text = "\n".join(shown)
    assert "first  Ask on site whether the gate has light" in text
    assert "gates  gate-0000, gate-0001" in text
    assert "area lobby" in text


def test_a_fleet_that_is_well_says_so_in_words() -> None:
    """No colour is needed to read that there is nothing to do, and while it still reads it does not say so."""
    told = Told()
    told.born("gate-1")
    assert any("Nothing to do." in row for row in rows(told.picture()))
    told.broker.complete = False
    assert not any("Nothing to do." in row for row in rows(told.picture()))


def test_occupancy_stands_beside_its_area_and_is_a_dash_where_nobody_tells() -> None:
    """People inside against capacity, by area."""
    told = Told()
    told.born("gate-1")
    assert any("inside - / -" in row for row in rows(told.picture()))
    told.say("_area/lobby/gate-1", {"in": 10, "out": 2, "capacity": 40})
    assert any("inside 8 / 40" in row for row in rows(told.picture()))


def test_the_last_decisions_are_shown_with_time_and_reason() -> None:
    """The newest one stands last."""
    told = Told()
    told.born("gate-1")
    told.after(10)
    for at in range(60):
        data = {"decision": "deny", "direction": "in", "reason": "expired", "class": "visitor"}
        told.say("gate-1/event/access", {"id": f"gate-1:e:{at}", "data": data, "time": "2026-01-05T02:00:07Z"})
    told.after(10)
    shown = [row for row in rows(told.picture()) if "deny in" in row]
    assert shown[-1].split() == ["02:00:07", "gate-1", "deny", "in", "visitor", "expired"]
    assert told.picture().decisions[-1].id == "gate-1:e:59"


def test_lists_have_an_age_and_clocks_a_word() -> None:
    """Which version most have, how many are behind, how old the oldest is, and who vouches for the time."""
    told = Told()
    for at in range(3):
        told.born(f"gate-{at}")
        told.say(f"gate-{at}/doc/policy/reported", {"state": "applied", "version": 6 + (at > 0)})
        health: dict[str, object] = {"documents_policy_issued": T0 - 86_400 * (5 - at), "clock_source": 3 if at else 0}
        told.say(f"gate-{at}/health", health)
    assert "policy v7 (1 behind) oldest 5 d · clock by nobody 1, RTC 2 · backlog 0" in rows(told.picture())[-2]
    assert telling.whole(told.picture(), "area")["oldest"] == {"policy": "2025-12-31T02:00:00Z"}
    told.say("gate-0/health", {"documents_policy_issued": T0, "clock_source": 9})
    assert "oldest 4 d · clock by RTC 2, 9 1" in rows(told.picture())[-2]
    for at in range(3):
        told.say(f"gate-{at}/health", b"")
    assert (told.picture().oldest, told.picture().clocks) == ({}, {})


def test_the_state_of_the_lists_takes_two_rows_at_most() -> None:
    """Four lists on a small terminal are broken between two of them."""
    told = Told()
    told.born("gate-1")
    for kind in ("config", "policy", "revocations", "trust"):
        told.say(f"gate-1/doc/{kind}/reported", {"state": "applied", "version": 12})
    shown = rows(told.picture(), columns=50)
    assert [row.strip() for row in shown[-3:-1]] == [
        "config v12 · policy v12 · revocations v12",
        "trust v12 · backlog 0",
    ]


def test_a_person_who_waits_is_on_top_with_what_to_type() -> None:
    """A request for an officer stands above every other trouble and each for itself, until it is taken back."""
    told = Told()
    for at in range(4):
        told.born(f"gate-{at}")
        told.alert(f"gate-{at}", "forced", "critical")
        told.say(f"gate-{at}/assist/ab{at}", REQUEST.model_dump_json(by_alias=True, exclude_none=True))
    lines = told.lines()
    assert [line.troubles[0].kind for line in lines] == ["assist"] * 4 + ["alert"] * 4
    assert lines[0].what == "somebody waits at outside"
    assert "see_officer" in lines[0].meaning
    _, gate, op, request = lines[0].action.partition("gapura-ops ")[2].split()[:4]
    asked = wish(gate, Op(op), (request,), "spoken to")
    assert (asked.gate, asked.args) == (lines[0].gates[0], {"request": "ab" + gate[-1]})
    assert "WAIT" in rows(told.picture())[1]
    assert "Nobody has answered" not in lines[0].meaning
    louder = REQUEST.model_copy(update={"escalated": True})
    told.say("gate-0/assist/ab0", louder.model_dump_json(by_alias=True, exclude_none=True))
    assert ["Nobody has answered" in line.meaning for line in told.lines()[:4]].count(True) == 1
    told.say("gate-1/assist/ab1", b"")
    assert [gate for line in told.lines() if line.troubles[0].kind == "assist" for gate in line.gates] == [
        "gate-0",
        "gate-2",
        "gate-3",
    ]
    told.say("gate-0/assist/ab0", {"reader": 7})
    assert told.fleet.rubbish.total() == 1


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("", []),
        ("jj", ["j", "j"]),
        ("\x1b[Aq", ["\x1b[A", "q"]),
        ("\x1bOB\x1b[6~a", ["\x1b[B", "\x1b[6~", "a"]),
        ("\x1b", ["\x1b"]),
        ("\x1b[1;5A\n", ["\x1b[1;5A", "\n"]),
    ],
)
def test_keys_that_come_together_are_taken_one_by_one(typed: str, keys: list[str]) -> None:
    """Two quick presses are two, an arrow is one key in either mode of a terminal, and what nobody knows is one key."""
    assert keyboard.split(typed) == keys


def test_a_scope_without_a_gate_is_not_calm() -> None:
    """A label that no gate bears is said, not that there is nothing to do."""
    told = Told()
    told.born("gate-1", {"sector": "3"})
    told.scope = Scope({"sector": "33"}, "sector")
    shown = rows(told.picture())
    assert any("No gate here bears the labels" in row for row in shown)
    assert not any("Nothing to do" in row for row in shown)


def test_a_broker_that_refuses_a_topic_is_said() -> None:
    """What cannot be seen here is named as the broker's first line."""
    told = Told()
    told.born("gate-1")
    told.broker.refused.add("gapura/1/+/alert/+")
    assert told.words() == ["critical: the broker refuses gapura/1/+/alert/+ @ "]


def test_scripts_are_told_everything_under_keys_that_stay() -> None:
    """The JSON has the documented keys, and nothing in it is not JSON."""
    told = Told()
    told.scope = Scope({}, "sector")
    told.born("gate-1", {"sector": "3"})
    told.alert("gate-1", "held", since="2026-01-05T01:00:00Z")
    whole = json.loads(json.dumps(telling.whole(told.picture(), "sector"), allow_nan=False))
    assert whole.keys() == PICTURE_KEYS
    (line,) = whole["lines"]
    assert line.keys() == LINE_KEYS
    assert (line["gates"], line["count"], line["since"]) == (["gate-1"], 1, "2026-01-05T01:00:00Z")
    assert whole["groups"] == [{"name": "3", "known": 1, "offline": 0, "troubled": 1}]
    assert whole["gates"] == {"known": 1, "offline": 0, "online": 1}


def test_scripts_are_told_once_when_a_line_begins_changes_and_ends() -> None:
    """What stays as it is is not told again."""
    told = Told()
    told.born("gate-1")
    before = {line.key: line for line in told.lines()}
    states = []
    for step in ("raise", "nothing", "acknowledge", "clear"):
        if step == "raise":
            told.alert("gate-1", "held")
        elif step == "acknowledge":
            told.marks.acknowledge(told.lines()[0].troubles, "rina", told.now)
        elif step == "clear":
            told.say("gate-1/alert/held", b"")
        picture = told.picture()
        states.append([change["state"] for change in telling.changes(before, picture)])
        before = {line.key: line for line in picture.lines}
    assert states == [["began"], [], ["changed"], ["ended"]]
