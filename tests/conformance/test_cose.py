"""The COSE working group's examples: every signature of an algorithm that is taken holds or fails as published."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import cbor2
import pytest

from firmware.events import Reason
from firmware.passes.cwt import EXPIRES, ISSUED
from firmware.signed import cbor_foreign, cose_foreign
from firmware.signed.signatures import algorithms_of, holds
from firmware.trust import jwk
from tests.conformance import vectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.signed.signatures import Algorithm, PublicKey

EXAMPLES = vectors.folder("cose")

OTHER_KINDS: Final = {
    "CWT/A_4": "a MAC",
    "CWT/A_5": "encrypted",
    "CWT/A_6": "encrypted",
    "CWT/A_7": "a MAC",
}
"""Messages that are no signatures; a gate refuses them by their tag or their shape."""

NOT_TAKEN: Final = {
    "ecdsa-examples/ecdsa-04": "ES512 with a key of P-256: each algorithm is pinned to its own curve",
    "ecdsa-examples/ecdsa-sig-04": "ES512 with a key of P-256: each algorithm is pinned to its own curve",
    "eddsa-examples/eddsa-02": "Ed448 is not taken",
    "eddsa-examples/eddsa-sig-02": "Ed448 is not taken",
    "sign1-tests/sign-pass-01": "the algorithm stands in the unprotected header alone",
}
"""Cases that pass as published and fail here, each with its reason."""

NAMES: Final[dict[str, Algorithm]] = {
    "ES256": "ES256",
    "ES384": "ES384",
    "ES512": "ES512",
    "EdDSA": "EdDSA",
    "RSA-PSS-256": "PS256",
    "RSA-PSS-384": "PS384",
    "RSA-PSS-512": "PS512",
}


def files() -> Iterator[tuple[str, Path]]:
    """Yield every example by its folder and name."""
    for path in sorted(EXAMPLES.glob("*/*.json")) if EXAMPLES else ():
        yield f"{path.parent.name}/{path.stem}", path


CASES = dict(files())


@pytest.fixture(autouse=True)
def _there() -> None:
    if EXAMPLES is None:
        pytest.skip("29 examples of COSE are not there: no cose/ in GAPURA_VECTORS or ../shared/vectors")


def member(value: object, *names: str) -> object:
    """Walk into nested objects."""
    for name in names:
        value = value[int(name)] if isinstance(value, list) else value.get(name) if isinstance(value, dict) else None
    return value


def key_of(about: object) -> PublicKey | None:
    """Read the key of an example, whose numbers are in hex."""
    key = member(about, "key")
    assert isinstance(key, dict)
    spelled = dict(key)
    for name, value in key.items():
        if name.endswith("_hex"):
            spelled[name.removesuffix("_hex")] = base64.urlsafe_b64encode(bytes.fromhex(value)).rstrip(b"=").decode()
    return jwk.public(spelled)


def verified(name: str) -> bool:
    """Say whether an example's signature holds: read as a message of one signer, or, of several, over its own bytes."""
    case = vectors.read(CASES[name])
    output = bytes.fromhex(str(member(case, "output", "cbor")))
    single = member(case, "input", "sign0")
    if single is not None:
        message, public = cose_foreign.parse(output), key_of(single)
        external = bytes.fromhex(str(member(single, "external") or ""))
        if not isinstance(message, cose_foreign.ForeignSign1) or public is None:
            return False
        return any(cose_foreign.signed_by(message, one, public, external) for one in algorithms_of(public))
    assert cose_foreign.parse(output) is Reason.BAD_COSE
    about = member(case, "input", "sign", "signers", "0")
    algorithm, public = NAMES[str(member(about, "protected", "alg"))], key_of(about)
    signed = bytes.fromhex(str(member(case, "intermediates", "signers", "0", "ToBeSign_hex")))
    signature = cbor2.loads(output).value[3][0][2]
    return public is not None and holds(algorithm, public, signature, signed)


@pytest.mark.parametrize("name", [name for name in CASES if name not in OTHER_KINDS])
def test_every_signature_comes_out_as_published(name: str) -> None:
    """Failing cases fail; passing ones pass, but for those that are named here."""
    expected = not vectors.read(CASES[name]).get("fail") and name not in NOT_TAKEN
    assert verified(name) is expected


@pytest.mark.parametrize("name", [name for name in CASES if name in OTHER_KINDS])
def test_what_is_no_signature_is_refused(name: str) -> None:
    """A message of another kind is none of ours, whatever it holds."""
    output = bytes.fromhex(str(member(vectors.read(CASES[name]), "output", "cbor")))
    assert cose_foreign.parse(output) is Reason.BAD_COSE


def test_the_claims_of_the_standard_s_own_token_are_read() -> None:
    """RFC 8392, appendix A.3: the times that it says are the times that are read."""
    message = cose_foreign.parse(bytes.fromhex(str(member(vectors.read(CASES["CWT/A_3"]), "output", "cbor"))))
    assert isinstance(message, cose_foreign.ForeignSign1)
    claims = cbor_foreign.decode(message.payload)
    assert isinstance(claims, dict)
    assert (claims[EXPIRES], claims[ISSUED]) == (1_444_064_944, 1_443_944_944)


def test_the_examples_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """How many of each kind there are is told, and none is missing from the count."""
    fails = sum(1 for path in CASES.values() if vectors.read(path).get("fail"))
    others, not_taken = len(CASES.keys() & OTHER_KINDS.keys()), len(CASES.keys() & NOT_TAKEN.keys())
    passes = len(CASES) - fails - others - not_taken
    assert passes > 0
    vectors.say(
        capsys,
        f"cose: {len(CASES)} cases: {fails} fail and {passes} pass as published, {not_taken} are not taken, "
        f"{others} are no signatures",
    )
