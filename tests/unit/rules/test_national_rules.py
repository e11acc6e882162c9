"""National rules in a policy: which of them apply to a certificate at a moment, and that nothing else is admitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from firmware.events import NEVER, Decision, Direction, Instant, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.rules.certlogic.ruleset import NationalRules
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.unit.rules.test_certlogic import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON = int(datetime(2022, 8, 1, 5, tzinfo=UTC).timestamp())
TWICE = {"v": [{"dn": 2, "mp": "EU/1/20/1528", "dt": "2022-07-18"}]}
ONCE = {"v": [{"dn": 1, "mp": "EU/1/20/1528", "dt": "2022-07-18"}]}

KNOWN = RULE | {
    "Identifier": "VR-ID-0002",
    "Logic": {"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.vaccines"}]},
}
SETTLED = RULE | {
    "Identifier": "VR-ID-0003",
    "Logic": {
        "not-before": [
            {"plusTime": [{"var": "external.validationClock"}, 0, "day"]},
            {"plusTime": [{"var": "payload.v.0.dt"}, 14, "day"]},
        ]
    },
}
ALWAYS = RULE | {"Identifier": "GR-ID-0001", "CertificateType": "General", "Logic": {"!": [{"var": "payload.t.1"}]}}
SPENDER = RULE | {
    "Logic": {"===": [{"reduce": [{"var": "payload.long"}, {"+": [{"var": "accumulator"}, 1]}, 0]}, 1_000]},
}


def ask(
    rules: list[dict[str, object]],
    certificate: Mapping[str, object] | None,
    now: Instant | None = None,
    **rule: object,
) -> Decision:
    """Ask for the way in under these rules."""
    document = {
        "profile": "test",
        "timezone": "Asia/Jakarta",
        "classes": {"visitor": {"health": "rules", **rule}},
        "national_rules": {"rules": rules, "value_sets": {"vaccines": ["EU/1/20/1528"]}},
    }
    book = Rulebook.unlimited(Policy.model_validate(document))
    shown = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, 0, NEVER + 2, NEVER + 2, certificate=certificate)
    return decide(shown, Direction.IN, now or Instant(0, NOON, NOON), Place("gate-1", "lobby"), book, Presence())


NEWER = RULE | {"Version": "1.10.0", "Logic": False}
OLDER = RULE | {"Version": "1.9.0"}
ROWS: list[tuple[list[dict[str, object]], Mapping[str, object] | None, bool]] = [
    ([RULE], TWICE, True),
    ([RULE], ONCE, False),
    ([RULE], None, False),
    ([RULE], {}, False),
    ([RULE], {"v": []}, False),
    ([RULE], {"t": [{}]}, False),
    ([RULE, ALWAYS], TWICE, True),
    ([ALWAYS], {"t": [{}]}, True),
    ([ALWAYS], {"t": [{"tt": "a"}, {"tt": "b"}]}, False),
    ([ALWAYS], {"x": [{}]}, False),
    ([RULE, KNOWN], TWICE, True),
    ([RULE, KNOWN], {"v": [{"dn": 2, "mp": "home-made"}]}, False),
    ([OLDER, NEWER], TWICE, False),
    ([NEWER, OLDER], TWICE, False),
    ([OLDER, NEWER | {"ValidFrom": "2022-08-02T00:00:00Z"}], TWICE, True),
    ([RULE | {"ValidTo": "2022-08-01T04:59:59Z"}], TWICE, False),
    ([RULE | {"Type": "Invalidation"}], TWICE, True),
    ([SPENDER], TWICE | {"long": [0] * 1_000}, True),
    ([SPENDER, *(SPENDER | {"Identifier": f"VR-ID-100{n}"} for n in range(9))], TWICE | {"long": [0] * 1_000}, False),
]


@pytest.mark.parametrize(("rules", "certificate", "allowed"), ROWS)
def test_every_rule_in_force_has_to_be_passed(
    rules: list[dict[str, object]], certificate: Mapping[str, object] | None, *, allowed: bool
) -> None:
    """The newest version of each rule of its kind counts; what none applies to is denied, and so is endless toil."""
    decision = ask(rules, certificate)
    expected = (Outcome.ALLOW, None) if allowed else (Outcome.DENY, Reason.HEALTH)
    assert (decision.outcome, decision.reason) == expected


MIDNIGHT = int(datetime(2022, 8, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("earliest", "latest", "allowed"),
    [
        (MIDNIGHT, MIDNIGHT, True),
        (MIDNIGHT - 1, MIDNIGHT, False),
        (MIDNIGHT - 1, MIDNIGHT - 1, False),
        (NOON, NEVER, False),
    ],
)
def test_rules_are_asked_at_both_ends_of_the_interval(earliest: int, latest: int, *, allowed: bool) -> None:
    """Fourteen days are over for a clock that is certainly past them, and a clock beyond every calendar is none."""
    decision = ask([SETTLED], TWICE, Instant(0, earliest, latest))
    assert (decision.outcome is Outcome.ALLOW) is allowed


def test_a_refusal_can_be_left_to_an_officer() -> None:
    """`verify` names health as it does where the pass itself vouches for it."""
    assert ask([RULE], ONCE, verify=["health"]).outcome is Outcome.VERIFY


def test_what_a_certificate_says_is_not_printed() -> None:
    """Neither the repr of a pass nor its hash knows of it."""
    shown = Pass("gp1", "a" * 32, "visitor", (), (), 0, 0, 1, 1, certificate=TWICE)
    assert "1528" not in repr(shown)
    assert hash(shown) == hash(replace(shown, certificate=None))


def test_two_rules_of_one_name_and_version_are_refused() -> None:
    """Every name that stands there twice is told, and no rules are no rule set."""
    with pytest.raises(ValidationError, match=r"more than once: VR-ID-0001 1\.0\.0, VR-ID-0002 1\.0\.0"):
        NationalRules.model_validate({"rules": [RULE, KNOWN, RULE, KNOWN]})
    with pytest.raises(ValidationError, match="rules"):
        NationalRules.model_validate({"rules": []})
