"""A desk takes issuers of others into its own signed list, and says what it takes on their word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import Reason
from firmware.passes.outcome import Pass, Untrusted
from firmware.passes.reading import read
from firmware.signed import strict_json
from firmware.signed.warrant import parse_root
from firmware.trust import signers
from firmware.trust.document import to_body
from firmware.trust.loading import Loaded, load_envelope
from tests.cards import ISSUER_URL, CardIssuer
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.divoc import CertificateIssuer
from tests.issuing import Issuer
from tests.unit.provisioning.console import Ran, ops, typed
from tests.unit.trust.test_proofs import ED, GOOD, OURS
from tests.unit.trust.test_unsigned import ENDS, RSA, certificate, ec_jwk, pem

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
    tried = (("did.json", pin), ("did.json", ()), ("false.json", pin), ("renamed.json", pin), ("bare.json", pin))
    proven, said, false, *changed = (
        build(capsys, desk, desk / "did", "--issuer-file", desk / name, *pins) for name, pins in tried
    )
    assert (proven.code, proven.err) == (0, "")
    assert (said.code, "its proof is not checked" in said.err) == (0, True)
    assert (false.code, "not what its signer signed" in false.err) == (2, True)
    assert [(one.code, "no list here is signed by" in one.err) for one in changed] == [(2, True)] * 2


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


def test_a_key_set_is_signed_for_in_the_name_that_the_desk_gives_it(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cards and graphs name their issuer, and a key set need not: the desk does, and never against the set itself."""
    graphs = CertificateIssuer()
    assert isinstance(graphs.key, Ed25519PrivateKey)
    raw = strict_json.to_base64url(graphs.key.public_key().public_bytes_raw())
    (desk / "cards").write_bytes(strict_json.render({"keys": [CARD_KEY]}))
    (desk / "graphs").write_bytes(
        strict_json.render({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": graphs.method, "x": raw}]})
    )
    named = (f"{ISSUER_URL}={desk / 'cards'}", f"{graphs.name}={desk / 'graphs'}")
    built = build(capsys, desk, desk / "named", *(part for one in named for part in ("--issuer-file", one)))
    assert (built.code, built.err) == (0, "")
    told = built.answer["issuer_files"]
    assert isinstance(told, list)
    assert [one["keys"] for one in told] == [{"shc": 1}, {"divoc": 1}]
    trust = gate(desk, desk / "named").trust
    assert all(isinstance(read(code, trust), Pass) for code in (CARDS_ISSUER.code(), graphs.code()))
    bare = build(capsys, desk, desk / "bare", "--issuer-file", desk / "graphs")
    assert (bare.code, "nothing says whose" in bare.err, len(gate(desk, desk / "bare").trust.keys)) == (0, True, 1)
    (desk / "dsc").write_bytes(certificate())
    wrong = build(capsys, desk, desk / "x", "--issuer-file", f"{ISSUER_URL}={desk / 'dsc'}")
    assert (wrong.code, len(wrong.err.splitlines()), "says itself whose" in wrong.err) == (2, 1, True)


def test_a_key_that_stands_in_two_files_is_signed_for_once(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A state's certificate is on WHO's list as well: the first counts, and of each file it is told what has ended."""
    ended, state = certificate(), certificate(authority=True)
    (desk / "one").write_bytes(pem(ended) + pem(state))
    (desk / "two").write_bytes(pem(state) + pem(certificate(RSA.public_key())) + pem(ended))
    built = build(capsys, desk, desk / "once", "--issuer-file", desk / "one", "--issuer-file", desk / "two")
    assert built.err == f"{desk / 'two'}: keys left out: 1; they were there before, and the first of them counts\n"
    usual = {"ended": 0, "keys": {"hc1": 1}, "states": ["XX"]}
    over = int(datetime.now(UTC) > ENDS)
    assert built.answer["issuer_files"] == [
        usual | {"authorities": 1, "file": str(desk / "one"), "ended": over},
        usual | {"authorities": 0, "file": str(desk / "two"), "ended": over},
    ]
    trust = gate(desk, desk / "once").trust
    assert (len(trust.keys), len(trust.authorities)) == (3, 1)


def test_what_the_desk_has_entered_itself_stands(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key of a state in issuers.json, with classes of the desk's choice, is not made a visitor's by WHO's list."""
    der = certificate()
    (desk / "state").write_bytes(der)
    key = signers.signer(der)
    assert key is not None
    path = desk / "a" / "issuers.json"
    before = path.read_bytes()
    entered = {"issuers": to_body([replace(key, classes=frozenset({"staff"}))])["issuers"]}
    path.write_bytes(strict_json.render(entered))
    try:
        built = build(capsys, desk, desk / "entered", "--issuer-file", desk / "state")
    finally:
        path.write_bytes(before)
    assert (built.code, "stand in issuers.json" in built.err) == (0, True)
    (kept,) = gate(desk, desk / "entered").trust.keys
    assert kept.classes == {"staff"}


def test_no_list_of_others_issues_passes_of_ours(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key of Ed25519 in a key set would, staff's included; it is left out, and it is said where it belongs."""
    stranger = Issuer()
    raw = strict_json.to_base64url(stranger.key.public_key().public_bytes_raw())
    keys = [{"kty": "OKP", "crv": "Ed25519", "x": raw}, CARD_KEY | {"d": "AA"}]
    (desk / "office").write_bytes(strict_json.render({"keys": keys}))
    built = build(capsys, desk, desk / "none", "--issuer-file", desk / "office")
    assert (built.code, built.err.count("\n"), "issuers.json" in built.err) == (0, 2, True)
    trust = gate(desk, desk / "none").trust
    assert read(stranger.code(), trust) == Untrusted(Reason.UNKNOWN_KEY, "gp1")


def test_a_directory_of_addresses_alone_is_said_to_be_one(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names whose cards count and gives no key to tell them by."""
    (desk / "names").write_bytes(strict_json.render({"participating_issuers": [{"iss": ISSUER_URL}]}))
    built = build(capsys, desk, desk / "x", "--issuer-file", desk / "names")
    assert (built.code, len(built.err.splitlines()), "no keys" in built.err) == (0, 1, True)


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


def test_a_directory_of_card_issuers_makes_issuers_of_cards_alone(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that is called as signers of states' certificates are, or of graphs, signs cards all the same."""
    names = (strict_json.to_base64url(b"12345678"), "did:web:cards.example#1")
    staff = {"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(ED.public_key().public_bytes_raw())}
    keys = [CARD_KEY | {"kid": names[0]}, staff | {"kid": names[1]}, staff]
    (desk / "named").write_bytes(strict_json.render({"issuerInfo": [{"issuer": {"iss": ISSUER_URL}, "keys": keys}]}))
    assert build(capsys, desk, desk / "cards-only", "--issuer-file", desk / "named").code == 0
    trust = gate(desk, desk / "cards-only").trust
    assert [key.formats for key in trust.keys[1:]] == [frozenset({"shc"})]
    assert isinstance(read(CARDS_ISSUER.code(), trust), Pass)


def test_one_name_that_no_list_may_have_keeps_the_rest_in(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever may write a line into a list of others stops no update by it."""
    key = {"kty": "OKP", "crv": "Ed25519", "x": strict_json.to_base64url(ED.public_key().public_bytes_raw())}
    methods = [
        {"id": f"did:web:x#{number}", "type": "Ed25519VerificationKey2018", "controller": who, "publicKeyJwk": key}
        for number, who in enumerate(("https://" + "a" * 200, "https://b.example/"))
    ]
    (desk / "long").write_bytes(strict_json.render({"id": "did:web:x", "verificationMethod": methods}))
    built = build(capsys, desk, desk / "long-list", "--issuer-file", desk / "long")
    assert (built.code, "too long for a list" in built.err) == (0, True)
    assert [key.issuer for key in gate(desk, desk / "long-list").trust.keys[1:]] == ["https://b.example/"]


@pytest.mark.parametrize("bound", [True, False])
def test_keys_that_count_for_every_state_are_said(
    desk: Path, capsys: pytest.CaptureFixture[str], *, bound: bool
) -> None:
    """A bare key of health certificates is bound to no state; one with its certificate is."""
    bare = strict_json.render({"keys": [CARD_KEY | {"kid": strict_json.to_base64url(b"12345678")}]})
    (desk / "states").write_bytes(certificate(Signer().key.public_key()) if bound else bare)
    built = build(capsys, desk, desk / "states-list", "--issuer-file", desk / "states")
    assert (built.code, "name no state" in built.err) == (0, not bound)


def test_the_name_of_a_file_steers_no_terminal(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files of others come under names of others, and what is wrong with one is said with its name."""
    refused = build(capsys, desk, desk / "x", "--issuer-file", desk / "list\x1b[2J\n.json")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert refused.err.strip().isprintable()
