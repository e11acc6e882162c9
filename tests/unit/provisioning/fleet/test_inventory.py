"""An inventory is taken whole or refused whole, with every mistake on its line and what to write instead."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.fleet import inventory
from provisioning.fleet.rows import COLUMNS
from provisioning.mistake import OperatorError
from provisioning.watch.gates import GROUPS

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.fleet.planned import Inventory

HEAD = "kind,id,name,area,site,sector,office,door,readers,board,capacity,in_charge,sees,groups,brokers,approved,stage"
BASE = {
    "organisation": {"kind": "organisation", "id": "city", "name": "City", "brokers": "broker.example:8883"},
    "sector": {"kind": "sector", "id": "health"},
    "area": {"kind": "area", "id": "hall", "site": "annex", "capacity": "120"},
    "person": {"kind": "person", "id": "duty-hall", "name": "Head of the hall", "sees": "assist"},
    "gate": {
        "kind": "gate",
        "id": "hall-1",
        "area": "hall",
        "sector": "health",
        "door": "strike",
        "readers": "both",
        "board": "pi4",
        "in_charge": "duty-hall",
        "approved": "yes",
    },
}
"""A small inventory without a mistake, which tests change."""


def sheet(*changed: tuple[str, dict[str, str]], columns: tuple[str, ...] = ()) -> str:
    """Write the small inventory as CSV; each change lays cells over the row of a kind, or adds one with `+kind`."""
    rows = {kind: dict(cells) for kind, cells in BASE.items()}
    added = []
    for kind, cells in changed:
        if kind.startswith("+"):
            added.append(BASE[kind[1:]] | cells)
        else:
            rows[kind] |= cells
    out = io.StringIO()
    writer = csv.DictWriter(out, [*HEAD.split(","), *columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows([*rows.values(), *added])
    return out.getvalue()


def read(folder: Path, text: str | bytes, name: str = "fleet.csv") -> Inventory:
    """Read an inventory of this text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return inventory.read(path)


def mistakes(folder: Path, text: str | bytes, name: str = "fleet.csv") -> list[str]:
    """Read, and return what was refused; without the folder's name and without the count at the end."""
    with pytest.raises(OperatorError) as refused:
        read(folder, text, name)
    assert refused.value.exit_code == 2
    *lines, count = (line.removeprefix(f"{folder}/") for line in refused.value.lines)
    assert count.startswith(f"{name}: {len(lines)} mistake")
    return lines


def test_a_row_becomes_what_is_laid_over_its_board(tmp_path: Path) -> None:
    """Area, labels, groups, the lock and further keys stand in the body; site and brokers come from area and city."""
    columns = ("label.floor", "door.unlock_ms", "journal.keep_days")
    change = {"groups": "visitors", "label.floor": "2", "door.unlock_ms": "7000", "journal.keep_days": "40"}
    found = read(tmp_path, sheet(("gate", change), columns=columns))
    planned = found.gates["hall-1"]
    assert planned.config_body() == {
        "gate": {
            "area": "hall",
            "stage": "installed",
            "groups": ["visitors"],
            "labels": {
                "organisation": "city",
                "sector": "health",
                "site": "annex",
                "in-charge": "duty-hall",
                "floor": "2",
            },
        },
        "door": {"kind": "strike", "unlock_ms": 7000},
        "journal": {"keep_days": 40},
    }
    assert (planned.site, planned.brokers, planned.capacity) == ("annex", ("broker.example:8883",), 120)
    assert (planned.approved, found.people["duty-hall"].assist, found.people["duty-hall"].restricted) == (
        True,
        True,
        False,
    )


def test_labels_are_those_that_a_watching_desk_groups_by(tmp_path: Path) -> None:
    """Every place of a gate is a label that `gapura-ops watch` counts by."""
    labels = read(tmp_path, sheet(("gate", {"office": "clinic"}))).gates["hall-1"].labels
    assert {"organisation", "sector", "office", "site"} <= labels.keys() & set(GROUPS)


def test_yaml_says_the_same(tmp_path: Path) -> None:
    """The same inventory as YAML is the same inventory; `no` and `007` are letters."""
    text = """
organisation: {id: city, name: City, brokers: [broker.example:8883]}
sectors: {health: }
areas: {hall: {site: annex, capacity: 120}}
people: {duty-hall: {name: Head of the hall, sees: [assist]}}
gates:
  hall-1:
    {area: hall, sector: health, door: strike, readers: both, board: pi4, in_charge: duty-hall, approved: yes,
     labels: {floor: 007, lift: no}, config: {door: {unlock_ms: 7000}, mqtt: {health_s: 30}}}
"""
    columns = ("label.floor", "label.lift", "door.unlock_ms", "mqtt.health_s")
    cells = {"label.floor": "007", "label.lift": "no", "door.unlock_ms": "7000", "mqtt.health_s": "30"}
    assert read(tmp_path, text, "fleet.yaml") == read(tmp_path, sheet(("gate", cells), columns=columns))


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_a_mark_are_read(tmp_path: Path, separator: str) -> None:
    """What spreadsheets of other countries write is the same inventory, and so it is with UTF-8's mark before it."""
    text = "# a remark, with a comma\n" + sheet()
    assert read(tmp_path, "\ufeff" + text.replace(",", separator)) == read(tmp_path, text)


MISTAKES: dict[str, tuple[tuple[tuple[str, dict[str, str]], ...], tuple[str, ...]]] = {
    "doubled gate": ((("+gate", {}),), ("fleet.csv:7: id: 'hall-1' is there twice, on line 6 too;",)),
    "doubled area": ((("+area", {}),), ("fleet.csv:7: id: 'hall' is there twice, on line 4 too;",)),
    "unknown sector": (
        (("gate", {"sector": "helth"}),),
        ("fleet.csv:6: sector: 'helth' is not known; write health, or",),
    ),
    "unknown area": (
        (("gate", {"area": "roof"}),),
        ("fleet.csv:6: area: 'roof' is not known; add a row of kind area",),
    ),
    "unknown person": ((("gate", {"in_charge": "duty-roof"}),), ("fleet.csv:6: in_charge: 'duty-roof' is not known;",)),
    "other site": (
        (("gate", {"site": "main"}),),
        ("fleet.csv:6: site: 'main' is no site of the area hall; it has annex;",),
    ),
    "which site": (
        (("area", {"site": "annex main"}),),
        ("fleet.csv:6: site: is missing: hall has several; write one of annex, main",),
    ),
    "bad id": ((("gate", {"id": "Hall 1"}),), ("fleet.csv:6: id: 'Hall 1' is no id; write 1 to 64",)),
    "no id": ((("gate", {"id": ""}),), ("fleet.csv:6: id: is missing;",)),
    "capacity": ((("area", {"capacity": "many"}),), ("fleet.csv:4: capacity: 'many' is no number of people;",)),
    "no people": ((("area", {"capacity": "0"}),), ("fleet.csv:4: capacity: '0' is no number of people;",)),
    "door": ((("gate", {"door": "gate"}),), ("fleet.csv:6: door: 'gate' is none; write one of strike, maglock,",)),
    "readers": ((("gate", {"readers": ""}),), ("fleet.csv:6: readers: is missing; write one of outside, both",)),
    "board": ((("gate", {"board": ""}),), ("fleet.csv:6: board: is missing;",)),
    "formula": ((("gate", {"office": "=cmd()"}),), ("fleet.csv:6: office: '=cmd()' is a formula to a spreadsheet;",)),
    "unprintable": ((("sector", {"name": "a\x1b[2J"}),), ("fleet.csv:3: name: 'a\\x1b[2J' holds a character",)),
    "neither": (
        (("gate", {"approved": "perhaps"}),),
        ("fleet.csv:6: approved: 'perhaps' is neither; write yes or no",),
    ),
    "a stage": (
        (("gate", {"stage": "soon"}),),
        ("fleet.csv:6: stage: 'soon' is none; write one of installed, active",),
    ),
    "broker": ((("organisation", {"brokers": "a:99999"}),), ("fleet.csv:2: brokers: 'a:99999' is no broker;",)),
    "brokers": ((("gate", {"brokers": "a b c d e f"}),), ("fleet.csv:6: brokers: are 6; name at most 5",)),
    "a number": (
        (("person", {"name": "3201012345670001"}),),
        ("fleet.csv:5: name: holds a number or address of a person; write the duty",),
    ),
    "sees": ((("person", {"sees": "everything"}),), ("fleet.csv:5: sees: 'everything' is none;",)),
    "other kind": ((("sector", {"door": "strike"}),), ("fleet.csv:3: door: says nothing of a row of kind sector;",)),
    "no kind": (
        (("sector", {"kind": "department"}),),
        ("fleet.csv:3: kind: 'department' is none;", "fleet.csv:6: sector"),
    ),
    "two cities": ((("+organisation", {"id": "town"}),), ("fleet.csv:7: kind: is a second organisation;",)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_told(tmp_path: Path, name: str) -> None:
    """Each mistake has its line, its column, what is wrong and what to write, and nothing else is called one."""
    changed, expected = MISTAKES[name]
    told = mistakes(tmp_path, sheet(*changed))
    assert len(told) == len(expected)
    for line, begins in zip(told, expected, strict=True):
        assert line.startswith(begins), line


KEYS = {
    "door.unlock_ms": ("70", "input should be greater than or equal to 500"),
    "door.kind": ("strike", "is not set here; take it out: the column door says it"),
    "door.unlock": ("1", "is not known here (found 1); remove it"),
    "doors.unlock_ms": ("7000", "is no key of a configuration"),
    "mqtt.key": ("/x", "is not set here; take it out: the board file says it"),
    "door.max_unlock_ms": ("9000", "is not set here; take it out: the board file says it"),
    "relay.pin": ("17", "is not set here; take it out: the board file says it"),
    "trust.root": ("/x", "is not set here; take it out: the board file says it"),
    "label.area": ("x", "is made from another column"),
    "label.floor 1": ("x", "is no name of a label"),
    "label.long": ("x" * 65, "is too long"),
    "mqtt.health_s": ("often", "write a whole number"),
}


@pytest.mark.parametrize("column", KEYS)
def test_each_key_is_judged_as_the_gate_judges_it(tmp_path: Path, column: str) -> None:
    """A configuration key or label that a door would refuse is refused at the desk, and so is what stands elsewhere."""
    value, expected = KEYS[column]
    (line,) = mistakes(tmp_path, sheet(("gate", {column: value}), columns=(column,)))
    assert line.startswith(f"fleet.csv:6: {column}: "), line
    assert expected in line


FILES: dict[str, tuple[bytes, str]] = {
    "UTF-16": (sheet().encode("utf-16"), "fleet.csv: is UTF-16 text or no text at all; save it as CSV UTF-8"),
    "Latin-1": (sheet(("sector", {"name": "Santé"})).encode("latin-1"), "fleet.csv:3: is not UTF-8: the byte 0xe9"),
    "empty": (b"", "fleet.csv: names no gate;"),
    "a document": (b"%PDF-1.7\0\0\0", "fleet.csv: is UTF-16 text or no text at all"),
    "no header": (b"gate,hall-1\n", "fleet.csv:1: id: is missing: the first row names"),
    "a column twice": (sheet().replace(",name,", ",id,").encode(), "fleet.csv:1: id: is there twice"),
    "an open quote": (sheet().encode() + b'gate,"hall-2\n', "fleet.csv:7: cannot be read as CSV"),
    "beyond the columns": (sheet().encode()[:-1] + b",too much\n", "fleet.csv:6: column 18: 'too much' stands in a"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    """What is no CSV in UTF-8 is refused by what it is, and not by what follows from it alone."""
    data, expected = FILES[name]
    assert any(line.startswith(expected) for line in mistakes(tmp_path, data))


TREES = {
    "alias": ("gates: {a: &x {area: b}, c: *x}", "fleet.yaml:1: uses an anchor or an alias; write the value out"),
    "deep": ("gates: " + "[" * 50 + "]" * 50, "fleet.yaml:1: is nested too deeply"),
    "doubled": ("gates:\n  a: {door: strike}\n  a: {door: strike}", "fleet.yaml:3: gates: 'a' is there twice"),
    "unknown": ("gates: {}\ndoors: {}", "fleet.yaml:2: 'doors': is not known here"),
    "unknown below": ("gates:\n  a: {colour: red}", "fleet.yaml:2: 'colour': is not known here"),
    "damaged": ("gates: {a: [", "fleet.yaml:2: cannot be read as YAML"),
    "a list": ("- a\n- b", "fleet.yaml:1: is no list of keys and values"),
    "two documents": ("gates: {}\n---\ngates: {}", "fleet.yaml:3: begins a second document"),
    "no plain value": ("gates:\n  a: {door: {kind: strike}}", "fleet.yaml:2: door: is no plain value"),
    "no section": ("gates:\n  a: {config: {unlock_ms: 1}}", "fleet.yaml:2: 'unlock_ms': is no section"),
}


@pytest.mark.parametrize("name", TREES)
def test_a_tree_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    """What YAML allows and an inventory does not is refused with its line."""
    text, expected = TREES[name]
    assert any(line.startswith(expected) for line in mistakes(tmp_path, text, "fleet.yaml"))


def test_every_mistake_of_a_long_file_is_counted(tmp_path: Path) -> None:
    """Ten thousand rows with three mistakes each are judged in one go; the first thousand are told."""
    wrong = {"area": "roof", "door": "gate", "sector": "helth"}
    text = sheet() + "".join(
        ",".join((BASE["gate"] | wrong | {"id": f"hall-{number}"}).get(column, "") for column in HEAD.split(",")) + "\n"
        for number in range(2, 1002)
    )
    (tmp_path / "fleet.csv").write_text(text)
    with pytest.raises(OperatorError) as refused:
        inventory.read(tmp_path / "fleet.csv")
    assert len(refused.value.lines) == 1001
    assert refused.value.lines[-1].endswith("fleet.csv: 3000 mistakes; nothing was done (2000 more are not shown)")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)), st.sampled_from(["csv", "yaml"]))
def test_any_bytes_end_in_mistakes(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    """Whatever a file holds, the answer is lines for the operator and never another exception."""
    folder = tmp_path_factory.mktemp("any")
    assert mistakes(folder, data, f"fleet.{suffix}")


def test_the_columns_are_those_of_the_template() -> None:
    """What the tests write is what the tool knows."""
    assert tuple(COLUMNS) == tuple(HEAD.split(","))
