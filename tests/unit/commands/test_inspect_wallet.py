"""`gapura inspect` of a wallet's code: what it is, whether it is of now, and what a gate would decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.command import gapura

if TYPE_CHECKING:
    from pathlib import Path


def test_a_wallets_code_is_judged_by_its_moment(desk: Path) -> None:
    """Of now it is verified; the pass alone, an old code and one for other gates are refused, each with its reason."""
    names = ("shown-60.txt", "bound.txt", "shown-10.txt", "shown-150.txt", "roof-60.txt")
    lists = ("--trust", "trust.cose", "--policy", "policy.cose", "--gate", "gate-1", "--area", "lobby")
    lines = gapura("inspect", *lists, "--at", "2026-01-05T02:01:00Z", *names, cwd=desk).lines()
    told = [(line["format"], line["verdict"], line["reason"], line["decision"]) for line in lines]
    assert told == [
        ("gp1", "verified", None, "allow"),
        ("gp1", "refused", "no_proof", "deny"),
        ("gp1", "refused", "stale", "deny"),
        ("gp1", "refused", "stale", "deny"),
        ("gp1", "verified", "bad_proof", "deny"),
    ]
