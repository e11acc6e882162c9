"""Company in the desk's words: what a case says of who else is there, and what a policy changes about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.provisioning.console import typed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OLD = {"profile": "office", "classes": {"staff": {}, "visitor": {}}}
NEW = {
    "profile": "office",
    "classes": {"staff": {}, "visitor": {"escort": {"by": ["staff"], "per_escort": 2}}},
    "two_person": {"vault": {"second": ["staff"], "within_s": 20}, "attic": {}},
}
TABLE = """
defaults: {at: 2026-01-05T10:00, pass: {class: visitor}}
cases:
  - {name: alone, expect: deny, reason: no_escort}
  - {name: with staff, with: [{class: staff}], expect: allow}
  - {name: after staff, with: [{class: staff, apart_s: 15, let_in: true}], expect: allow}
  - {name: too long after staff, with: [{class: staff, apart_s: 16, let_in: true}], expect: deny, reason: no_escort}
  - {name: the third, with: [{class: staff}, {class: visitor}, {class: visitor}], expect: deny, reason: no_escort}
  - {name: staff alone, pass: {class: staff}, area: vault, expect: deny, reason: second_person}
  - {name: two of staff, pass: {class: staff}, area: vault, with: [{class: staff, apart_s: 20}], expect: allow}
  - {name: out alone, pass: {class: staff}, area: vault, direction: out, expect: allow}
"""


def test_a_case_says_who_else_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and beside, in time and too late; what it does not know it refuses with its line."""
    (tmp_path / "new.json").write_text(json.dumps(NEW))
    (tmp_path / "cases.yaml").write_text(TABLE)
    ran = typed(capsys, "policy", "test", "--policy", tmp_path / "new.json", tmp_path / "cases.yaml")
    assert (ran.code, ran.out, ran.err) == (0, '{"cases": 8, "failed": 0}\n', "")
    (tmp_path / "cases.yaml").write_text(TABLE.replace("apart_s: 16", "apart: 16"))
    ran = typed(capsys, "policy", "test", "--policy", tmp_path / "new.json", tmp_path / "cases.yaml")
    assert (ran.code, "line 7: with.0" in ran.err) == (2, True), ran.err


def test_what_a_policy_changes_about_company_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who goes in with whom, and where nobody goes alone; the other way round as well."""
    for name, body in (("old", OLD), ("new", NEW)):
        (tmp_path / f"{name}.json").write_text(json.dumps(body))
    ran = typed(capsys, "policy", "diff", tmp_path / "old.json", tmp_path / "new.json")
    words = [json.loads(line)["words"] for line in ran.out.splitlines()]
    pairs = "attic (anybody with anybody, within 15 s), vault (anybody with staff, within 20 s)"
    assert words == [
        "visitor: escort: only with staff, at most 2 with each, within 15 s (before: alone)",
        f"everybody: two person: {pairs} (before: nowhere)",
    ]
    back = typed(capsys, "policy", "diff", tmp_path / "new.json", tmp_path / "old.json")
    assert json.loads(back.out.splitlines()[0])["after"] == "alone"
