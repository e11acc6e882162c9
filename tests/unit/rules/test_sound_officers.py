"""What a policy says of officers and what is left to them: every contradiction is one line with its place."""

from __future__ import annotations

import pytest

from firmware.rules.policy import ClassRule, Policy
from firmware.rules.soundness import mistakes, read_policy

LEFT = {"verify": ["used"]}
"""A rule that leaves something to an officer, which asks for nothing else in the policy."""


def found(body: dict[str, object]) -> tuple[str, ...]:
    """List the mistakes of a policy."""
    read = read_policy({"profile": "test", "classes": {"visitor": {}}} | body)
    return () if isinstance(read, Policy) else read


BAD: list[tuple[str, dict[str, object], str]] = [
    ("an officer of no class", {"classes": {"visitor": LEFT}, "officers": ["staff"]}, "officers"),
    (
        "an officer under threat",
        {"classes": {"visitor": LEFT, "staff": {}, "forced": {"duress": "staff"}}, "officers": ["forced"]},
        "officers",
    ),
    (
        "left identity of our own",
        {"classes": {"visitor": {"verify": ["identity"]}}},
        "classes.visitor.verify",
    ),
    (
        "left age with nothing but a clock",
        {"classes": {"visitor": {"limits": {"clock_s": 60}, "verify": ["lists_too_old"]}}},
        "classes.visitor.verify",
    ),
    ("an officer who is asked nothing", {"classes": {"visitor": {}, "staff": {}}, "officers": ["staff"]}, "officers"),
]


@pytest.mark.parametrize(("name", "body", "where"), BAD, ids=[row[0] for row in BAD])
def test_a_contradiction_is_one_line(name: str, body: dict[str, object], where: str) -> None:
    """It begins with its place and ends with what to write."""
    lines = found(body)
    assert [line.partition(": ")[0] for line in lines] == [where], (name, lines)
    assert "; " in lines[0]


GOOD: list[tuple[str, dict[str, object]]] = [
    ("a class of our own format", {"classes": {"visitor": {"formats": ["gp1"]}}}),
    ("a clock that has to be sure", {"classes": {"visitor": {"limits": {"clock_s": 60}}}}),
    ("officers of a class", {"classes": {"visitor": LEFT, "staff": {}}, "officers": ["staff"]}),
    (
        "a class of officers with one under threat",
        {"classes": {"visitor": LEFT, "staff": {}, "forced": {"duress": "staff"}}, "officers": ["staff"]},
    ),
]


def test_what_a_class_takes_is_among_what_the_policy_takes() -> None:
    """A format of the class alone is a line; left identities are sound where a certificate can come."""
    rule = ClassRule.model_construct(formats=("gp1", "hc1"), verify=frozenset({"identity"}))
    policy = Policy(profile="test", classes={"visitor": ClassRule()}).model_copy(update={"classes": {"visitor": rule}})
    assert [line.partition(": ")[0] for line in mistakes(policy)] == ["classes.visitor.formats.1"]
    assert mistakes(policy.model_copy(update={"formats": ("gp1", "hc1")})) == ()
    ours = policy.model_copy(update={"formats": ("hc1",), "classes": {"visitor": rule}})
    assert [line.partition(": ")[0] for line in mistakes(ours)] == ["classes.visitor.formats.0"]


@pytest.mark.parametrize(("name", "body"), GOOD, ids=[row[0] for row in GOOD])
def test_what_is_sound_has_no_mistake(name: str, body: dict[str, object]) -> None:
    """Nothing is refused that a policy may mean."""
    assert (found(body), bool(name)) == ((), True)
