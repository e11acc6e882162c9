"""What a plan says before anything is sent: what changes for whom, who is left out, and what would not be taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.signed import times
from firmware.signed.envelope import Kind
from firmware.signed.warrant import Role
from provisioning import fleet
from provisioning.mistake import OperatorError
from provisioning.rollout import differences, known, returns, selecting, stages, window
from provisioning.rollout.book import UNKNOWN
from provisioning.rollout.selecting import Place
from provisioning.rollout.views import Views
from tests.unit.provisioning.rollout.sheaf import LONGER, NOW, SHORTER, Sheaf, read


def desk() -> Sheaf:
    """Five gates of two sectors; those of the first go by an older configuration, one of them is offline."""
    sheaf = Sheaf()
    sheaf.gate("gate-1", "gate-2", "gate-3")
    sheaf.gate("gate-4", "gate-5", area="annex", sector="s-2")
    old = sheaf.seal(SHORTER, 5)
    for gate in ("gate-1", "gate-2", "gate-3"):
        sheaf.goes_by(gate, old)
    sheaf.hear("gate-1", "doc/config/desired", old)
    sheaf.hear("gate-3", "availability", b"offline")
    return sheaf


def test_a_plan_says_what_changes_for_whom() -> None:
    """One sentence for all gates that change alike, with what they have in common; and who is away."""
    sheaf = desk()
    plan = sheaf.plan(sheaf.seal({**LONGER, "gate": {"stage": "active"}}, 7), shares="1,all")
    stage = 'gate.stage what its file says -> "active"'
    assert plan.lines == [
        "config version 7: 5 gates in 2 stages (1, 4)",
        f"3 gates of area lobby: door.unlock_ms 3000 -> 7000; {stage}",
        f"2 gates of area annex: door.unlock_ms what its file says -> 7000; {stage}",
        "gate-3: offline or never seen; will take it when they return, at any hour",
        "a gate that is made active stays active: back does not undo that",
        "each gate restarts once for it, when nobody is passing",
        "gates are touched at any hour",
    ]
    assert plan.numbers["offline"] == 1
    assert plan.book.gates[0].gate != "gate-3"


def test_who_goes_by_it_already_is_left_out() -> None:
    """The same document twice is work for nobody, and a plan for nobody is none."""
    sheaf = desk()
    document = sheaf.seal(LONGER, 7)
    sheaf.goes_by("gate-1", document)
    plan = sheaf.plan(document)
    assert "gate-1: go by it already" in plan.lines
    assert "gate-1" not in {entry.gate for entry in plan.book.gates}
    with pytest.raises(OperatorError, match="nothing to do: gate-1"):
        sheaf.plan(document, "gate-1")


AGAINST: list[tuple[str, tuple[int, tuple[str, ...]], tuple[int, tuple[str, ...]], str]] = [
    ("it is for others", (5, ("*",)), (7, ("gate-9",)), "the document is for gate-9"),
    ("it is older than what is in force", (9, ("*",)), (7, ("*",)), "goes by version 9"),
    ("it is another one of the same version", (7, ("*",)), (7, ("*",)), "goes by version 7"),
    ("a document of the gate's own outranks it", (5, ("gate-1",)), (7, ("*",)), "which outranks this one"),
    ("a document of its group outranks it", (5, ("_group/lobby",)), (7, ("*",)), "which outranks this one"),
]


@pytest.mark.parametrize(("name", "now", "new", "says"), AGAINST, ids=[row[0] for row in AGAINST])
def test_what_no_gate_would_go_by_is_refused_before_it_is_sent(
    name: str, now: tuple[int, tuple[str, ...]], new: tuple[int, tuple[str, ...]], says: str
) -> None:
    """Every gate that stands against it is named, with what to do."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    old = sheaf.seal(SHORTER, now[0], *now[1])
    sheaf.hear("gate-1", "doc/config/desired", old)
    sheaf.goes_by("gate-1", old)
    with pytest.raises(OperatorError) as caught:
        sheaf.plan(sheaf.seal(LONGER, new[0], *new[1]))
    assert (says in caught.value.lines[0], caught.value.lines[0].startswith("gate-1: "), bool(name)) == (
        True,
        True,
        True,
    )


def test_a_narrower_document_may_be_older_than_a_wider_one() -> None:
    """Each scope has versions of its own; to return from it is to withdraw it."""
    sheaf = desk()
    (entry,) = sheaf.plan(sheaf.seal(LONGER, 2, "gate-1"), "gate-1").book.gates
    assert entry.before == ""


def policy(sheaf: Sheaf, name: str, version: int) -> bytes:
    """Sign a policy that is known by its name."""
    return sheaf.seal({"profile": name, "classes": {"staff": {}}}, version, kind=Kind.POLICY)


def test_what_a_gate_goes_by_is_found_wherever_it_lies() -> None:
    """On its own topic, on its group's, or in a file that is named; else it is said that there is no way back."""
    sheaf = Sheaf(views=Views(Kind.POLICY))
    sheaf.gate("gate-1", "gate-2")
    of_group, of_file, new = (policy(sheaf, name, 5 + 2 * (name == "new")) for name in ("group", "file", "new"))
    sheaf.views.take("gapura/1/_group/lobby/doc/policy/desired", of_group, NOW)
    sheaf.goes_by("gate-1", of_group)
    sheaf.goes_by("gate-2", of_file)
    plan = sheaf.plan(new)
    assert "gate-2: what they go by is not at the broker; without --before they cannot be returned" in plan.lines
    assert [entry.before == UNKNOWN for entry in sorted(plan.book.gates, key=lambda one: one.gate)] == [False, True]
    assert any("_group/lobby still desires version 5" in line for line in plan.lines)
    plan = sheaf.plan(new, before=(of_file,))
    assert not any(entry.before == UNKNOWN for entry in plan.book.gates)
    assert 'gate-2: profile "file" -> "new"' in plan.lines


def test_a_newer_warrant_outranks_every_version_of_the_one_before() -> None:
    """After its key was changed the office begins anew with version 1, whatever a thief of the old key has signed."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    stolen = sheaf.seal(SHORTER, 2**50)
    sheaf.hear("gate-1", "doc/config/desired", stolen)
    sheaf.goes_by("gate-1", stolen)
    anew = sheaf.office.warrant(Role.CONFIG, serial=2)
    fresh = sheaf.office.seal(Kind.CONFIG, LONGER, version=1, warranted=anew)
    sheaf.views.take("gapura/1/_group/lobby/doc/config/desired", stolen, NOW)
    plan = sheaf.plan(fresh)
    assert plan.book.version == 1
    assert any(f"_group/lobby still desires version {2**50}" in line for line in plan.lines)


def test_an_update_is_not_brought_back() -> None:
    """Gates run no older release, so nothing is signed for a way back and the plan says so."""
    sheaf = Sheaf(views=Views(Kind.UPDATE))
    sheaf.gate("gate-1")
    old = sheaf.seal({"release": "1.0"}, 5, kind=Kind.UPDATE)
    sheaf.hear("gate-1", "doc/update/desired", old)
    sheaf.goes_by("gate-1", old)
    plan = sheaf.plan(sheaf.seal({"release": "1.1"}, 7, kind=Kind.UPDATE))
    assert plan.lines[1] == 'gate-1: release "1.0" -> "1.1"'
    assert any("order a newer one" in line for line in plan.lines)
    assert returns.missing(plan.book) == []


def test_an_inventory_says_where_gates_are_and_which_are_approved(tmp_path: Path) -> None:
    """Gates that were never seen are in it; one that is at the broker and not in it is named and left out."""
    sheaf, said = Sheaf(), list[str]()
    sheaf.gate("north-1", "stranger", area="elsewhere")
    path = tmp_path / "fleet.csv"
    path.write_bytes((Path(fleet.__file__).parent / "template.csv").read_bytes())
    places = known.places(sheaf.views, path, said.append)
    assert places["north-1"] == Place("north-hall", "health", frozenset({"north-hall"}))
    assert sorted(places) == ["north-1", "north-2"]
    assert said == [f"stranger: at the broker and not in {path}; left out"]
    assert sorted(known.places(sheaf.views, None, said.append)) == ["north-1", "stranger"]


def test_some_of_a_hundred_are_the_same_each_time() -> None:
    """A share of the gates, by no choice of anybody's."""
    sheaf = Sheaf()
    sheaf.gate(*(f"gate-{number}" for number in range(200)))
    document = sheaf.seal(LONGER, 7)
    first, second = ({one.gate for one in sheaf.plan(document, percent=10).book.gates} for _ in range(2))
    assert (len(first), first) == (20, second)


def test_what_is_no_document_for_many_is_refused() -> None:
    """Keys are sealed to single gates, and commands are no documents."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    with pytest.raises(OperatorError, match="a keys document is not rolled out"):
        sheaf.plan(sheaf.seal({}, 7, kind=Kind.KEYS))


@pytest.mark.parametrize(
    ("words", "gates"),
    [
        ("gate-1", ["gate-1"]),
        ("_area/annex,gate-1", ["gate-1", "gate-4", "gate-5"]),
        ("_sector/s-1", ["gate-1", "gate-2"]),
        ("_all", ["gate-1", "gate-2", "gate-4", "gate-5"]),
    ],
)
def test_gates_are_named_or_taken_by_their_place(words: str, gates: list[str]) -> None:
    """Each gate once, however often it is meant."""
    places = {name: Place("lobby", "s-1") for name in ("gate-1", "gate-2")}
    places |= {name: Place("annex", "s-2") for name in ("gate-4", "gate-5")}
    assert selecting.choose(selecting.read(words), places) == gates
    with pytest.raises(OperatorError, match="_area/nowhere means no gate"):
        selecting.choose(selecting.read(f"{words},_area/nowhere"), places)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("1,10%,50%,all", [1, 32, 136, 170]), ("all", [339]), ("5", [5, 334]), ("100%", [339]), ("400,all", [339])],
)
def test_stages_say_how_many_have_come_by_their_end(text: str, sizes: list[int]) -> None:
    """The last is all, whether it is said or not; a stage that adds nobody is none."""
    gates = [f"gate-{number}" for number in range(339)]
    cut = stages.cut(gates, stages.read_stages(text))
    assert [len(stage) for stage in cut] == sizes
    assert [gate for stage in cut for gate in stage] == gates


@pytest.mark.parametrize("text", ["", "0", "101%", "1,,2", "some", "-1", "1.5"])
def test_stages_that_mean_nothing_are_refused(text: str) -> None:
    """With what to write instead."""
    with pytest.raises(OperatorError, match="write it like"):
        stages.read_stages(text)


HOURS = [
    ("22:00-05:00", "2026-01-05T14:59:59Z", 1),
    ("22:00-05:00", "2026-01-05T15:00:00Z", 0),
    ("22:00-05:00", "2026-01-05T21:59:59Z", 0),
    ("22:00-05:00", "2026-01-05T22:00:00Z", 17 * 3600),
    ("12:00-13:00", "2026-01-05T06:00:00Z", 23 * 3600),
    ("12:00-13:00", "2026-01-05T05:30:00Z", 0),
]


@pytest.mark.parametrize(("span", "at", "wait_s"), HOURS)
def test_hours_are_local_and_go_over_midnight(span: str, at: str, wait_s: int) -> None:
    """Jakarta is seven hours ahead of UTC; the end is not included."""
    found, now = window.read(span, "Asia/Jakarta"), seconds(at)
    assert (found.holds(now), found.opens_at(now)) == (wait_s == 0, now + wait_s)


def seconds(text: str) -> int:
    """Read a time of the table."""
    return times.parse(text) or 0


@pytest.mark.parametrize(
    ("span", "zone"), [("22-5", "UTC"), ("22:00-22:00", "UTC"), ("24:00-05:00", "UTC"), ("22:00-05:00", "Mars")]
)
def test_hours_that_mean_nothing_are_refused(span: str, zone: str) -> None:
    """A span of no length is none, and a zone is one that this machine knows."""
    with pytest.raises(OperatorError):
        window.read(span, zone)


def test_what_differs_is_told_one_by_one_and_never_without_end() -> None:
    """Nested keys by their path, long values cut, a withdrawal as what the file says, many as a number."""
    sheaf = Sheaf()
    old = read(sheaf.seal({"door": {"unlock_ms": 3000, "held_ms": 60_000}, "gate": {"labels": {"floor": "3"}}}, 1))
    gone = read(sheaf.seal({"withdrawn": True}, 2))
    assert differences.told(Kind.CONFIG, old, gone) == [
        "door.held_ms 60000 -> what its file says",
        "door.unlock_ms 3000 -> what its file says",
        'gate.labels.floor "3" -> what its file says',
    ]
    many = read(sheaf.seal({"gate": {"labels": {f"k{number}": "x" * 100 for number in range(20)}}}, 3))
    lines = differences.told(Kind.CONFIG, None, many)
    assert (len(lines), lines[-1], max(map(len, lines)) < 120) == (differences.MOST + 1, "and 8 more", True)
    assert differences.told(Kind.CONFIG, old, read(sheaf.seal(dict(old.body), 4))) == [
        "the same words, under a new version"
    ]
