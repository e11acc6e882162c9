"""CertLogic held to its published suites: evaluation, validation, and the national rules with the tests beside them.

Any folder of the same layout works (`GAPURA_VECTORS`); what was checked is printed group by group. The validation suite
lies in `certlogic/validation`, a rule in `rules/<country>/<rule>/rule.json`, its tests in `tests` beside it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from firmware.rules.certlogic.evaluating import evaluate
from firmware.rules.certlogic.rule import Rule
from firmware.rules.certlogic.validating import mistakes
from firmware.rules.certlogic.values import EvaluationError
from firmware.rules.policy import Policy
from firmware.signed import strict_json
from tests.conformance import vectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUITE: Final = vectors.folder("certlogic")
RULES: Final = vectors.folder("rules")
SUITES: Final = [] if SUITE is None else sorted(SUITE.glob("*.json"))
VALIDATIONS: Final = [] if SUITE is None else sorted((SUITE / "validation").glob("*.json"))
COUNTRIES: Final = [] if RULES is None else sorted({path.parents[1] for path in RULES.glob("*/*/rule.json")})


def active(suite: dict[str, object]) -> Iterator[tuple[object, object, object]]:
    """Yield expression, data and expected value of each assertion that the suite does not tell to skip."""
    for case in vectors.dicts(suite["cases"]):
        for assertion in vectors.dicts(case["assertions"]):
            if "skip" not in {case.get("directive"), assertion.get("directive")}:
                expression = assertion.get("certLogicExpression", case.get("certLogicExpression"))
                yield expression, assertion.get("data"), assertion["expected"]


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_each_assertion_comes_to_what_is_expected(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every active assertion holds, and every expression of the suite is one that the validator takes."""
    checked = 0
    for expression, data, expected in active(vectors.read(path)):
        assert vectors.alike(evaluate(expression, data), expected), (expression, data)
        assert mistakes(expression) == []
        checked += 1
    vectors.say(capsys, f"certlogic {path.stem}: {checked} assertions")
    assert checked


@pytest.mark.parametrize("path", VALIDATIONS, ids=lambda path: path.stem)
def test_each_mistake_is_found(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The validator names the same parts with the same words, no more and no fewer."""
    suite = list(vectors.dicts(vectors.read(path)["cases"]))
    for case in suite:
        found = [
            {"expr": mistake.expression, "message": mistake.message}
            for mistake in mistakes(case["certLogicExpression"])
        ]
        assert vectors.alike(found, case["issues"]), case
    vectors.say(capsys, f"certlogic validation {path.stem}: {len(suite)} cases")
    assert suite


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda path: path.name)
def test_each_national_rule_loads_and_passes_its_tests(country: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule is taken as it was published, and the certificates of its tests pass or fail as they say."""
    rules = tests = 0
    for path in sorted(country.glob("*/rule.json")):
        rule = Rule.model_validate(vectors.read(path))
        for case in map(vectors.read, sorted((path.parent / "tests").glob("*.json"))):
            external = next(vectors.dicts([case["external"]]))
            assert rule.passes(case["payload"], external) is case["expected"], (rule.identifier, case.get("name"))
            tests += 1
        rules += 1
    vectors.say(capsys, f"rules {country.name}: {rules} rules, {tests} tests")
    assert tests


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda path: path.name)
def test_the_rules_of_a_country_stand_in_a_policy_as_they_are(country: Path) -> None:
    """A policy holds them and the published value sets, read by the strict reader that gates use."""
    rules = [vectors.read(path) for path in sorted(country.glob("*/rule.json"))]
    sets = vectors.read(country.parent / "valuesets" / "valueSets.json")
    classes = {"visitor": {"health": "rules"}}
    document = {"profile": "test", "classes": classes, "national_rules": {"rules": rules, "value_sets": sets}}
    policy = Policy.model_validate(strict_json.parse(json.dumps(document).encode()))
    assert policy.national_rules is not None
    assert len(policy.national_rules.rules) == len(rules)


def test_every_rule_can_be_told_apart_from_its_opposite() -> None:
    """Where a rule refuses, it evaluates to `false`; a rule that merely cannot be evaluated would be no conformance."""
    if RULES is None:
        pytest.skip("0 of 610 tests of national rules checked: set GAPURA_VECTORS to the folder of published vectors")
    failing = []
    for path in sorted(RULES.glob("*/*/tests/*.json")):
        case, logic = vectors.read(path), vectors.read(path.parents[1] / "rule.json")["Logic"]
        try:
            found = evaluate(logic, {"payload": case["payload"], "external": case["external"]})
        except EvaluationError as error:
            found = str(error)
        if found is not case["expected"]:
            failing.append(f"{path}: {json.dumps(found, default=str)}")
    assert failing == []


def test_the_suites_are_there() -> None:
    """Without the published vectors this whole file checks nothing, and says so."""
    if SUITE is None or RULES is None:
        pytest.skip(
            "0 of 228 assertions and 0 of 610 tests checked: set GAPURA_VECTORS to the folder of published vectors"
        )
    assert SUITES
    assert VALIDATIONS
    assert COUNTRIES
