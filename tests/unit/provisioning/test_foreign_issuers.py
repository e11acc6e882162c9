"""A desk takes issuers of others into its own signed list, and says what it takes on their word."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.events import Reason
from firmware.passes.outcome import Pass, Reading
from firmware.passes.reading import read
from firmware.signed import strict_json
from firmware.signed.warrant import parse_root
from firmware.trust.loading import Loaded, load_envelope
from tests.cards import ISSUER_URL, CardIssuer
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.issuing import Issuer
from tests.unit.provisioning.console import Ran, ops, typed
from tests.unit.trust.test_proofs import ED, GOOD, OURS
from tests.unit.trust.test_unsigned import certificate, ec_jwk, pem

if TYPE_CHECKING:
    from pathlib import Path


CARDS_ISSUER = CardIssuer()
CARD_KEY = ec_jwk(CARDS_ISSUER.key)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority `a`, whose keys lie open."""
    folder = tmp_path_factory.mktemp("desk")
    assert ops("authority", "init", "--dir", folder / "a").code == 0
    return folder


def gate(desk: Path, list_file: Path) -> Loaded:
    """Load a list as a gate does."""
    root = parse_root((desk / "a" / "root.pub").read_bytes())
    found = load_envelope(list_file.read_bytes(), root=root, gate="gate-1", now=None)
    assert isinstance(found, Loaded), found
    return found


def reason(reading: Reading) -> Reason | None:
    """Say why a code is refused; None where it is a pass."""
    return None if isinstance(reading, Pass) else reading.reason


def build(capsys: pytest.CaptureFixture[str], desk: Path, out: Path, *more: str | Path) -> Ran:
    """Build a trust list."""
    return typed(capsys, "trust", "build", "--dir", desk / "a", "--out", out, *more)


def test_a_gate_believes_the_issuers_of_others_that_its_desk_signed_for(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys, usages, states and authorities arrive as they were; the desk's own key stays the first."""
    signer = Signer()
    (desk / "dsc.der").write_bytes(certificate(signer.key.public_key()))
    (desk / "more.pem").write_bytes(pem(certificate(authority=True)))
    out = desk / "trust"
    built = build(capsys, desk, out, "--issuer-file", desk / "dsc.der", "--issuer-file", desk / "more.pem")
    assert (built.code, built.err) == (0, "")
    trust = gate(desk, out).trust
    assert [key.formats for key in trust.keys] == [frozenset({"gp1"}), frozenset({"hc1"})]
    assert (len(trust.authorities), trust.keys[1].country) == (1, "XX")
    issued = replace(signer, key_id=trust.keys[1].key_id)
    assert isinstance(read(issued.code(claims(dcc(v=[VACCINATION]))), trust), Pass)


def test_what_proves_itself_is_held_to_its_pin(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the signer pinned nothing is left to say; without, it is said; a false proof is refused, and none at all."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(ED.public_key().public_bytes_raw())}
    (desk / "pin.json").write_bytes(strict_json.render(jwk))
    (desk / "did.json").write_bytes(strict_json.render(GOOD))
    (desk / "false.json").write_bytes(strict_json.render(GOOD | {"x": 1}))
    renamed = GOOD["proof"] | {"verificationMethod": "did:web:other#1"}  # type: ignore[operator]
    (desk / "renamed.json").write_bytes(strict_json.render(GOOD | {"proof": renamed, "x": 1}))
    (desk / "bare.json").write_bytes(strict_json.render({key: one for key, one in GOOD.items() if key != "proof"}))
    pin = ("--pin", f"{OURS}={desk / 'pin.json'}")
    proven, said, false, other, bare = (
        build(capsys, desk, desk / "did", "--issuer-file", desk / name, *pins)
        for name, pins in (
            ("did.json", pin),
            ("did.json", ()),
            ("false.json", pin),
            ("renamed.json", pin),
            ("bare.json", pin),
        )
    )
    assert (proven.code, proven.err) == (0, "")
    assert (said.code, "its proof is not checked" in said.err) == (0, True)
    assert (false.code, "not what its signer signed" in false.err) == (2, True)
    for changed in (other, bare):
        assert (changed.code, "no list here is signed by" in changed.err) == (2, True)


CARDS: dict[str, tuple[list[dict[str, object]], int]] = {
    "a directory with keys": ([{"issuerInfo": [{"issuer": {"iss": ISSUER_URL}, "keys": [CARD_KEY]}]}], 1),
    "a key set without an address": ([{"keys": [CARD_KEY]}], 0),
    "a directory that does not name the issuer": (
        [
            {"issuerInfo": [{"issuer": {"iss": ISSUER_URL}, "keys": [CARD_KEY]}]},
            {"participating_issuers": [{"iss": "https://other.example"}]},
        ],
        0,
    ),
}


@pytest.mark.parametrize("name", CARDS)
def test_only_keys_of_cards_whose_issuer_has_an_address_are_signed_for(
    desk: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a gate would refuse is left out of the list and said; the rest of the list holds."""
    lists, expected = CARDS[name]
    for number, one in enumerate(lists):
        (desk / f"cards-{number}").write_bytes(strict_json.render(one))
    named = [part for number in range(len(lists)) for part in ("--issuer-file", desk / f"cards-{number}")]
    built = build(capsys, desk, desk / "cards", *named)
    assert (built.code, len(built.err.splitlines())) == (0, 1 - expected)
    trust = gate(desk, desk / "cards").trust
    assert len(trust.keys) == 1 + expected
    assert isinstance(read(CARDS_ISSUER.code(), trust), Pass) is bool(expected)


STAFF_KEY = {"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(ED.public_key().public_bytes_raw())}


@pytest.mark.parametrize(
    ("listed", "lines"),
    [
        ({"keys": [STAFF_KEY]}, 1),
        ({"keys": [STAFF_KEY, CARD_KEY | {"kid": strict_json.to_base64url(b"12345678")}]}, 2),
        ({"issuerInfo": [{"issuer": {"iss": ISSUER_URL}, "keys": [STAFF_KEY, CARD_KEY]}]}, 0),
    ],
)
def test_nobody_becomes_an_issuer_of_our_own_passes_by_a_file_of_others(
    desk: Path, listed: dict[str, object], lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """One key of Ed25519 among an issuer's keys would else make staff passes for every gate of this office."""
    (desk / "theirs").write_bytes(strict_json.render(listed))
    built = build(capsys, desk, desk / "staff", "--issuer-file", desk / "theirs")
    assert (built.code, len(built.err.splitlines())) == (0, lines)
    trust = gate(desk, desk / "staff").trust
    assert [key.issuer for key in trust.keys if "gp1" in key.formats] == [trust.keys[0].issuer]
    assert all(key.classes == {"visitor"} for key in trust.keys[1:])
    assert ("name no state" in built.err) is any("hc1" in key.formats for key in trust.keys)
    assert reason(read(Issuer(ED).code(), trust)) is Reason.UNKNOWN_KEY


GRAPH_KEY = STAFF_KEY | {"kid": "did:web:x#1"}
GRAPH = {"id": "did:web:x#1", "type": "Ed25519VerificationKey2018", "publicKeyJwk": STAFF_KEY}


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        ({"keys": [GRAPH_KEY, CARD_KEY | {"kid": strict_json.to_base64url(b"12345678")}]}, ["hc1"]),
        (
            {
                "verificationMethod": [
                    GRAPH | {"controller": one} for one in ("https://a.example/", "https://b.example/")
                ]
            },
            ["divoc"],
        ),
        (
            {
                "verificationMethod": [
                    GRAPH | {"controller": "https://" + "a" * 200},
                    GRAPH | {"id": "did:web:x#2", "controller": "https://b.example/"},
                ]
            },
            ["divoc"],
        ),
    ],
)
def test_one_odd_entry_keeps_the_rest_of_a_file_in(
    desk: Path, listed: dict[str, object], kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that a gate would refuse the whole list for is left out and said; whoever adds one stops no update."""
    (desk / "odd").write_bytes(strict_json.render(listed))
    built = build(capsys, desk, desk / "odd-list", "--issuer-file", desk / "odd")
    assert (built.code, "1 keys are left out: they stand twice" in built.err) == (0, True)
    assert [sorted(key.formats) for key in gate(desk, desk / "odd-list").trust.keys[1:]] == [kept]


def test_what_the_desk_says_of_its_own_key_stands_alone(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anybody can write an office's public key into their list; that neither gives it a use nor stops the build."""
    own = json.loads((desk / "a" / "issuers.json").read_text())["issuers"][0]["keys"][0]
    entry = {"kty": "OKP", "crv": "Ed25519", "x": own["key"], "kid": base64.b64encode(_raw(own["kid"])).decode()}
    other = CARD_KEY | {"kid": base64.b64encode(b"87654321").decode()}
    (desk / "ours").write_bytes(
        strict_json.render({"id": "did:web:x", "verificationMethod": [{"publicKeyJwk": one} for one in (entry, other)]})
    )
    assert build(capsys, desk, desk / "ours-list", "--issuer-file", desk / "ours").code == 0
    keys = gate(desk, desk / "ours-list").trust.keys
    assert [(key.key_id, key.formats) for key in keys] == [
        (_raw(own["kid"]), frozenset({"gp1"})),
        (b"87654321", frozenset({"hc1"})),
    ]


def _raw(text: str) -> bytes:
    return strict_json.from_base64url(text) or b""


def test_a_directory_of_card_issuers_makes_issuers_of_cards_alone(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that is called as signers of states' certificates are, or of graphs, signs cards all the same."""
    names = (strict_json.to_base64url(b"12345678"), "did:web:cards.example#1")
    keys = [CARD_KEY | {"kid": names[0]}, STAFF_KEY | {"kid": names[1]}]
    (desk / "named").write_bytes(strict_json.render({"issuerInfo": [{"issuer": {"iss": ISSUER_URL}, "keys": keys}]}))
    assert build(capsys, desk, desk / "cards-only", "--issuer-file", desk / "named").code == 0
    trust = gate(desk, desk / "cards-only").trust
    assert [key.formats for key in trust.keys[1:]] == [frozenset({"shc"})]
    assert isinstance(read(CARDS_ISSUER.code(), trust), Pass)


@pytest.mark.parametrize("name", ["own", "text", "no-key", "no-file"])
def test_a_file_that_gives_no_issuer_is_one_line(desk: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Another authority's signed list, text, an empty key set and a missing file are refused."""
    assert build(capsys, desk, desk / "own").code == 0
    (desk / "text").write_text("hello")
    (desk / "no-key").write_text('{"keys": []}')
    refused = build(capsys, desk, desk / "x", "--issuer-file", desk / name)
    assert refused.code != 0
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize("text", ["x", "did:web:x", "name=pin.json"])
def test_a_pin_that_is_none_is_one_line(desk: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It names a verification method and a file."""
    refused = build(capsys, desk, desk / "x", "--pin", text)
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)


def test_the_name_of_a_file_steers_no_terminal(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files of others come under names of others, and what is wrong with one is said with its name."""
    refused = build(capsys, desk, desk / "x", "--issuer-file", desk / "list\x1b[2J\n.json")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert refused.err.strip().isprintable()
