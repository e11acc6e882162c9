"""Travel seals held to published specimens: their signatures hold, and no state behind them is published here."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.events import Reason
from firmware.passes import vdsnc, vdsnc_message
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.signed import signatures, strict_json
from firmware.trust.public import taken
from tests.cards import State
from tests.conformance import vectors

if TYPE_CHECKING:
    from pathlib import Path

SEALS: Final = vectors.folder("vds-nc")
SPECIMENS: Final = [] if SEALS is None else sorted(SEALS.glob("*.txt"))


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_a_specimen_is_genuine_and_its_state_unknown(path: Path) -> None:
    """The signature holds under the certificate in the seal; without the state's authority nobody vouches for that."""
    code = path.read_bytes()
    seal = vdsnc.parse(code)
    assert isinstance(seal, vdsnc.Seal)
    public = taken(seal.signer.public)
    assert public is not None
    assert signatures.holds(seal.algorithm, public, seal.signature, seal.signed)
    assert seal.signed in code
    found = read(code, State().trust())
    assert not isinstance(found, Pass)
    assert found.reason is Reason.ISSUER_UNKNOWN
    said = vdsnc_message.read(seal.type, seal.message)
    assert said is not None
    assert [dose.number for dose in said.facts.doses] == list(range(1, len(said.facts.doses) + 1))


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_a_specimen_opens_no_door(path: Path) -> None:
    """Under a trusted state its signer is known from the specimen: refused, but where somebody asks for such."""
    code = json.loads(path.read_bytes())
    seal = vdsnc.parse(path.read_bytes())
    assert isinstance(seal, vdsnc.Seal)
    assert isinstance(seal.signer.public, ec.EllipticCurvePublicKey)
    state = State(country=seal.state)
    code["sig"]["cer"] = strict_json.to_base64url(state.certificate(seal.signer.public))
    under_us = json.dumps(code, separators=(",", ":")).encode()
    found = read(under_us, state.trust())
    assert not isinstance(found, Pass)
    assert found.reason is Reason.TEST_KEY
    assert isinstance(read(under_us, replace(state.trust(), test_keys=True)), Pass)


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_a_specimen_with_one_letter_changed_is_a_forgery(path: Path) -> None:
    """Whatever digit of a date is another, the signature holds no more."""
    code = path.read_bytes()
    at = code.index(b'"dvc":"') + len(b'"dvc":"') + 3
    altered = code[:at] + bytes([code[at] ^ 1]) + code[at + 1 :]
    found = read(altered, State().trust())
    assert not isinstance(found, Pass)
    assert found.reason is Reason.BAD_SIGNATURE


def test_the_specimens_were_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the specimens this whole file checks nothing, and says so."""
    if not SPECIMENS:
        pytest.skip("0 travel seals checked: set GAPURA_VECTORS to the folder that holds vds-nc/")
    vectors.say(capsys, f"vds-nc: {len(SPECIMENS)} specimens")
