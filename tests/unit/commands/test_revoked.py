"""`--revocations` of inspect and simulate: a listed pass is refused, and how likely that is wrong is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import gapura
from tests.revoking import listed
from tests.unit.commands.desk import AT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command import Ended


def reference(desk: Path) -> bytes:
    """Find out under which name the desk's visitor would stand on a list."""
    from firmware.commands.lists import given  # noqa: PLC0415  read as the command reads it
    from firmware.passes.outcome import Pass  # noqa: PLC0415  the same
    from firmware.passes.reading import read  # noqa: PLC0415  the same

    code = (desk / "visitor.txt").read_bytes().removesuffix(b"\n")
    reading = read(code, given([desk / "trust.cose"], None).trust)
    assert isinstance(reading, Pass)
    return bytes.fromhex(reading.reference)


def inspect(desk: Path, *more: str | Path) -> Ended:
    """Inspect the visitor's pass."""
    return gapura("inspect", "--trust", "trust.cose", "--at", AT, *more, "visitor.txt", cwd=desk)


@pytest.mark.parametrize("policy", [(), ("--policy", "policy.cose")])
def test_a_listed_pass_is_refused_and_the_rate_of_false_hits_said(
    desk: Path, tmp_path: Path, policy: tuple[str, ...]
) -> None:
    """By which name it was found and how likely nobody revoked it; of others it is said that they are not listed."""
    (tmp_path / "with").write_bytes(listed(range(31), reference(desk)))
    (tmp_path / "without").write_bytes(listed(range(32)))
    (line,) = inspect(desk, *policy, "--revocations", tmp_path / "with").lines()
    assert (line["verdict"], line["reason"]) == ("refused", "revoked")
    assert line["revoked"] == {"by": "cti", "false_hit_rate": 32 / 2**64}
    assert line["decision"] == ("deny" if policy else None)
    (line,) = inspect(desk, *policy, "--revocations", tmp_path / "without").lines()
    assert (line["verdict"], line["reason"], line["revoked"]) == ("verified", None, None)


@pytest.mark.parametrize(("limits", "named", "told"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_a_list_that_the_policy_asks_for_is_missed(
    desk: Path, tmp_path: Path, *, limits: bool, named: bool, told: int
) -> None:
    """A gate without it lets nobody of the class in; a desk goes on, and says what it took for granted."""
    rule = {"limits": {"revocations_s": 86_400}} if limits else {}
    (tmp_path / "policy.json").write_text(json.dumps({"profile": "x", "classes": {"visitor": rule}}))
    (tmp_path / "list").write_bytes(listed(range(3)))
    more = ("--revocations", tmp_path / "list") if named else ()
    ended = inspect(desk, "--policy", tmp_path / "policy.json", *more)
    assert (ended.code, ended.lines()[0]["decision"], ended.err.count("no --revocations")) == (0, "allow", told)


def test_the_door_says_no_more_to_everybody_than_see_an_officer(desk: Path, tmp_path: Path) -> None:
    """In simulate as at a gate: the reason stands in the restricted event alone."""
    (tmp_path / "list").write_bytes(listed([], reference(desk)))
    script = b"show in visitor.txt\nshow out visitor.txt\n"
    options = ("--trust", "trust.cose", "--revocations", tmp_path / "list", "--virtual-time")
    lines = gapura("simulate", *options, stdin=script, cwd=desk).lines()
    events = [line["value"] for line in lines if line["kind"] == "event"]
    told = [
        (event["type"].split(".")[-2], event["data"].get("reason"), event["data"].get("remark"))  # type: ignore[index]
        for event in events
        if "reason" in event["data"]  # type: ignore[index]
    ]
    assert ("access", "see_officer", None) in told
    assert ("access", None, "see_officer") in told
    assert ("follow-up", "revoked", None) in told
    assert all(kind == "follow-up" for kind, *why in told if "revoked" in why)


@pytest.mark.parametrize("data", [b"", b"rubbish", listed(range(9))[:-1], listed(range(9))[:-1] + b"\0"])
def test_a_file_that_is_no_list_ends_the_command(desk: Path, tmp_path: Path, data: bytes) -> None:
    """One line says what to name instead."""
    (tmp_path / "list").write_bytes(data)
    ended = inspect(desk, "--revocations", tmp_path / "list")
    assert (ended.code, ended.err.count("\n"), "revocations build" in ended.err) == (2, 1, True)
