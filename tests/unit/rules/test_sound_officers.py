"""What a policy says of officers and what is left to them: every contradiction is one line with its place."""

from __future__ import annotations

import pytest

from firmware.rules.policy import Policy
from firmware.rules.soundness import read_policy

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
    ("an officer who is asked nothing", {"classes": {"visitor": {}, "staff": {}}, "officers": ["staff"]}, "officers"),
]


@pytest.mark.parametrize(("name", "body", "where"), BAD, ids=[row[0] for row in BAD])
def test_a_contradiction_is_one_line(name: str, body: dict[str, object], where: str) -> None:
    """It begins with its place and ends with what to write."""
    lines = found(body)
    assert [line.partition(": ")[0] for line in lines] == [where], (name, lines)
    assert "; " in lines[0]


GOOD: list[tuple[str, dict[str, object]]] = [
    ("officers of a class", {"classes": {"visitor": LEFT, "staff": {}}, "officers": ["staff"]}),
    (
        "a class of officers with one under threat",
        {"classes": {"visitor": LEFT, "staff": {}, "forced": {"duress": "staff"}}, "officers": ["staff"]},
    ),
]


@pytest.mark.parametrize(("name", "body"), GOOD, ids=[row[0] for row in GOOD])
def test_what_is_sound_has_no_mistake(name: str, body: dict[str, object]) -> None:
    """Nothing is refused that a policy may mean."""
    assert (found(body), bool(name)) == ((), True)
