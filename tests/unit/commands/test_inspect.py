"""`gapura inspect`: one line of the contract for every input, whatever it is."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.door.reasons import REASONS
from firmware.events import Reason
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.command import gapura
from tests.divoc import CertificateIssuer
from tests.unit.commands.desk import AT
from tests.unit.trust.test_unsigned import certificate

if TYPE_CHECKING:
    from pathlib import Path

CERTIFICATES_POLICY = {
    "profile": "certificates",
    "formats": ["divoc"],
    "classes": {"visitor": {"verify": ["identity"]}},
}
KEYS = {
    *("input", "decoded", "decoder", "payload_sha256", "codes", "format", "verdict", "reason", "why", "action"),
    *("decision", "issuer", "issuer_key", "reference", "ms"),
}


def test_each_input_has_its_verdict_and_decision(desk: Path) -> None:
    """A picture, texts, a stranger's pass and a file that is not there: in order, each with the contract's keys."""
    (desk / "poster.txt").write_text("https://example.org\n")
    (desk / "empty.txt").write_text("\n")
    names = ("visitor.png", "visitor.txt", "other.txt", "poster.txt", "empty.txt", "missing.png")
    ended = gapura("inspect", "--trust", "trust.cose", "--policy", "policy.cose", "--at", AT, *names, cwd=desk)
    lines = ended.lines()
    assert ended.code == 1
    assert all(set(line) == KEYS for line in lines)
    told = [(line["input"], line["format"], line["verdict"], line["reason"], line["decision"]) for line in lines]
    assert told == [
        ("visitor.png", "gp1", "verified", None, "allow"),
        ("visitor.txt", "gp1", "verified", None, "allow"),
        ("other.txt", "gp1", "refused", "unknown_key", "deny"),
        ("poster.txt", "unknown", "unreadable", "unknown_format", "deny"),
        ("empty.txt", None, "unreadable", "no_code", "deny"),
        ("missing.png", None, None, "io_error", None),
    ]


def test_an_area_with_a_limit_is_not_full_at_a_desk(desk: Path) -> None:
    """Nobody is inside, as far as a desk knows; a gate that the limit does not name lets nobody in."""
    for gate, decision, reason in (("gate-1", "allow", None), ("gate-2", "deny", "full")):
        asked = ("--trust", "trust.cose", "--policy", "full.json", "--at", AT, "--gate", gate)
        line = gapura("inspect", *asked, "visitor.txt", cwd=desk).lines()[0]
        assert (line["decision"], line["reason"]) == (decision, reason)


def test_a_line_gives_the_exact_bytes(desk: Path) -> None:
    """Digest, base64 and text are of the code itself; a picture's code comes with four corners."""
    code = (desk / "visitor.txt").read_bytes().removesuffix(b"\n")
    text, picture = gapura("inspect", "--decode-only", "visitor.txt", "visitor.png", cwd=desk).lines()
    expected = {"bytes_b64": base64.b64encode(code).decode(), "text": code.decode(), "polygon": None}
    assert text["codes"] == [expected]
    assert text["payload_sha256"] == hashlib.sha256(code).hexdigest()
    assert (text["decoder"], text["verdict"], text["decision"]) == (None, None, None)
    assert picture["decoder"] == "zxing"
    found = picture["codes"]
    assert isinstance(found, list)
    assert [len(corner) for corner in found[0]["polygon"]] == [2, 2, 2, 2]


JUDGED = [
    ((), "refused", "no_trust", None),
    (("--trust", "trust.cose"), "verified", None, None),
    (("--trust", "foreign.cose"), "refused", "unknown_key", None),
    (("--trust", "trust.cose", "--policy", "policy.json"), "verified", None, "allow"),
    (("--trust", "trust.cose", "--policy", "policy.cose", "--area", "vault"), "verified", "wrong_area", "deny"),
    (("--policy", "policy.json"), "refused", "no_trust", "deny"),
    (("--policy", "policy.json", "--direction", "out"), "refused", "no_trust", "allow"),
    (("--trust", "trust.cose", "--policy", "policy.json", "--decode-only"), None, None, None),
]


@pytest.mark.parametrize(("options", "verdict", "reason", "decision"), JUDGED)
def test_trust_and_policy_are_what_was_named(
    desk: Path, options: tuple[str, ...], verdict: str | None, reason: str | None, decision: str | None
) -> None:
    """Without trust nothing is believed, without policy nothing is decided, and the way out is always open."""
    line = gapura("inspect", *options, "--at", AT, "staff.txt", cwd=desk).lines()[0]
    assert (line["verdict"], line["reason"], line["decision"]) == (verdict, reason, decision)


SETS = [
    (("card-3.txt", "card-1.txt", "card-2.txt"), "shc", "verified", "identity", "verify"),
    (("card-1.txt", "card-2.txt"), "shc", "unreadable", "incomplete", "deny"),
    (("card-1.txt", "card-2.txt", "other-3.txt"), "shc", "refused", "bad_signature", "deny"),
    (("seal.txt",), "vdsnc", "verified", "identity", "verify"),
]


@pytest.mark.parametrize(("names", "code_format", "verdict", "reason", "decision"), SETS)
def test_a_card_is_put_together(  # noqa: PLR0917  a line of the contract
    desk: Path, names: tuple[str, ...], code_format: str, verdict: str, reason: str | None, decision: str
) -> None:
    """`--set` takes its inputs as one pass, in any order; whose a genuine one is, an officer is asked."""
    lists = ("--trust", "issuer.json", "--trust", "state.der", "--policy", "cards.json", "--at", AT)
    line = gapura("inspect", *lists, "--set", *names, cwd=desk).lines()[0]
    told = (line["format"], line["verdict"], line["reason"], line["decision"])
    assert told == (code_format, verdict, reason, decision)
    assert line["input"] == " ".join(names)


def test_a_certificate_in_an_archive_is_a_code(tmp_path: Path) -> None:
    """A file that holds the archive of a code is read by the keys of a DID document."""
    issuer = CertificateIssuer()
    public = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    method = {"type": "Ed25519VerificationKey2018", "controller": issuer.name, "publicKeyPem": public}
    (tmp_path / "did.json").write_text(json.dumps({"verificationMethod": [{"id": issuer.method, **method}]}))
    (tmp_path / "policy.json").write_text(json.dumps(CERTIFICATES_POLICY))
    (tmp_path / "code.zip").write_bytes(issuer.code())
    lists = ("--trust", "did.json", "--policy", "policy.json", "--at", AT)
    line = gapura("inspect", *lists, "code.zip", cwd=tmp_path).lines()[0]
    told = (line["format"], line["verdict"], line["reason"], line["decision"])
    assert told == ("divoc", "verified", "identity", "verify")


def test_time_is_what_was_named(desk: Path) -> None:
    """The same pass is too early, good and over, by the time on the command line; an offset is understood."""
    told = [
        gapura("inspect", "--trust", "trust.cose", "--at", at, "staff.txt", cwd=desk).lines()[0]["reason"]
        for at in ("2026-01-04T23:59:59Z", "2026-01-05T07:00:00+07:00", "2026-01-05T12:00:00Z")
    ]
    assert told == ["not_yet_valid", None, "expired"]


def test_standard_input_holds_a_code_a_line(desk: Path) -> None:
    """`-` gives a line for every line of input: empty, endless and binary ones too."""
    code = (desk / "staff.txt").read_bytes()
    stdin = code + b"\n" + b"A" * 200_000 + b"\n\xff\xfe\x00\n" + code.removesuffix(b"\n")
    lines = gapura("inspect", "--trust", "trust.cose", "--at", AT, "-", stdin=stdin, cwd=desk).lines()
    assert [line["reason"] for line in lines] == [None, "no_code", "too_long", "unknown_format", None]
    assert {line["input"] for line in lines} == {"-"}


def test_a_set_is_one_pass(desk: Path) -> None:
    """With `--set` all inputs give one line, and the verified code among them counts."""
    lines = gapura("inspect", "--set", "--trust", "trust.cose", "--at", AT, "other.txt", "staff.txt", cwd=desk).lines()
    assert [(line["input"], line["verdict"]) for line in lines] == [("other.txt staff.txt", "verified")]


def test_a_broken_picture_is_an_input_error(desk: Path) -> None:
    """A file that begins like a picture and is none is named, and the exit code says that an input failed."""
    (desk / "half.png").write_bytes((desk / "visitor.png").read_bytes()[:100])
    ended = gapura("inspect", "half.png", "staff.txt", cwd=desk)
    assert [line["reason"] for line in ended.lines()] == ["io_error", "no_trust"]
    assert ended.code == 1
    assert "half.png" in ended.err


def test_what_is_no_file_is_an_input_error_and_not_waited_for(desk: Path) -> None:
    """A pipe that nobody writes to, a device and a folder each cost one line, and the next input is read."""
    os.mkfifo(desk / "pipe")
    ended = gapura("inspect", "pipe", "/dev/zero", ".", "staff.txt", cwd=desk)
    (desk / "pipe").unlink()
    assert [line["reason"] for line in ended.lines()] == ["io_error", "io_error", "io_error", "no_trust"]
    assert ended.code == 1
    assert "'pipe': is no file" in ended.err


BAD_USE = [
    (("--at", "yesterday", "staff.txt"), "like 2026-01-05T08:00+07:00"),
    (("--trust", "nothing.cose", "staff.txt"), "No such file"),
    (("--trust", "policy.json", "staff.txt"), "trust"),
    (("--trust", "policy.cose", "staff.txt"), "refused: wrong_kind"),
    (("--trust", "trust.cose", "--trust", "foreign.cose", "staff.txt"), "different roots"),
    (("--trust", "foreign.cose", "--policy", "policy.cose", "staff.txt"), "unknown_root"),
    (("--policy", "staff.txt", "staff.txt"), "neither a signed policy nor JSON"),
    (("--policy", "broken.json", "staff.txt"), "classes"),
    ((), "required"),
]


@pytest.mark.parametrize(("options", "says"), BAD_USE, ids=[row[1] for row in BAD_USE])
def test_bad_use_ends_with_one_line_and_exit_code_2(desk: Path, options: tuple[str, ...], says: str) -> None:
    """What cannot be used is named on stderr, and nothing is printed on stdout."""
    (desk / "broken.json").write_text('{"profile": "x", "classes": {}}')
    ended = gapura("inspect", *options, cwd=desk)
    assert (ended.code, ended.out) == (2, b"")
    assert says in ended.err


def test_a_drawing_is_not_taken_for_a_code(desk: Path) -> None:
    """A pass as PDF or SVG is named as such, and is an input that failed, not text that holds a code."""
    (desk / "pass.pdf").write_bytes(b"%PDF-1.7 anything")
    (desk / "pass.svg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    ended = gapura("inspect", "pass.pdf", "pass.svg", cwd=desk)
    assert [(line["reason"], line["codes"]) for line in ended.lines()] == [("io_error", []), ("io_error", [])]
    assert ended.code == 1
    assert ended.err.count("inspect the same pass as .png or .txt") == 2


SENTENCES = {
    "a poster": ("poster.txt", AT, "Not readable: a code, and no pass of a known kind.", "unknown_format"),
    "half a pass": ("half.txt", AT, "Not readable: half a pass, or a damaged one.", "bad_encoding"),
    "a stranger's": (
        "other.txt",
        AT,
        "Not to be believed: signed by somebody who is not on the trust list.",
        "unknown_key",
    ),
    "an old one": (
        "visitor.txt",
        "2026-01-05T23:00:00Z",
        "Genuine, and does not count now: its time is over.",
        "expired",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_refusal_is_told_in_one_sentence(desk: Path, name: str) -> None:
    """It says what is wrong in words and what to do first, beside the stable reason; a pass that is admitted has none.

    Of a pass whose signature holds nobody is told that it might be forged.
    """
    shown, at, sentence, reason = SENTENCES[name]
    (desk / "poster.txt").write_text("https://example.org")
    (desk / "half.txt").write_text("GP1:A")
    told = gapura("inspect", "--trust", "trust.cose", "--at", at, shown, cwd=desk).lines()[0]
    good = gapura("inspect", "--trust", "trust.cose", "--at", AT, "visitor.txt", cwd=desk).lines()[0]
    assert (told["reason"], told["why"], told["action"]) == (reason, sentence, REASONS[Reason(reason)][1])
    assert (good["reason"], good["why"], good["action"]) == (None, None, None)
    assert (len(str(good["reference"])), told["reference"]) == (
        32,
        good["reference"] if shown == "visitor.txt" else None,
    )


def test_what_is_personal_is_told_only_to_whoever_asks(desk: Path) -> None:
    """Name, birth date and facts of a certificate are printed with `--personal` and otherwise nowhere."""
    signer = Signer()
    der = certificate(signer.key.public_key())
    signer = replace(signer, key_id=hashlib.sha256(der).digest()[:8])
    (desk / "dsc.der").write_bytes(der)
    (desk / "hc1.txt").write_bytes(signer.code(claims(dcc(v=[VACCINATION]))))
    command = ("inspect", "--trust", "dsc.der", "--at", "2026-01-05T03:00:00Z")
    (usual,) = gapura(*command, "hc1.txt", cwd=desk).lines()
    asked, own = gapura(*command, "--personal", "hc1.txt", "visitor.txt", cwd=desk).lines()
    assert (usual["verdict"], usual["format"], set(usual)) == ("verified", "hc1", KEYS)
    assert (usual["issuer"], usual["issuer_key"]) == ("XX", signer.key_id.hex())
    assert not any(word in str(usual) for word in ("Contoh", "1990", "2025-11-01"))
    assert asked["personal"] == {
        "name": "Sari Contoh",
        "born": "1990-02-03",
        "document": None,
        "health": {"doses": [{"day": "2025-11-01", "number": 2, "course": 2}], "tests": [], "recoveries": []},
    }
    assert own["personal"] is None
