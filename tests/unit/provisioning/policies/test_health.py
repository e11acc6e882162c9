"""Health in a first policy and in its cases, as an operator types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.rules.policy import Policy
from firmware.rules.soundness import read_policy
from provisioning.policies import profiles
from provisioning.policies.difference import changes
from tests.unit.provisioning.console import typed
from tests.unit.rules.colours import profile
from tests.unit.rules.test_certlogic import RULE

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


def policy_of(health: dict[str, object] | None, rules: list[dict[str, object]] | None = None) -> Policy:
    """Make a policy with a profile, with national rules, or with neither."""
    more = {"health_profile": health, "national_rules": None if rules is None else {"rules": rules}}
    return Policy.model_validate({"profile": "test", "classes": {"visitor": {}}} | more)


SHIPPED = profiles.read("pedulilindungi")
SHORTER = SHIPPED | {"versions": profile().model_dump(by_alias=True, exclude_none=True)["versions"][:3]}
DIFFERENCES: list[tuple[Policy, Policy, list[str]]] = [
    (policy_of(SHIPPED), policy_of(SHIPPED), []),
    (policy_of(SHIPPED), policy_of(SHIPPED | {"green_by_test": True}), ["green by a test alone: on (before: off)"]),
    (
        policy_of(SHIPPED),
        policy_of(SHIPPED | {"areas": {"vault": {"yellow": "deny"}}}),
        ["colours in vault: green allow, yellow deny, red deny, black deny (before: as everywhere)"],
    ),
    (
        policy_of(SHIPPED),
        policy_of(SHORTER),
        ["colours from 2022-07-17: none (before: black positive (under days 10, "],
    ),
    (
        policy_of(None),
        policy_of(SHORTER),
        [
            "health profile: pedulilindungi",
            "colours: green allow",
            "colours from 2021-",
            "colours from",
            "colours from",
        ],
    ),
    (policy_of(None, [RULE]), policy_of(None, [RULE | {"Version": "1.0.1"}]), ["1.0.0: none", "1.0.1: {"]),
    (policy_of(None, [RULE]), policy_of(None, [RULE | {"Logic": False}]), ['"Logic":false']),
]


@pytest.mark.parametrize(("old", "new", "told"), DIFFERENCES)
def test_what_changes_about_health_is_told_in_words(old: Policy, new: Policy, told: list[str]) -> None:
    """Version by version, area by area, rule by rule, and nothing where nothing changes."""
    found = [change.words for change in changes(old, new)]
    assert len(found) == len(told)
    for part, words in zip(told, found, strict=True):
        assert part in words
