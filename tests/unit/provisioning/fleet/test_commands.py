"""`gapura-ops fleet` on one desk: the template holds, gates are approved and counted, nothing is done by halves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from provisioning.__main__ import main
from provisioning.fleet import inventory, telling
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.fleet.status import GateStatus
from provisioning.mistake import USAGE

if TYPE_CHECKING:
    from pathlib import Path

BOARDS = {
    "pi4-strike-both": ("outside", "inside"),
    "pi4-maglock": ("outside", "inside"),
    "pi4-strike": ("outside",),
}


@pytest.fixture(params=["csv", "yaml"])
def plan(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Write the template in each form."""
    path = tmp_path / f"fleet.{request.param}"
    assert main(["fleet", "template", "--out", str(path)]) == 0
    capsys.readouterr()
    return path


def board(sides: tuple[str, ...]) -> str:
    """Word a board file with readers on these sides."""
    lines = ["[relay]", "pin = 17", "[rex]", "pin = 5"]
    for side in sides:
        lines += [f"[readers.{side}]", f'side = "{side}"', f'socket = "/run/gapura/{side}.sock"', f'user = "r-{side}"']
        lines += ["out_of_sight = true"] if side == "inside" else []
    return "\n".join(lines) + "\n"


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Read what was printed since the last time."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_both_templates_say_the_same(tmp_path: Path) -> None:
    """The template as CSV and as YAML is one inventory."""
    read = []
    for name in ("fleet.csv", "fleet.yaml"):
        assert main(["fleet", "template", "--out", str(tmp_path / name)]) == 0
        read.append(inventory.read(tmp_path / name))
    assert read[0] == read[1]


def test_the_example_city_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The invented city has 339 gates in 12 sectors and 18 areas, and not one mistake."""
    assert main(["fleet", "template", "--city", "--out", str(tmp_path / "city.csv")]) == 0
    assert main(["fleet", "check", str(tmp_path / "city.csv")]) == 0
    said = answers(capsys)[-1]
    assert (said["gates"], said["sectors"], said["areas"], said["people"]) == (339, 12, 18, 12)
    assert main(["fleet", "template", "--city", "--out", str(tmp_path / "city.yaml")]) == USAGE


def test_a_template_is_not_written_over_a_file(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there stays as it is."""
    before = plan.read_bytes()
    assert main(["fleet", "template", "--out", str(plan)]) == USAGE
    assert (plan.read_bytes(), "stays as it is" in capsys.readouterr().err) == (before, True)


def test_a_whole_configuration_is_checked_with_its_board(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the board files at hand each gate's whole configuration is judged, and each mistake names the gate."""
    for name, sides in BOARDS.items():
        (plan.parent / f"{name}.toml").write_text(board(sides))
    assert main(["fleet", "check", str(plan), "--boards", str(plan.parent)]) == 0
    (plan.parent / "pi4-strike.toml").write_text(board(("outside", "inside")))
    (plan.parent / "pi4-maglock.toml").write_text(board(("outside", "inside")).replace("[relay]\npin = 17\n", ""))
    (plan.parent / "pi4-strike-both.toml").unlink()
    capsys.readouterr()
    assert main(["fleet", "check", str(plan), "--boards", str(plan.parent)]) == USAGE
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in told[:-1]] == ["north-1", "north-2", "counter-1"]
    assert "cannot read" in told[0]
    assert "relay: is missing" in told[1]
    assert "readers: the board pi4-strike has inside and outside;" in told[2]


def test_gates_are_approved_listed_and_counted(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--all` approves what the inventory approves, a name approves that gate, and twice is once."""
    ledger = ["--ledger", str(plan.parent / "ledger")]
    assert main(["fleet", "approve", str(plan), *ledger, "--all"]) == 0
    assert main(["fleet", "approve", str(plan), *ledger, "counter-1", "north-1", "--by", "desk"]) == 0
    assert answers(capsys) == [
        {"approved": 2, "before": 0, "entered": 3},
        {"approved": 1, "before": 1, "entered": 0},
    ]
    opened = Ledger.open(plan.parent / "ledger")
    opened.move("counter-1", State.RETIRED, by="desk", why="door walled up", at=1)
    opened.close()
    assert main(["fleet", "list", str(plan), *ledger, "--state", "retired"]) == 0
    (row,) = answers(capsys)
    assert (row["gate"], row["state"], row["since"]) == ("counter-1", "retired", "1970-01-01T00:00:01Z")
    assert main(["fleet", "counts", str(plan), *ledger]) == 0
    counted = {(one["by"], one["id"]): (one["gates"], one["approved"], one["retired"]) for one in answers(capsys)}
    assert counted == {
        ("sector", "health"): (2, 2, 0),
        ("sector", "licensing"): (1, 0, 1),
        ("area", "north-hall"): (2, 2, 0),
        ("area", "counter"): (1, 0, 1),
        ("organisation", "city"): (3, 2, 1),
    }
    assert main(["fleet", "counts", str(plan), *ledger, "--area", "counter"]) == 0
    assert [one["gates"] for one in answers(capsys)] == [1, 1, 1]


@pytest.mark.parametrize("command", ["list", "status"])
def test_a_mistyped_state_is_told_which_there_are(command: str, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever mistypes a state reads the words there are, as they are typed."""
    with pytest.raises(SystemExit) as left:
        main(["fleet", command, str(plan), "--ledger", str(plan.parent / "ledger"), "--state", "aproved"])
    told = capsys.readouterr().err
    assert (left.value.code, "approved" in told, "State" in told) == (USAGE, True, False)


def test_a_retired_gate_comes_back_by_its_name_only(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--all` leaves a retired gate where it is; its own name brings it back to where papers can be made."""
    ledger = plan.parent / "ledger"
    words = ["fleet", "approve", str(plan), "--ledger", str(ledger)]
    assert main([*words, "--all"]) == 0
    opened = Ledger.open(ledger)
    opened.move("north-1", State.RETIRED, by="desk", why="", at=1)
    opened.close()
    assert [main([*words, one]) for one in ("--all", "north-1")] == [0, 0]
    assert [one["approved"] for one in answers(capsys)] == [2, 0, 1]
    opened = Ledger.open(ledger)
    assert opened.gates()["north-1"].state is State.APPROVED
    opened.close()


@pytest.mark.parametrize("words", [[], ["--all", "north-1"], ["roof-1"]])
def test_nobody_is_approved_by_mistake(plan: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without names or `--all`, with both, or with a name that nobody planned, no ledger is begun."""
    ledger = plan.parent / "ledger"
    assert main(["fleet", "approve", str(plan), "--ledger", str(ledger), *words]) == USAGE
    assert (ledger.exists(), capsys.readouterr().err.count("\n")) == (False, 1)


def test_people_are_told_by_sector_and_cause(plan: Path) -> None:
    """A person reads one line a sector, then each difference once, with its gates and what to do first."""
    found = inventory.read(plan)
    rows = [
        GateStatus("north-1", "north-hall", "health", "active", "active", ("offline",)),
        GateStatus("north-2", "north-hall", "health", "active", "active", ("offline", "wrong_label:floor")),
        GateStatus("counter-1", "counter", "licensing", "active", "active", ()),
        GateStatus("rogue-1", "", "\x1b[2J", "unknown", "absent", ("unknown_gate",)),
    ]
    text = telling.summary(rows, found)
    assert text.splitlines()[:5] == [
        "Health services: 2 gates, 2 active, 2 differ",
        "Licences and permits: 1 gates, 1 active, 0 differ",
        "?[2J: 1 gates, 0 active, 1 differ",
        "",
        "offline: 2 gates of health: north-1, north-2",
    ]
    assert "wrong_label:floor: 1 gate: north-2" in text
    assert text.endswith("4 gates, 3 differ\n")
    assert "\x1b" not in text


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command of the group has a help text."""
    for command in ("check", "template", "approve", "list", "counts", "status"):
        with pytest.raises(SystemExit) as left:
            main(["fleet", command, "--help"])
        assert (left.value.code, "usage:" in capsys.readouterr().out) == (0, True)
