"""Health in a first policy and in its cases, as an operator types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.rules.soundness import read_policy
from provisioning.policies import profiles
from tests.unit.provisioning.console import typed

if TYPE_CHECKING:
    from pathlib import Path

CASES = """
defaults: {at: 2022-08-01T10:00}
cases:
  - name: a booster
    pass: {class: visitor, health: {born: "1990-01-01", doses: ["2021-06-01 2/2", "2022-02-01 3/2"]}}
    expect: allow
  - name: two doses
    pass: {class: staff, health: {born: "1990-01-01", doses: ["2021-06-01 2/2"]}}
    expect: verify
    reason: health
  - name: two doses and an officer's yes
    pass: {class: staff, health: {born: "1990-01-01", doses: ["2021-06-01 2/2"]}}
    waived: [health]
    expect: allow
    remark: health
  - name: two doses and recovered ninety days ago
    pass: {class: staff, health: {born: "1990-01-01", doses: ["2021-06-01 2/2"], recovered: ["2022-05-03"]}}
    expect: verify
  - name: recovered eighty-nine days ago
    pass: {class: staff, health: {born: "1990-01-01", doses: ["2021-06-01 2/2"], recovered: ["2022-05-04"]}}
    expect: allow
  - name: ill
    pass: {class: visitor, health: {born: "1990-01-01", tests: ["2022-07-23 antigen positive"]}}
    expect: deny
    reason: health
  - name: a contact
    pass: {class: visitor, health: {born: "2010-01-01", doses: ["2022-01-01 2/2"], contacts: ["2022-07-19"]}}
    expect: deny
    reason: health
  - name: no certificate
    pass: {class: visitor}
    expect: deny
    reason: health
"""


def test_a_first_policy_with_health_is_sound_and_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has the shipped profile whole, warns of what a gate cannot read yet, and its cases come out as announced."""
    policy, cases = tmp_path / "policy.json", tmp_path / "cases.yaml"
    ran = typed(capsys, "policy", "init", "--out", str(policy), "--health", "pedulilindungi")
    assert (ran.code, "carry no facts" in ran.err) == (0, True)
    body = json.loads(policy.read_text())
    assert body["health_profile"] == profiles.read("pedulilindungi")
    assert not isinstance(read_policy(body), tuple)
    cases.write_text(CASES)
    tried = typed(capsys, "policy", "test", "--policy", str(policy), str(cases))
    assert (tried.code, json.loads(tried.out.splitlines()[-1])) == (0, {"cases": 8, "failed": 0}), tried.err


def test_a_profile_that_nobody_ships_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line says which there are, and nothing is written."""
    ran = typed(capsys, "policy", "init", "--out", str(tmp_path / "p.json"), "--health", "hijau")
    assert (ran.code, "there is no 'hijau'; there are pedulilindungi" in ran.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


WRONG = [
    ('{doses: ["2022-02-30 2/2"]}', "there is no day '2022-02-30'"),
    ('{doses: ["2022-02-03 second"]}', "doses"),
    ('{tests: ["2022-02-03 pcr maybe"]}', "tests"),
    ('{recovered: ["yesterday"]}', "recovered"),
    ("{blood: a}", "blood"),
]


@pytest.mark.parametrize(("facts", "told"), WRONG)
def test_facts_that_mean_nothing_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], facts: str, told: str
) -> None:
    """The line of the case stands before the mistake."""
    policy, cases = tmp_path / "policy.json", tmp_path / "cases.yaml"
    assert typed(capsys, "policy", "init", "--out", str(policy)).code == 0
    head = "cases:\n  - name: x\n    at: 2022-08-01T10:00\n    expect: deny\n"
    cases.write_text(f"{head}    pass: {{class: visitor, health: {facts}}}\n")
    ran = typed(capsys, "policy", "test", "--policy", str(policy), str(cases))
    assert (ran.code, told in ran.err, "line 2" in ran.err) == (2, True, True), ran.err
