"""What a policy says of health holds together: a question has its answer, once, and no answer is without a question."""

from __future__ import annotations

import pytest

from firmware.rules.soundness import read_policy
from tests.unit.rules.colours import profile
from tests.unit.rules.test_certlogic import RULE

PROFILE = profile().model_dump(by_alias=True, exclude_none=True)
VAULT = PROFILE | {"areas": {"vault": {"yellow": "deny"}}}
RULES = {"rules": [RULE]}


def policy(rule: dict[str, object], **more: object) -> dict[str, object]:
    """Write a policy with one class."""
    return {"profile": "test", "classes": {"visitor": rule}} | more


BAD = [
    (policy({"health": "colour"}), "classes.visitor.health"),
    (policy({"health": "rules"}), "classes.visitor.health"),
    (policy({"health": "colour", "verify": ["health"]}, health_profile=PROFILE), "classes.visitor.verify"),
    (policy({}, health_profile=PROFILE), "health_profile"),
    (policy({"health": "colour"}, health_profile=PROFILE, national_rules=RULES), "national_rules"),
    (policy({"health": "colour"}, health_profile=VAULT, areas=["lobby"]), "health_profile.areas.vault"),
]


@pytest.mark.parametrize(("body", "where"), BAD)
def test_a_contradiction_about_health_is_one_line(body: dict[str, object], where: str) -> None:
    """It begins with its place and ends with what to write."""
    lines = read_policy(body)
    assert isinstance(lines, tuple)
    assert [line.partition(": ")[0] for line in lines] == [where]
    assert "; " in lines[0]


GOOD = [
    policy({"health": "required", "verify": ["health"]}),
    policy({"health": "colour"}, health_profile=VAULT),
    policy({"health": "colour"}, health_profile=VAULT, areas=["vault"]),
    policy({"health": "rules", "verify": ["health"]}, national_rules=RULES),
]


@pytest.mark.parametrize("body", GOOD)
def test_what_is_sound_about_health_is_a_policy(body: dict[str, object]) -> None:
    """Each way to ask, with its answer, is taken."""
    assert not isinstance(read_policy(body), tuple)
