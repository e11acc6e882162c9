"""The desk's commands as an operator meets them: real processes, their answers, their exit codes, their one-liners."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from firmware.control.desired import Held
from firmware.control.full import full_document
from firmware.control.standing import list_of
from firmware.passes import gp1
from firmware.passes.outcome import Pass
from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from firmware.signed.envelope import Document, Kind, open_envelope, read_body
from firmware.signed.warrant import parse_root
from firmware.trust.loading import Loaded, load_envelope
from provisioning import publishing
from provisioning.mistake import OperatorError
from tests.unit.provisioning.console import ops

if TYPE_CHECKING:
    from pathlib import Path

TIMES = ("--from", "2026-01-05T08:00+07:00", "--until", "2026-01-05T17:00+07:00")
POLICY = {"profile": "office", "classes": {"visitor": {"areas": ["lobby"]}, "staff": {}}}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority `a` and a passphrase `p`."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "p").write_text("correct horse\n")
    (folder / "p").chmod(0o600)
    made = ops("authority", "init", "--dir", folder / "a", "--passphrase-file", folder / "p")
    assert (made.code, made.answer["encrypted"]) == (0, True)
    return folder


def opens(desk: Path) -> tuple[str | Path, ...]:
    """Name the authority and the passphrase."""
    return ("--dir", desk / "a", "--passphrase-file", desk / "p")


def test_what_the_desk_makes_a_gate_believes(desk: Path) -> None:
    """Trust list, policy and pass made by the commands are accepted by the firmware under the pinned root."""
    root = parse_root((desk / "a" / "root.pub").read_bytes())
    trust = ops("trust", "build", *opens(desk), "--out", desk / "trust", "--valid-days", "10")
    (desk / "policy.json").write_text(json.dumps(POLICY))
    policy = ops("policy", "sign", *opens(desk), desk / "policy.json", "--out", desk / "policy")
    issued = ops(
        "pass", "issue", *opens(desk), "--class", "visitor", "--areas", "lobby,floor-2", *TIMES,
        "--entries", "1", "--gates", "gate-1", "--accessible",
        "--health-ok-until", "2026-01-06T00:00:00Z", "--out", desk / "pass.txt",
    )  # fmt: skip
    assert (trust.code, policy.code, issued.code) == (0, 0, 0)
    assert (trust.answer["kind"], policy.answer["kind"]) == ("trust", "policy")

    loaded = load_envelope((desk / "trust").read_bytes(), root=root, gate="gate-1", now=None)
    assert isinstance(loaded, Loaded)
    document = open_envelope((desk / "policy").read_bytes(), Kind.POLICY, root=root, gate="gate-1", now=None)
    assert isinstance(document, Document)
    assert isinstance(read_body(document, Policy), Policy)
    code = (desk / "pass.txt").read_bytes().removesuffix(b"\n")
    reading = gp1.read(code, loaded.trust)
    assert isinstance(reading, Pass)
    assert (reading.pass_class, reading.areas, reading.gates) == ("visitor", ("lobby", "floor-2"), ("gate-1",))
    assert (reading.not_before, reading.expires) == (1_767_574_800, 1_767_607_200)
    assert (reading.entries, reading.accessible, reading.health_ok_until) == (1, True, 1_767_657_600)
    assert issued.answer["sha256"] == hashlib.sha256(code).hexdigest()


def test_the_answer_opens_no_door(desk: Path) -> None:
    """What is printed about a pass holds neither its code nor its id, only digests of them."""
    issued = ops("pass", "issue", *opens(desk), "--class", "staff", "--areas", "x", *TIMES, "--out", desk / "s.txt")
    assert "GP1:" not in issued.out
    assert set(issued.answer) == {
        "areas", "class", "cti_sha256", "entries", "expires", "not_before", "out", "reference", "sha256",
    }  # fmt: skip


def test_a_document_after_another_is_newer(desk: Path) -> None:
    """Each trust list has a higher version than the one before."""
    first, second = (ops("trust", "build", *opens(desk), "--out", desk / "t").answer["version"] for _ in range(2))
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert second == first + 1


def test_a_pass_without_a_file_is_drawn(desk: Path) -> None:
    """Without --out the code is drawn beside the answer, which stays alone on stdout."""
    drawn = ops("pass", "issue", *opens(desk), "--class", "staff", "--areas", "lobby", *TIMES)
    assert drawn.answer["out"] is None
    assert sum(line.count("█") for line in drawn.err.splitlines()) > 400


def test_unencrypted_keys_are_warned_of(tmp_path: Path) -> None:
    """Without a passphrase the authority is made, and the operator is told what that means."""
    made = ops("authority", "init", "--dir", tmp_path / "a")
    assert (made.code, made.answer["encrypted"]) == (0, False)
    assert "not encrypted" in made.err


def test_a_policy_too_long_for_a_message_goes_apart(desk: Path) -> None:
    """With --blob only a manifest is signed; the desk can publish it and a gate reads the same policy out of it."""
    blocked = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(4000)]
    (desk / "long.json").write_text(json.dumps({**POLICY, "blocked": blocked}))
    ops("policy", "sign", *opens(desk), desk / "long.json", "--out", desk / "whole")
    with pytest.raises(OperatorError, match="--blob"):
        publishing.read_document(desk / "whole", None)
    made = ops("policy", "sign", *opens(desk), desk / "long.json", "--out", desk / "long", "--blob", desk / "long.blob")
    assert made.code == 0, made.err
    finished = publishing.read_document(desk / "long", None)
    ((blob, content),) = finished.blobs
    (desk / f"{blob.sha256}.blob").write_bytes(content)
    rules = list_of(full_document(Held(finished.document, finished.data, "*"), desk))
    assert isinstance(rules, Rulebook)
    assert rules.policy is not None
    assert rules.policy.blocked == set(blocked)


def test_every_mistake_in_a_policy_is_listed(desk: Path) -> None:
    """A policy with four mistakes gets four lines, each with its place and a remedy, and nothing is written."""
    wrong = {
        "profile": "Big Office",
        "timezone": "Mars/Base",
        "classes": {"visitor": {"area": ["lobby"], "hours": [{"days": ["mon"], "from": "18:00", "until": "08:00"}]}},
    }
    (desk / "wrong.json").write_text(json.dumps(wrong, indent=1))
    ran = ops("policy", "sign", *opens(desk), desk / "wrong.json", "--out", desk / "never")
    assert (ran.code, ran.out) == (2, "")
    told = [line.removeprefix("gapura-ops: ") for line in ran.err.splitlines()]
    assert told[:3] == [
        "line 2: profile: has another form (found 'Big Office'); use 1 to 64 of a-z, 0-9 and -",
        "line 3: timezone: unknown time zone 'Mars/Base'; use an IANA name such as Asia/Jakarta",
        "line 6: classes.visitor.area: is not known here; remove it or correct its spelling",
    ]
    assert told[3].startswith("line 10: classes.visitor.hours.0: 'until' 08:00 is not after 'from' 18:00")
    assert len(told) == 4
    assert not (desk / "never").exists()


BAD_POLICIES = {
    "nothing": b"",
    "half": b'{"profile": "x",\n "classes": {',
    "a list": b"[]",
    "a key twice": b'{"profile":"x","profile":"y","classes":{"staff":{}}}',
    "not UTF-8": b'{"profile":"\xff"}',
    "too long": b" " * 2_000_000,
}


@pytest.mark.parametrize("name", BAD_POLICIES)
def test_a_file_that_is_no_policy_gets_one_line(desk: Path, name: str) -> None:
    """Bytes that are not a policy's JSON are refused in one line."""
    (desk / "bad.json").write_bytes(BAD_POLICIES[name])
    ran = ops("policy", "sign", *opens(desk), desk / "bad.json", "--out", desk / "never")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1), ran.err


ISSUE = ("pass", "issue")
VISITOR = ("--class", "visitor", "--areas", "lobby")
MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "no command": ((), "COMMAND"),
    "no such command": (("open",), "invalid choice"),
    "half a command": (("pass",), "COMMAND"),
    "no times": ((*ISSUE, *VISITOR), "--from"),
    "a time without offset": ((*ISSUE, *VISITOR, "--from", "2026-01-05 08:00", *TIMES[2:]), "offset"),
    "no time": ((*ISSUE, *VISITOR, "--from", "tomorrow", *TIMES[2:]), "tomorrow"),
    "no day": ((*ISSUE, *VISITOR, "--from", "2026-02-30T08:00Z", *TIMES[2:]), "calendar"),
    "long ago": ((*ISSUE, *VISITOR, "--from", "1960-02-01T08:00Z", *TIMES[2:]), "1970"),
    "over before it begins": ((*ISSUE, *VISITOR, "--from", TIMES[3], "--until", TIMES[1]), "--until"),
    "a class nobody issues": ((*ISSUE, "--class", "king", "--areas", "lobby", *TIMES), "issuers.json"),
    "a class in capitals": ((*ISSUE, "--class", "Visitor", "--areas", "lobby", *TIMES), "--class"),
    "an area in capitals": ((*ISSUE, "--class", "visitor", "--areas", "lobby,LAB", *TIMES), "--areas"),
    "an area twice": ((*ISSUE, "--class", "visitor", "--areas", "lobby,lobby", *TIMES), "--areas"),
    "no area": ((*ISSUE, "--class", "visitor", "--areas", "", *TIMES), "--areas"),
    "too many areas": ((*ISSUE, "--class", "visitor", "--areas", ",".join(map(str, range(17))), *TIMES), "--areas"),
    "no entries": ((*ISSUE, *VISITOR, *TIMES, "--entries", "0"), "--entries"),
    "entries in words": ((*ISSUE, *VISITOR, *TIMES, "--entries", "one"), "--entries"),
    "another kind of file": ((*ISSUE, *VISITOR, *TIMES, "--out", "pass.doc"), ".png"),
    "a folder that is not there": ((*ISSUE, *VISITOR, *TIMES, "--out", "/nowhere/pass.png"), "--out"),
    "no days": (("trust", "build", "--out", "t", "--valid-days", "0"), "--valid-days"),
    "no policy file": (("policy", "sign", "/nowhere/p.json", "--out", "p"), "/nowhere/p.json"),
    "an audience in capitals": (("policy", "sign", "POLICY", "--audience", "GATE-1", "--out", "p"), "--audience"),
    "an authority over another": (("authority", "init"), "not empty"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_that_helps(desk: Path, name: str) -> None:
    """Bad usage ends with exit code 2, nothing on stdout and one line that names what to mend."""
    arguments, hint = MISTAKES[name]
    (desk / "good.json").write_text(json.dumps(POLICY))
    shown = [str(desk / "good.json") if one == "POLICY" else one for one in arguments]
    whole = len(arguments) > 1
    ran = ops(*shown, *(opens(desk) if whole else ()))
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1), ran.err
    assert hint in ran.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--dir", "/nowhere"), "authority init"),
        (("--dir", "A"), "--passphrase-file"),
        (("--dir", "A", "--passphrase-file", "/nowhere"), "/nowhere"),
    ],
)
def test_an_authority_that_does_not_open_says_why(desk: Path, arguments: tuple[str, ...], hint: str) -> None:
    """A missing folder, passphrase or passphrase file is one line."""
    shown = [str(desk / "a") if one == "A" else one for one in arguments]
    ran = ops("trust", "build", *shown, "--out", desk / "never")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert hint in ran.err


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("authority", "init"),
        ("authority", "operator"),
        ("cmd",),
        ("trust", "build"),
        ("policy", "sign"),
        ("pass", "issue"),
    ],
)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    """--help explains the command and ends well."""
    ran = ops(*command, "--help")
    assert ran.code == 0
    assert "usage: gapura-ops" in ran.out


def test_the_help_shows_every_action() -> None:
    """Whoever asks for help once sees all four commands whole."""
    shown = " ".join(ops("--help").out.split())
    for group, action in (("authority", "init"), ("trust", "build"), ("policy", "sign"), ("pass", "issue")):
        assert f"{group} {action}: " in shown


def test_what_lasts_longer_or_shorter_than_it_seems_is_said(desk: Path) -> None:
    """A pass for years and a document that its signer's warrant cuts short are made, with one warning each."""
    far = ("--from", "2026-01-05T08:00+07:00", "--until", "2099-01-01T00:00Z")
    issued = ops("pass", "issue", *opens(desk), *VISITOR, *far, "--out", desk / "long.txt")
    assert (issued.code, issued.err.count("\n"), "`blocked`" in issued.err) == (0, 1, True)
    built = ops("trust", "build", *opens(desk), "--out", desk / "t", "--valid-days", "3650")
    assert (built.code, built.err.count("\n"), "was cut" in built.err) == (0, 1, True)
    assert str(built.answer["expires"]) in built.err


def test_a_passphrase_that_is_soon_guessed_is_refused(tmp_path: Path) -> None:
    """Fewer than eight characters protect nothing; no authority is made with them."""
    (tmp_path / "p").write_text("seven 7\n")
    (tmp_path / "p").chmod(0o600)
    ran = ops("authority", "init", "--dir", tmp_path / "a", "--passphrase-file", tmp_path / "p")
    assert (ran.code, ran.err.count("\n"), (tmp_path / "a").exists()) == (2, 1, False)
    assert "fewer than 8 characters" in ran.err
