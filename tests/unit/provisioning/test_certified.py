"""A certificate that somebody brings to the desk: a pass for it says how long its holder's health is vouched for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.passes import gp1
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.signed import times
from firmware.signed.strict_json import to_base64url
from firmware.trust.loading import Loaded, load
from provisioning.policies import profiles
from tests.certificates import DAY_S, TEST, VACCINATION, Signer, claims, dcc
from tests.issuing import NOON
from tests.unit.provisioning.console import ops, typed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.provisioning.console import Ran

GREEN = VACCINATION | {"dn": 2, "sd": 1}
"""A booster after a single dose, by the rules of July 2022."""

HEALTH = profiles.read("pedulilindungi") | {"green_by_test": True}
POLICY = {
    "profile": "desk",
    "formats": ["gp1", "hc1"],
    "classes": {"visitor": {"health": "colour"}, "staff": {}},
    "health_profile": HEALTH,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, a policy, a key set of a ministry and certificates by it."""
    folder = tmp_path_factory.mktemp("certified")
    assert ops("authority", "init", "--dir", folder / "a").code == 0
    assert ops("trust", "build", "--dir", folder / "a", "--out", folder / "own").code == 0
    (folder / "policy.json").write_text(json.dumps(POLICY))
    ministry = Signer()
    numbers = ministry.key.public_key().public_numbers()  # type: ignore[union-attr]
    x, y = (to_base64url(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))  # type: ignore[union-attr]
    key = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": to_base64url(ministry.key_id)}
    (folder / "trust").write_text(json.dumps({"keys": [key]}))
    written = {
        "green": dcc(v=[GREEN]),
        "red": dcc(v=[VACCINATION | {"dn": 1, "sd": 2}]),
        "tested": dcc(t=[TEST]),
        "forged": dcc(v=[GREEN | {"co": "YY"}]),
        "steering": dcc(v=[GREEN]) | {"nam": {"fn": "Contoh", "gn": "Sari\x1b[2K\rBudi"}},
    }
    for name, certificate in written.items():
        signer = Signer() if name == "forged" else ministry
        (folder / name).write_bytes(signer.code(claims(certificate)) + b"\n")
    return folder


def issue(desk: Path, certificate: str, *more: str | Path, begins: int = NOON, ends: int = NOON + DAY_S) -> Ran:
    """Issue a visitor's pass for whoever brings a certificate."""
    return ops(
        "pass", "issue", "--dir", desk / "a", "--class", "visitor", "--areas", "lobby", "--from", times.render(begins),
        "--until", times.render(ends), "--certificate", desk / certificate, "--trust", desk / "trust",
        "--policy", desk / "policy.json", "--out", desk / "pass.txt", *more,
    )  # fmt: skip


def test_somebody_has_to_look_whose_it_is(desk: Path) -> None:
    """Without that there is no pass; whose it is goes to the eyes at the desk alone."""
    (desk / "pass.txt").unlink(missing_ok=True)
    first = issue(desk, "green")
    assert (first.code, first.out) == (1, "")
    assert "Contoh" in first.err
    assert "1990-02-03" in first.err
    assert not (desk / "pass.txt").exists()
    second = issue(desk, "green", "--identity-checked")
    assert second.code == 0
    assert "Contoh" not in second.out + second.err + (desk / "pass.txt").read_text()


def test_the_pass_says_how_long_health_is_vouched_for(desk: Path) -> None:
    """Until it ends where nothing changes before, and until the local midnight at which a test is too old."""
    loaded = load((desk / "own").read_bytes())
    assert isinstance(loaded, Loaded)
    for certificate, until in (("green", NOON + 3 * DAY_S), ("tested", times.parse("2026-01-06T17:00:00Z"))):
        assert issue(desk, certificate, "--identity-checked", ends=NOON + 3 * DAY_S).code == 0
        found = gp1.read((desk / "pass.txt").read_bytes().strip(), loaded.trust)
        assert isinstance(found, Pass)
        assert found.health_ok_until == until


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        ("red", "not enough there and then"),
        ("forged", "altered, or forged"),
        ("policy.json", "no pass for this certificate"),
    ],
)
def test_what_is_worth_nothing_gets_no_pass(desk: Path, certificate: str, told: str) -> None:
    """Whoever has looked at an identity document does not make it worth more, and reads why."""
    ended = issue(desk, certificate, "--identity-checked")
    assert (ended.code, ended.out) == (1, "")
    assert told in ended.err
    assert "Contoh" not in ended.err


TAKEN_BACK: dict[str, tuple[dict[str, object], bool, str | None]] = {
    "nobody is": ({}, True, None),
    "it is on the list": ({"listed": True}, True, "whose issuer has taken it back"),
    "the policy blocks it": ({"blocked": True}, False, "on the policy's list of blocked ones"),
    "the policy wants a list": ({"limits": {"revocations_s": 86_400}}, False, "name the gates' with --revocations"),
    "and has it": ({"limits": {"revocations_s": 86_400}}, True, None),
}


@pytest.mark.parametrize("name", TAKEN_BACK)
def test_what_was_taken_back_gets_no_pass(desk: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A gate would refuse the certificate, so no pass of ours takes its place."""
    case, given, told = TAKEN_BACK[name]
    loaded = load((desk / "trust").read_bytes())
    assert isinstance(loaded, Loaded)
    green = read((desk / "green").read_bytes().strip(), loaded.trust)
    assert isinstance(green, Pass)
    visitor = {"health": "colour"} | ({"limits": case["limits"]} if "limits" in case else {})
    blocked = {"blocked": [green.reference]} if "blocked" in case else {}
    (desk / "careful.json").write_text(json.dumps(POLICY | {"classes": {"visitor": visitor}} | blocked))
    book = json.dumps({"reference": green.reference}) if "listed" in case else json.dumps({"reference": "0" * 32})
    (desk / "book").write_text(book + "\n")
    assert typed(capsys, "revocations", "build", "--out", desk / "list", desk / "book").code == 0
    listed = ("--revocations", desk / "list") if given else ()
    ended = issue(desk, "green", "--identity-checked", "--policy", desk / "careful.json", *listed)
    assert (ended.code == 0, told or "") == (told is None, told if told and told in ended.err else "")


def test_what_is_no_list_of_revoked_passes_is_refused(desk: Path) -> None:
    """A document that names one, a missing file: nothing is issued by a guess."""
    for name in ("policy.json", "missing.list"):
        ended = issue(desk, "green", "--identity-checked", "--revocations", desk / name)
        assert (ended.code, ended.out, "revocations build" in ended.err) == (2, "", True)


def test_what_a_list_leaves_open_is_said(desk: Path) -> None:
    """Somebody at the desk vouches for a list that proves nothing, and for what of it was left out."""
    keys = json.loads((desk / "trust").read_text())["keys"]
    (desk / "odd").write_text(json.dumps({"keys": [*keys, {"kty": "oct"}]}))
    ended = issue(desk, "green", "--identity-checked", "--trust", desk / "odd")
    assert (ended.code, f"{desk / 'odd'}: 1 of its keys left out" in ended.err) == (0, True)


def test_a_picture_is_no_code(desk: Path) -> None:
    """It is named as one, and what to give in its place."""
    (desk / "photo.png").write_bytes(b"\x89PNG" + bytes(9000))
    ended = issue(desk, "photo.png")
    assert (ended.code, ended.out, "gapura inspect" in ended.err) == (2, "", True)


def test_nobody_vouches_for_longer_than_was_looked_at(desk: Path) -> None:
    """A pass for a year says a month at most, though its holder's certificate is good for longer."""
    loaded = load((desk / "own").read_bytes())
    assert isinstance(loaded, Loaded)
    assert issue(desk, "green", "--identity-checked", ends=NOON + 300 * DAY_S).code == 0
    read = gp1.read((desk / "pass.txt").read_bytes().strip(), loaded.trust)
    assert isinstance(read, Pass)
    assert (read.expires, read.health_ok_until) == (NOON + 300 * DAY_S, times.parse("2026-02-04T17:00:00Z"))


def test_a_name_moves_no_cursor(desk: Path) -> None:
    """It is shown to be held against a document, so nothing in it may hide another name."""
    named = issue(desk, "steering")
    assert named.code == 1
    assert "\\x1b[2K" in named.err
    assert "\x1b" not in named.err


def test_it_ends_with_its_certificate(desk: Path) -> None:
    """Nobody vouches for anybody's health after that."""
    assert issue(desk, "green", "--identity-checked", begins=NOON + 334 * DAY_S, ends=NOON + 340 * DAY_S).code == 0
    late = issue(desk, "green", "--identity-checked", begins=NOON + 336 * DAY_S, ends=NOON + 340 * DAY_S)
    assert late.code == 1


@pytest.mark.parametrize("more", [("--health-ok-until", "2026-01-06T00:00:00Z"), ("--identity-checked",)])
def test_half_a_question_is_refused(desk: Path, more: tuple[str, ...]) -> None:
    """What belongs together stands together."""
    if "--identity-checked" in more:
        ended = ops(
            "pass", "issue", "--dir", desk / "a", "--class", "visitor", "--areas", "lobby", "--from",
            "2026-01-05T08:00Z", "--until", "2026-01-05T18:00Z", *more,
        )  # fmt: skip
    else:
        ended = issue(desk, "green", *more)
    assert (ended.code, ended.out) == (2, "")
    assert "--certificate" in ended.err
