"""SMART Health Cards held to the framework's own examples, the good ones and those whose names say what is wrong.

Any folder of the same layout works (`GAPURA_VECTORS`). A file with a FHIR bundle or a bare payload reaches no gate: it
is nothing that a code holds.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Final

import pytest

from firmware.events import NEVER
from firmware.passes import shc_codes
from firmware.passes.outcome import Pass, Reading
from firmware.passes.reading import read, read_first
from firmware.trust import loading, revocation_writing
from firmware.trust.keys import TrustSet, merge
from firmware.trust.revocation import open_list
from hw.reader.decoders import build
from hw.reader.images import load
from provisioning.revocations.sources import Gathered, gather
from tests.cards import CardIssuer
from tests.conformance import vectors

if TYPE_CHECKING:
    from pathlib import Path

CARDS: Final = vectors.folder("shc")
VERIFIED: Final = "verified"
NEGATIVE: Final[dict[str, str]] = {
    "d-jws-bad-fhir-metadata": VERIFIED,
    "d-jws-der-signature": "bad_signature",
    "d-jws-der-signature-r-neg": "bad_signature",
    "d-jws-der-signature-rs-neg": "bad_signature",
    "d-jws-der-signature-s-neg": "bad_signature",
    "d-jws-invalid-signature": "bad_signature",
    "d-jws-issuer-kid-mismatch": "unknown_key",
    "d-jws-issuer-not-valid-with-smart-key": "unknown_key",
    "d-jws-jws_too_long": "too_long",
    "d-jws-no_deflate": "too_long",
    "d-jws-no_jws_header_alg": "bad_header",
    "d-jws-no_jws_header_kid": "bad_header",
    "d-jws-no_jws_header_zip": "bad_header",
    "d-jws-trailing_chars": "bad_encoding",
    "d-jws-utf8_bom_prefix": "bad_claims",
    "d-jws-wrong_jws_header_kid": "unknown_key",
    "e-file": VERIFIED,
    "e-file-bad_jwks": "unknown_key",
    "e-file-invalid_deflate": "bad_compression",
    "e-file-invalid_issuer_url": "unknown_key",
    "e-file-invalid_issuer_url_http": "bad_claims",
    "e-file-issuer_url_with_trailing_slash": "bad_claims",
    "e-file-jws_too_long": "too_long",
    "e-file-multi-jws": VERIFIED,
    "e-file-multi-jws-issues": "bad_header verified",
    "e-file-no_deflate": "too_long",
    "e-file-trailing_chars": VERIFIED,
    "f-qr-code-numeric-value-0-index-out-of-range": "bad_encoding",
    "f-qr-code-numeric-value-0-number-too-big": "bad_encoding",
    "f-qr-code-numeric-value-0-odd-count": "bad_encoding",
    "f-qr-code-numeric-value-0-trailing_chars": "unknown_format",
    "f-qr-code-numeric-value-0-wrong-multi-chunk": "bad_encoding",
    "f-qr-code-numeric-value-0-wrong_qr_header": "unknown_format",
    **{f"f-qr-code-numeric-value-{number}-qr_chunk_too_small": "incomplete" for number in range(17)},
    "f-qr-code-numeric-value-0-qr_chunk_too_big": "too_long",
    "f-qr-code-numeric-value-1-qr_chunk_too_big": "too_long",
    "1195-byte-qrnumeric": VERIFIED,
    "g-qr-code-0-bad_qr_version": VERIFIED,
    "g-qr-code-0-corrupted": "no_code",
    "g-qr-code-0-qr_chunk_too_small": "incomplete",
    "g-qr-code-1-qr_chunk_too_small": "incomplete",
    "g-qr-code-0-scaled-23": VERIFIED,
    "g-qr-code-0-scaled-85": VERIFIED,
    "g-qr-code-0-single_qr_segment": VERIFIED,
    "g-qr-code-0-too_many_qr_segment": "bad_encoding",
    "g-qr-code-inflated-to-v22": VERIFIED,
}
"""What each file comes to, without the number of its example: the reasons of its cards, each once, in their order.

`bad-fhir-metadata` breaks rules that make cards small and names vaccines in a system of its own: it is genuine, and its
doses prove nothing. The spaces around `e-file-trailing_chars` are the file's, not the card's. `jws_too_long` and
`no_deflate` have more letters than one code may; as several codes they are refused for what else is wrong with them.
"""

AS_SEVERAL: Final = {"d-jws-jws_too_long": "bad_claims", "d-jws-no_deflate": "bad_header"}
WHOLE_SETS: Final = {
    "f-qr-code-numeric-value-*-qr_chunk_too_small": VERIFIED,
    "g-qr-code-*-qr_chunk_too_small": VERIFIED,
    "f-qr-code-numeric-value-*-qr_chunk_too_big": "too_long",
}


def folder() -> Path:
    """Return the folder of the cards, or skip and say how to have them."""
    if CARDS is None:
        pytest.skip("0 SMART Health Cards checked: set GAPURA_VECTORS to the folder that holds shc/")
    return CARDS


def listed(name: str, *, admit_test_keys: bool = True) -> TrustSet:
    """Load a published key set as the tools do."""
    found = loading.load((folder() / name).read_bytes(), admit_test_keys=admit_test_keys)
    assert isinstance(found, loading.Loaded)
    return found.trust


@pytest.fixture(scope="module")
def trust() -> TrustSet:
    """Trust the example issuer."""
    return listed("issuer.jwks.json")


def verdict(reading: Reading) -> str:
    """Say what a card came to, in one word."""
    return VERIFIED if isinstance(reading, Pass) else reading.reason.value


def codes(path: Path) -> list[list[bytes]]:
    """Return the cards that a file holds, each as the codes that would be shown of it."""
    if "-g-" in path.name:
        decoder = build("auto", thorough=True)
        try:
            return [[one.data for one in decoder.decode(load(path.read_bytes()))]]
        finally:
            decoder.close()
    if "-e-" in path.name:
        tokens = json.loads(path.read_text(encoding="utf-8"))["verifiableCredential"]
        return [shc_codes.codes_of(token) for token in tokens]
    if "-d-" in path.name:
        return [shc_codes.codes_of(path.read_text(encoding="utf-8").removesuffix("\n"))]
    return [[path.read_bytes().removesuffix(b"\n")]]


def test_the_example_cards_verify_in_any_order(trust: TrustSet, capsys: pytest.CaptureFixture[str]) -> None:
    """All four cards are genuine, with every order of the codes of the one that has several."""
    sets: dict[str, list[bytes]] = {}
    for path in sorted(folder().glob("*-f-*.txt")):
        sets.setdefault(path.name[:10], []).append(path.read_bytes())
    orders = [order for card in sets.values() for order in permutations(card)]
    assert [verdict(read_first(order, trust)[1]) for order in orders] == [VERIFIED] * len(orders)
    vectors.say(capsys, f"shc: {len(sets)} cards, {len(orders)} orders of their codes")
    assert sets


def test_the_example_cards_say_what_their_payloads_say(trust: TrustSet) -> None:
    """Days of doses, who to match and when it was issued are those of the payload that is published beside it."""
    for path in sorted(folder().glob("*-c-*.json")):
        card = sorted(folder().glob(f"{path.name[:10]}-f-*.txt"))
        _, found = read_first([code.read_bytes() for code in card], trust)
        assert isinstance(found, Pass)
        said = vectors.read(path)
        resources = [entry["resource"] for entry in said["vc"]["credentialSubject"]["fhirBundle"]["entry"]]  # type: ignore[index]
        days = [one["occurrenceDateTime"] for one in resources if one["resourceType"] == "Immunization"]
        assert found.health is not None
        assert [dose.day.isoformat() for dose in found.health.doses] == days
        assert found.issued == math.floor(said["nbf"])  # type: ignore[call-overload]
        people = [one["name"][0] for one in resources if one["resourceType"] == "Patient"]
        names = [" ".join([*one["given"], one["family"]]) for one in people]
        assert ([found.holder.name] if found.holder else []) == names


def test_every_wrong_file_is_judged_for_what_is_wrong(trust: TrustSet, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file that a code could hold comes to the reason in the table, and the table has every one of them."""
    found, elsewhere = {}, []
    for path in sorted((folder() / "negative").iterdir()):
        name = path.name.partition(".")[0].removeprefix("test-example-").removeprefix("00-").removeprefix("02-")
        if path.suffix == ".json":
            elsewhere.append(path.name)
            continue
        reasons = (verdict(read_first(card, trust)[1]) for card in codes(path))
        found[name] = " ".join(dict.fromkeys(reasons))
    assert {name: NEGATIVE.get(name) for name in found} == found
    vectors.say(capsys, f"shc negative: {len(found)} files judged, {len(elsewhere)} reach no gate")
    assert found


def test_what_no_single_code_holds_is_judged_as_several(trust: TrustSet) -> None:
    """A token that is too long for one code is refused for what else is wrong with it, or is a card."""
    for name, expected in AS_SEVERAL.items():
        token = next((folder() / "negative").glob(f"*{name}.txt")).read_text(encoding="utf-8")
        assert verdict(read_first(shc_codes.codes_of(token, 3), trust)[1]) == expected, name
    for pattern, expected in WHOLE_SETS.items():
        found = sorted(path for path in (folder() / "negative").glob(f"*{pattern}.*"))
        assert verdict(read_first([code for path in found for code in codes(path)[0]], trust)[1]) == expected, pattern


def test_the_key_of_another_issuer_does_not_speak_for_this_one(trust: TrustSet) -> None:
    """The card that somebody else's key signed in this issuer's name is refused though both are trusted."""
    others = listed("negative/issuer.jwks.public.not.smart.json").keys
    elsewhere = tuple(replace(key, issuer="https://other.example") for key in others)
    both = merge([trust, TrustSet(keys=elsewhere, expires=NEVER)])
    token = next((folder() / "negative").glob("*issuer-kid-mismatch.txt")).read_text(encoding="utf-8")
    assert verdict(read(shc_codes.codes_of(token)[0], both)) == "unknown_key"


def test_a_list_for_doors_has_no_key_of_the_examples() -> None:
    """Anybody can sign as the example issuer: without being asked for, its keys are on no list, and say why."""
    found = listed("issuer.jwks.json", admit_test_keys=False)
    card = next(folder().glob("example-00-f-*.txt")).read_bytes()
    assert found.keys == ()
    assert verdict(read(card, merge([found, CardIssuer().trust()]))) == "test_key"


def test_the_published_list_takes_back_the_card_that_says_so(trust: TrustSet) -> None:
    """Of the four cards the issuer's own list of revocations names the one of a person called Revoked, and no other."""
    gathered = Gathered()
    for path in folder().glob("*.json"):
        if "rids" in vectors.read(path):
            gather(path, path.read_bytes(), 0, gathered)
    listed = open_list(revocation_writing.build(gathered.entries))
    assert listed is not None
    revoked = []
    for number in range(4):
        card = sorted(folder().glob(f"example-0{number}-f-*.txt"))
        _, found = read_first([code.read_bytes() for code in card], trust)
        assert isinstance(found, Pass)
        if listed.revoked(found.revocation_ids, found.issued) is not None:
            revoked.append(number)
    assert revoked == [3]
