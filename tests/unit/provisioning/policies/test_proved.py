"""Cases about wallets: a class that asks for the holder's proof, and what shows it."""

from __future__ import annotations

import pytest

from firmware.rules.policy import Policy
from provisioning.policies.cases import Placed, read
from provisioning.policies.difference import changes
from provisioning.policies.trial import decided

HELD = Policy.model_validate({"profile": "t", "classes": {"staff": {"proof": "holder"}, "visitor": {}}})
TABLE = """
defaults: {at: 2026-01-05T10:00}
cases:
  - {name: of now, pass: {class: staff, proof: fresh}, expect: allow}
  - {name: old, pass: {class: staff, proof: stale}, expect: deny, reason: stale}
  - {name: the pass alone, pass: {class: visitor, proof: missing}, expect: deny, reason: no_proof}
  - {name: a bearer's of a class that has to prove, pass: {class: staff}, expect: deny, reason: no_proof}
  - {name: a bearer's of another class, pass: {class: visitor}, expect: allow}
  - {name: leaving with an old one, pass: {class: staff, proof: stale}, direction: out, expect: allow, remark: stale}
  - {name: an unsure clock, pass: {class: staff, proof: fresh}, unsure_s: 31, expect: deny, reason: clock_untrusted}
"""


@pytest.mark.parametrize("placed", read(TABLE), ids=lambda placed: placed.case.name)
def test_a_case_can_have_a_proof(placed: Placed) -> None:
    """Each comes out as a gate decides."""
    case = placed.case
    found = decided(HELD, case)
    assert (found.outcome, found.reason, found.remark) == (case.expect, case.reason, case.remark)


def test_a_class_that_begins_to_ask_is_told_in_words() -> None:
    """The difference says from whom the class's passes count."""
    free = Policy.model_validate({"profile": "t", "classes": {"staff": {}, "visitor": {}}})
    assert [one.words for one in changes(free, HELD)] == [
        "staff: proof: with the holder's proof (before: whoever shows it)"
    ]
