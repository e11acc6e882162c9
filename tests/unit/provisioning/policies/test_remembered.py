"""Cases of a policy that say what the gate remembers: who came, who went, how many are inside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.provisioning.console import Ran, typed

if TYPE_CHECKING:
    from pathlib import Path

POLICY = {
    "profile": "office",
    "classes": {
        "staff": {},
        "visitor": {"verify": ["passback"]},
        "guest": {"issuers": ["harbour", "00aa00aa"]},
    },
    "capacity": {"lobby": {"places": 5, "percent": 50, "gates": ["gate-1", "gate-2", "gate-3"]}},
    "passback": {"mode": "timed", "minutes": 30, "exempt": ["guest"]},
}
AT = "at: 2026-01-05T10:00"
TABLE = f"""
defaults: {{gate: gate-1, area: lobby, {AT}}}
cases:
  - {{name: nobody inside, pass: {{class: staff}}, expect: allow}}
  - {{name: one place left, pass: {{class: staff}}, inside: 1, expect: allow}}
  - {{name: none left, pass: {{class: staff}}, inside: 2, expect: deny, reason: full}}
  - {{name: full, pass: {{class: staff}}, full: true, expect: deny, reason: full}}
  - {{name: full for whoever leaves, pass: {{class: staff}}, full: true, direction: out, expect: allow}}
  - {{name: a gate that is none of the area, pass: {{class: staff}}, gate: gate-9, expect: deny, reason: full}}
  - {{name: an area without a limit, pass: {{class: staff}}, area: yard, inside: 900, expect: allow}}
  - {{name: just came in, pass: {{class: staff, last: "in at 2026-01-05T09:31"}}, expect: deny, reason: passback}}
  - {{name: came long ago, pass: {{class: staff, last: "in at 2026-01-05T09:30"}}, expect: allow}}
  - {{name: left again, pass: {{class: staff, last: "out at 2026-01-05T09:59"}}, expect: allow}}
  - {{name: came elsewhere, pass: {{class: staff, last: "in at 2026-01-05T09:59", elsewhere: true}}, expect: deny}}
  - {{name: an officer decides, pass: {{class: visitor, last: "in at 2026-01-05T09:59"}}, expect: verify}}
  - name: leaves twice
    pass: {{class: staff, last: "out at 2026-01-05T09:59"}}
    direction: out
    expect: allow
    remark: passback
  - {{name: entered elsewhere, pass: {{class: staff, entries: 2, used: 1, used_elsewhere: 1}}, expect: deny}}
  - {{name: an entry left, pass: {{class: staff, entries: 3, used: 1, used_elsewhere: 1}}, expect: allow}}
  - {{name: an issuer by name, pass: {{class: guest, issuer: harbour}}, expect: allow}}
  - {{name: another issuer, pass: {{class: guest}}, expect: deny, reason: class_not_admitted}}
  - {{name: another format, pass: {{class: staff, format: elsewhere}}, expect: deny, reason: class_not_admitted}}
"""


def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str) -> Ran:
    """Put a table of cases to the policy."""
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    (tmp_path / "cases.yaml").write_text(table)
    return typed(capsys, "policy", "test", "--policy", tmp_path / "policy.json", tmp_path / "cases.yaml")


def test_what_a_gate_remembers_can_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each side of the places, of the minutes and of the entries comes out as a gate would decide."""
    ran = run(tmp_path, capsys, TABLE)
    assert (ran.err, ran.code) == ("", 0)
    assert [json.loads(line) for line in ran.out.splitlines()] == [{"cases": 18, "failed": 0}]


CASE = "cases:\n  - {name: a, at: 2026-01-05T10:00, expect: deny, "
WRONG = {
    "two counts": (CASE + "inside: 1, full: true}\n", "write one of them"),
    "fewer than none": (CASE + "inside: -1}\n", "line 2: inside"),
    "a way that is none": (CASE + 'pass: {class: staff, last: "up at 2026-01-05T09:00"}}\n', "line 2: pass.last"),
    "a day that is none": (CASE + 'pass: {class: staff, last: "in at 2026-02-30T09:00"}}\n', "no time of the calendar"),
    "elsewhere, and nothing was": (CASE + "pass: {class: staff, elsewhere: true}}\n", "write that too"),
    "another word": (CASE + "crowd: 3}\n", "crowd"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_remembered_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its line, with what to write."""
    table, told = WRONG[name]
    ran = run(tmp_path, capsys, table)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
