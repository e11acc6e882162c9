"""`policy init`, `test` and `diff` as an operator types them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from firmware.rules.policy import ClassRule, Policy
from firmware.rules.soundness import read_policy
from provisioning.contract import schemas
from provisioning.policies import calendars, cases
from provisioning.policies.difference import CLASS_WORDS, POLICY_WORDS
from tests.unit.provisioning.console import Ran, typed
from tests.unit.rules.test_soundness import GOOD

README = (Path(calendars.__file__).parent / "README.md").read_text()
POLICY = {
    "profile": "office",
    "calendar": [{"date": "2026-01-01", "kind": "public_holiday", "name": "Tahun Baru"}],
    "classes": {
        "staff": {},
        "visitor": {
            "holidays": "closed",
            "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "until": "16:00"}],
            "limits": {"trust_s": 86_400},
            "verify": ["hours"],
        },
    },
    "postures": [
        {"posture": "free_access", "days": ["tue"], "from": "09:00", "until": "10:00", "first_in": ["staff"]},
    ],
}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy's file."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY))
    return path


def lines(ran: Ran) -> list[dict[str, object]]:
    """Read stdout."""
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.mark.parametrize("name", calendars.names())
def test_a_calendar_is_one_year_in_its_order(name: str) -> None:
    """Every day is of its year, none is there twice, and its source is named; the README counts the same."""
    found = calendars.read(name)
    days = [one.date for one in found.days]
    assert days == sorted(set(days))
    assert {date.fromisoformat(day).year for day in days} == {int(name.removeprefix("id-"))}
    assert "SKB 3 Menteri" in found.source
    kinds = [one.kind for one in found.days]
    told = (
        f"{kinds.count('public_holiday')} public holidays, {kinds.count('collective_leave')} days of collective leave"
    )
    assert f"| `{name}` | {told} |" in README


def test_a_first_policy_is_one_that_can_be_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With two calendars it is sound, visitors are kept out on their days, and nothing is written over."""
    out = tmp_path / "first.json"
    made = typed(capsys, "policy", "init", "--calendar", "id-2026", "--calendar", "id-2027", "--out", out)
    assert (made.code, made.answer["days"]) == (0, 47)
    assert "Idul Fitri" in made.err
    read = read_policy(json.loads(out.read_text()))
    assert isinstance(read, Policy), read
    assert read.classes["visitor"].holidays == "closed"
    assert read.classes["staff"] == ClassRule()
    again = typed(capsys, "policy", "init", "--out", out)
    assert (again.code, again.out) == (2, "")
    unknown = typed(capsys, "policy", "init", "--calendar", "id-1945", "--out", tmp_path / "other.json")
    assert (unknown.code, "id-2026" in unknown.err) == (2, True)


TABLE = """
defaults: {area: lobby}
cases:
  - {name: a visitor in hours, pass: {class: visitor}, at: 2026-01-05T10:00, expect: allow}
  - {name: at night, pass: {class: visitor}, at: 2026-01-05T20:00, expect: verify, reason: hours}
  - {name: with a yes, pass: {class: visitor}, at: 2026-01-05T20:00, waived: [hours], expect: allow, remark: hours}
  - {name: on a holiday, pass: {class: visitor}, at: 2026-01-01T10:00, expect: deny, reason: holiday}
  - {name: just after it, pass: {class: visitor}, at: 2026-01-02T10:00, unsure_s: 60, expect: allow}
  - {name: old, pass: {class: visitor}, at: 2026-01-05T10:00, ages_s: {trust: 86401}, expect: deny}
  - {name: lists not so old, pass: {class: visitor}, at: 2026-01-05T10:00, ages_s: {trust: 86400}, expect: allow}
  - {name: nobody of a class, pass: {class: guest}, at: 2026-01-05T10:00, expect: deny, reason: class_not_admitted}
  - {name: garbage, at: 2026-01-05T10:00, expect: deny, reason: unknown_format}
  - {name: garbage leaves, at: 2026-01-05T10:00, direction: out, expect: allow}
  - {name: garbage while it is open, at: 2026-01-06T09:30, came_in: [staff], expect: allow, remark: unknown_format}
  - {name: garbage before the first person, at: 2026-01-06T09:30, expect: deny}
  - {name: locked down, pass: {class: staff}, at: 2026-01-05T10:00, posture: lockdown, expect: deny, reason: lockdown}
  - {name: used up, pass: {class: staff, entries: 1, used: 1}, at: 2026-01-05T10:00, expect: deny, reason: used}
  - {name: expired, pass: {class: staff, expires: "2026-01-05T10:00"}, at: 2026-01-05T10:00, expect: deny}
  - {name: elsewhere, pass: {class: staff, areas: [vault]}, at: 2026-01-05T10:00, expect: deny, reason: wrong_area}
  - {name: installed, at: 2026-01-05T10:00, stage: installed, expect: allow, observed: deny}
"""


def test_cases_that_hold_are_counted(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Seventeen cases of as many kinds come out as the table says."""
    (tmp_path / "cases.yaml").write_text(TABLE)
    ran = typed(capsys, "policy", "test", "--policy", policy, tmp_path / "cases.yaml")
    assert (ran.code, lines(ran), ran.err) == (0, [{"cases": 17, "failed": 0}], "")


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01T00:00"])
@pytest.mark.parametrize("where", ["at", "last"])
def test_a_case_at_the_ends_of_time_is_a_mistake(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str, where: str
) -> None:
    """No gate's clock stands there, and the day around it is in no calendar."""
    when, moved = (at, "") if where == "at" else ("2026-01-05T10:00", f', last: "in at {at}"')
    case = f"cases:\n  - {{name: x, pass: {{class: staff{moved}}}, at: {when}, unsure_s: 86400, expect: deny}}\n"
    (tmp_path / "cases.yaml").write_text(case)
    ran = typed(capsys, "policy", "test", "--policy", policy, tmp_path / "cases.yaml")
    assert (ran.code, "1971 to 9998" in ran.err) == (2, True)


def test_a_case_that_fails_is_told_with_what_came(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each failing one, and only those, with its line; the exit code says so."""
    wrong = TABLE.replace("reason: holiday", "reason: hours").replace(
        "stage: installed, expect: allow", "expect: allow"
    )
    (tmp_path / "cases.yaml").write_text(wrong)
    ran = typed(capsys, "policy", "test", "--policy", policy, tmp_path / "cases.yaml")
    first, second, end = lines(ran)
    assert (ran.code, end) == (1, {"cases": 17, "failed": 2})
    assert (first["case"], first["line"], first["expected"]) == (
        "on a holiday",
        7,
        {"expect": "deny", "reason": "hours"},
    )
    assert first["came"] == {"expect": "deny", "reason": "holiday", "remark": None, "observed": None}
    assert second["case"] == "installed"
    assert "line 7: on a holiday: expected deny, reason hours; came deny, reason holiday" in ran.err


def test_the_example_of_the_readme_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against a first policy with the calendar of that year."""
    (example,) = re.findall(r"```yaml\n(.+?)```", README, re.DOTALL)
    (tmp_path / "cases.yaml").write_text(example)
    assert typed(capsys, "policy", "init", "--calendar", "id-2026", "--out", tmp_path / "p.json").code == 0
    ran = typed(capsys, "policy", "test", "--policy", tmp_path / "p.json", tmp_path / "cases.yaml")
    assert (ran.code, lines(ran)) == (0, [{"cases": 2, "failed": 0}])
    named = {field.alias or name for name, field in cases.Case.model_fields.items()}
    told = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`.+?) \|", README, re.MULTILINE))))
    assert named <= told


BAD_TABLES: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "cases"),
    "no table": ("- a\n- b\n", "cases"),
    "no cases": ("cases: []\n", "cases"),
    "another key": ("cases: [{name: a}]\ncase: 1\n", "'case'"),
    "no time": ("cases:\n  - {name: a, expect: deny}\n", "line 2: at: is missing"),
    "no such outcome": ("cases:\n  - {name: a, at: 2026-01-05T10:00, expect: maybe}\n", "line 2: expect"),
    "no such reason": ("cases:\n  - {name: a, at: 2026-01-05T10:00, expect: deny, reason: rain}\n", "line 2: reason"),
    "no case": ("cases: [x]\n", "line 1"),
    "a key twice": ("cases:\n  - {name: a, name: b}\n", "twice"),
    "an anchor": ("cases: [&a {name: a}, *a]\n", "anchor"),
    "no YAML": ("cases: [\n", "YAML"),
    "not UTF-8": (b"\xff", "UTF-8"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_table_that_is_none_is_refused_by_line(
    name: str, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong and where, and nothing on stdout."""
    text, told = BAD_TABLES[name]
    (tmp_path / "cases.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = typed(capsys, "policy", "test", "--policy", policy, tmp_path / "cases.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_a_case_of_what_the_policy_has_not_is_a_slip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong name would be refused as hoped for; who means it says so."""
    (tmp_path / "policy.json").write_text(json.dumps(POLICY | {"areas": ["lobby"]}))
    rest = "at: 2026-01-05T10:00, expect: deny"
    (tmp_path / "cases.yaml").write_text(
        "cases:\n"
        f"  - {{name: a, pass: {{class: vistor}}, {rest}}}\n"
        f"  - {{name: b, pass: {{class: visitor}}, area: loby, {rest}}}\n"
        f"  - {{name: c, pass: {{class: guest}}, reason: class_not_admitted, {rest}}}\n"
    )
    ran = typed(capsys, "policy", "test", "--policy", tmp_path / "policy.json", tmp_path / "cases.yaml")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 2)
    assert "line 2: a: pass.class: vistor is no class" in ran.err
    assert "line 3: b: area: loby is none" in ran.err


def test_an_unsound_policy_is_not_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its mistakes come first, as when it is signed."""
    (tmp_path / "bad.json").write_text(
        json.dumps({"profile": "x", "classes": {"visitor": {"verify": ["hours", "health"]}}})
    )
    (tmp_path / "cases.yaml").write_text(TABLE)
    ran = typed(capsys, "policy", "test", "--policy", tmp_path / "bad.json", tmp_path / "cases.yaml")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 2)


def test_a_difference_is_told_in_words(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For whom, what it was, what it becomes; the same policy has none."""
    new = json.loads(json.dumps(POLICY))
    new["classes"]["visitor"] |= {"hours": [{"days": ["sat"], "from": "08:00", "until": "12:00"}], "areas": ["lobby"]}
    new["classes"]["contractor"] = {"health": "required"}
    del new["classes"]["staff"]
    day = {"date": "2026-01-02", "kind": "collective_leave", "name": "Cuti"}
    new |= {"calendar": [day], "effective": {"from": "2026-02-14T00:00"}, "blocked": ["a" * 32], "postures": []}
    (tmp_path / "new.json").write_text(json.dumps(new))
    ran = typed(capsys, "policy", "diff", policy, tmp_path / "new.json")
    assert ran.code == 0
    words = [str(line["words"]) for line in lines(ran)]
    assert words == [
        "contractor: class: admitted (before: not admitted)",
        "contractor: health: required (before: not asked for)",
        "staff: class: not admitted (before: admitted)",
        "visitor: areas: lobby (before: wherever the pass says)",
        "visitor: hours: sat 08:00-12:00 (before: mon-fri 08:00-16:00)",
        "everybody: blocked passes: 1 more and 0 fewer (before: 0 of them)",
        "everybody: 2026-01-01: a day like any other (before: public_holiday, Tahun Baru)",
        "everybody: 2026-01-02: collective_leave, Cuti (before: a day like any other)",
        "everybody: effective: from 2026-02-14T00:00 until further notice (before: at once and for good)",
        "the door: postures: no timetable (before: free_access tue 09:00-10:00 after the first of staff)",
    ]
    assert typed(capsys, "policy", "diff", policy, policy).out == ""


def test_words_are_for_fields_that_are_there() -> None:
    """No phrase outlives the field that it was made for."""
    assert CLASS_WORDS.keys() <= ClassRule.model_fields.keys()
    assert POLICY_WORDS.keys() <= Policy.model_fields.keys()


@pytest.mark.parametrize("body", [body for _, body in GOOD])
def test_the_schema_admits_what_a_gate_does(body: dict[str, object]) -> None:
    """What is sound is valid by the published schema, and what no model knows is not."""
    whole = {"profile": "test", "classes": {"visitor": {}}} | body
    schema = Draft202012Validator(schemas.policy())
    assert list(schema.iter_errors(whole)) == []
    assert list(schema.iter_errors(whole | {"clases": {}})) != []
