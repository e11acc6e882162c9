"""The edges of what is left of a policy: whose body it was, what is missing in it, and how much may be wrong."""

from __future__ import annotations

import copy

from firmware.rules.salvage import MOST, salvaged

POSTURE = {"posture": "lockdown", "from": "08:00", "until": "09:00"}


def test_the_body_stays_as_it_was() -> None:
    """What is taken out is taken out of a copy, however deep it lies."""
    body: dict[str, object] = {"profile": "test", "classes": {"a": {"hours": "never", "nonsense": 1}, "b": {}}}
    before = copy.deepcopy(body)
    left = salvaged(body)
    assert left is not None
    assert left[1] == {"classes.*.hours", "classes.*.nonsense"}
    assert body == before


def test_what_lacks_something_goes_and_the_rest_stays() -> None:
    """A posture without its days."""
    left = salvaged({"profile": "test", "classes": {"a": {}}, "postures": [POSTURE]})
    assert left is not None
    assert (len(left[0].postures), set(left[1]), set(left[0].classes)) == (0, {"postures"}, {"a"})


def test_so_many_mistakes_are_taken_out_and_not_one_more() -> None:
    """Of shape, in one round."""
    body: dict[str, object] = {"profile": "test", "classes": {"a": {}}}
    assert salvaged(body | {f"x{number}": 1 for number in range(MOST)}) is not None
    assert salvaged(body | {f"x{number}": 1 for number in range(MOST + 1)}) is None


def test_a_key_and_what_stands_under_it_may_both_be_wrong() -> None:
    """A set of values of no name with a value of no letters: one place ends in a word, the other in a number."""
    wrong = {"rules": [], "value_sets": {"": [""]}}
    left = salvaged({"profile": "test", "classes": {"a": {}}, "national_rules": wrong})
    assert left is not None
    assert (left[0].national_rules, set(left[1]), set(left[0].classes)) == (None, {"national_rules"}, {"a"})
