"""The desk's side of a pass that is bound to a wallet: which keys it takes, and what `pass present` shows."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from firmware.passes import confirmation
from firmware.passes.outcome import Pass, Presented
from firmware.passes.reading import read
from firmware.signed import strict_json
from firmware.trust.keys import TrustSet
from provisioning import founding, holder_keys, issuing, presenting
from provisioning.authority import Authority, open_authority
from provisioning.mistake import OperatorError
from tests.command import ROOT
from tests.issuing import HOLDER, NOON
from tests.unit.provisioning.console import ops

if TYPE_CHECKING:
    from pathlib import Path

POINT = confirmation.point_of(HOLDER.public_key())
NUMBERS = HOLDER.public_key().public_numbers()
JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": strict_json.to_base64url(NUMBERS.x.to_bytes(32, "big")),
    "y": strict_json.to_base64url(NUMBERS.y.to_bytes(32, "big")),
    "use": "sig",
}
ORDER = issuing.Order("staff", ("lobby",), NOON - 60, NOON + 3600, holder_key=POINT)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority `a` and the keys of a wallet, `wallet.pem` and `wallet.pub`."""
    folder = tmp_path_factory.mktemp("desk")
    founding.found(folder / "a", founding.Charter("Test", None, NOON - 3600, 36_000))
    (folder / "wallet.pem").write_bytes(private(HOLDER))
    (folder / "wallet.pub").write_bytes(public(HOLDER))
    return folder


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Write a private key as openssl does."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def public(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """Write its public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_bound_pass_is_issued_and_presented(desk: Path) -> None:
    """What the two commands make is read by a gate as the pass with the holder's proof; the answer holds no code."""
    issued = ops(
        *("pass", "issue", "--dir", desk / "a", "--class", "staff", "--areas", "lobby", "--holder-key"),
        *(desk / "wallet.pub", "--from", "2026-01-05T00:00:00Z", "--until", "2026-01-06T00:00:00Z"),
        *("--out", desk / "bound.txt"),
    )
    assert issued.code == 0, issued.err
    given = ("--pass", desk / "bound.txt", "--key", desk / "wallet.pem", "--group", "lobby")
    shown = ops("pass", "present", *given, "--at", "2026-01-05T03:00:00Z", "--out", desk / "shown.txt")
    assert shown.code == 0, shown.err
    assert "GR1:" not in shown.out
    assert (shown.answer["at"], shown.answer["group"]) == ("2026-01-05T03:00:00Z", "lobby")
    entry = issuing.open_desk(authority_of(desk)).entry
    reading = read((desk / "shown.txt").read_bytes().strip(), TrustSet((entry,), expires=2 * NOON))
    assert isinstance(reading, Pass)
    assert reading.presented == Presented(NOON, "lobby")
    drawn = ops("pass", "present", *given, "--out", desk / "shown.png")
    assert (drawn.answer["version"], (desk / "shown.png").read_bytes()[:4]) == (13, b"\x89PNG")
    assert sum(line.count("█") for line in ops("pass", "present", *given).err.splitlines()) > 400


def authority_of(desk: Path) -> Authority:
    """Open the authority of the folder."""
    return open_authority(desk / "a", None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("issue", "--holder-key", "wallet.pem", "--out", "x.txt"), "a private key, which no desk may see"),
        (("issue", "--holder-key", "bound.txt", "--out", "x.txt"), "no public key of P-256"),
        (("issue", "--holder-key", "wallet.pub", "--out", "x.pdf"), "must end in .txt"),
        (("present", "--pass", "bound.txt", "--key", "wallet.pub", "--group", "lobby"), "no private key of P-256"),
        (("present", "--pass", "wallet.pub", "--key", "wallet.pem", "--group", "lobby"), "this is no pass"),
        (("present", "--pass", "bound.txt", "--key", "wallet.pem", "--group", "Lobby"), "is no name"),
        (("present", "--pass", "bound.txt", "--key", "wallet.pem", "--group", "x", "--out", "x.pdf"), "must end in"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(desk: Path, words: tuple[str, ...], said: str) -> None:
    """Each mistake ends with exit code 2 and a line that names what to do instead."""
    (desk / "bound.txt").write_text(issuing.open_desk(authority_of(desk)).issue(ORDER, now=NOON).code)
    named = [desk / word if "." in word else word for word in words]
    times = ("--from", "2026-01-05T00:00:00Z", "--until", "2026-01-06T00:00:00Z")
    more = ("--dir", desk / "a", "--class", "staff", "--areas", "lobby", *times) if words[0] == "issue" else ()
    ended = ops("pass", *named, *more)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert said in ended.err


def test_a_wallet_goes_on_with_new_codes_until_it_is_ended(desk: Path) -> None:
    """Every second another code, each of its own second; Ctrl-C ends it as it ends any command."""
    (desk / "bound.txt").write_text(issuing.open_desk(authority_of(desk)).issue(ORDER, now=NOON).code)
    given = ("--pass", desk / "bound.txt", "--key", desk / "wallet.pem", "--group", "lobby")
    argv: list[str | Path] = [
        sys.executable,
        "-m",
        "provisioning",
        "pass",
        "present",
        *given,
        "--every",
        "1",
        "--out",
        desk / "w.txt",
    ]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT) as wallet:
        assert wallet.stdout is not None
        told = [json.loads(wallet.stdout.readline())["at"] for _ in range(3)]
        wallet.send_signal(signal.SIGINT)
    assert told == sorted(set(told))
    assert wallet.returncode == 130
    assert (desk / "w.txt").read_text().startswith("GR1:")
    fixed = ops("pass", "present", *given, "--every", "8", "--at", "2026-01-05T03:00:00Z")
    assert (fixed.code, "leave --at out" in fixed.err) == (2, True)
    assert ops("pass", "present", *given, "--every", "31").code == 2


def test_a_wallet_shows_only_its_own_passes(desk: Path) -> None:
    """A bearer's pass needs no wallet, and another wallet's key is refused before a gate refuses it."""
    opened = issuing.open_desk(authority_of(desk))
    bound, bearer = (
        opened.issue(one, now=NOON).code for one in (ORDER, issuing.Order("staff", ("x",), NOON, NOON + 9))
    )
    other = ec.derive_private_key(7, ec.SECP256R1())
    for code, key, said in (
        (bearer, HOLDER, "--holder-key"),
        (bound, other, "not the key"),
        (bound[:-3], HOLDER, "no pass"),
    ):
        with pytest.raises(OperatorError, match=said):
            presenting.wrapped(code, key, "lobby", NOON)


def test_a_pass_that_no_camera_would_read_is_not_issued(desk: Path) -> None:
    """So many long names that the wallet's code is beyond version 15 of QR are refused at the desk."""
    areas = tuple(f"{'area' * 8}-{number}" for number in range(8))
    opened = issuing.open_desk(authority_of(desk))
    with pytest.raises(OperatorError, match="fewer or shorter"):
        opened.issue(issuing.Order("staff", areas, NOON, NOON + 9, holder_key=POINT), now=NOON)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        (public(HOLDER), POINT),
        (json.dumps(JWK).encode(), POINT),
        (public(ec.derive_private_key(7, ec.SECP384R1())), None),
        (public(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))), None),
        (b"-----BEGIN PUBLIC KEY-----\n", None),
        (json.dumps(JWK | {"crv": "P-384"}).encode(), None),
        (json.dumps(JWK | {"x": JWK["y"]}).encode(), None),
        (json.dumps(JWK | {"x": JWK["x"][:-2]}).encode(), None),
        (json.dumps(JWK | {"d": JWK["x"]}).encode(), None),
        (b"{", None),
        (b"", None),
    ],
)
def test_a_holders_key_is_a_public_one_of_p_256(tmp_path: Path, text: bytes, point: bytes | None) -> None:
    """PEM or JWK; another curve, a point that lies on none, or a private key is refused."""
    (tmp_path / "key").write_bytes(text)
    if point is not None:
        assert holder_keys.read_point(tmp_path / "key") == point
        return
    with pytest.raises(OperatorError):
        holder_keys.read_point(tmp_path / "key")
