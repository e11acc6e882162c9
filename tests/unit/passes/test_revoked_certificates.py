"""Health certificates on lists of revoked ones: found by each hash of the EU, and by no copy that was bent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import cbor2
import pytest

from firmware.events import Direction, Reason
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.trust.revocation import FOR_GOOD
from firmware.trust.revocation_ids import NameKind
from firmware.trust.revocation_writing import build
from tests.certificates import VACCINATION, Signer, claims, dcc, packed
from tests.issuing import AT_NOON
from tests.revoking import read as read_list

if TYPE_CHECKING:
    from firmware.signed.signatures import Algorithm

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (FIPS 186-5): r and ORDER - s sign whatever r and s do."""

POLICY: Final = Policy.model_validate(
    {"profile": "test", "formats": ["hc1"], "classes": {"visitor": {"areas": ["lobby"]}}}
)
UCI: Final = VACCINATION["ci"]


def reason(shown: Pass, kind: NameKind, hashed: bytes) -> Reason | None:
    """Decide by a list with one entry, which is the first 16 bytes of what is hashed."""
    listed = read_list(build({kind: {hashlib.sha256(hashed).digest()[:8]: FOR_GOOD}}))
    rules = Rulebook.unlimited(POLICY).knowing(0, listed)
    return decide(shown, Direction.IN, AT_NOON, Place("gate-1", "lobby"), rules, Presence()).reason


def message_of(signer: Signer) -> tuple[bytes, bytes]:
    """Sign a certificate once, and give the message and its signature."""
    message = signer.message(cbor2.dumps(claims(dcc(v=[VACCINATION]))))
    return message, cbor2.loads(message).value[3]


def shown(signer: Signer, message: bytes) -> Pass:
    """Read a message as the gate does."""
    found = read(packed(message), signer.trust())
    assert isinstance(found, Pass), found
    return found


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_each_hash_of_the_eu_revokes(algorithm: Algorithm) -> None:
    """The identifier, the country with it, and the signature, of which r alone is hashed where there is one."""
    signer = Signer.of(algorithm)
    message, signature = message_of(signer)
    one = shown(signer, message)
    hashed = signature[:32] if algorithm == "ES256" else signature
    assert reason(one, NameKind.UCI, str(UCI).encode()) is Reason.REVOKED
    assert reason(one, NameKind.COUNTRY_UCI, f"XX{UCI}".encode()) is Reason.REVOKED
    assert reason(one, NameKind.SIGNATURE, hashed) is Reason.REVOKED
    assert reason(one, NameKind.COUNTRY_UCI, f"YY{UCI}".encode()) is Reason.IDENTITY
    assert reason(one, NameKind.UCI, b"another") is Reason.IDENTITY


def test_a_bent_signature_is_still_revoked() -> None:
    """Anybody can turn s around and the signature holds; the list that names r finds the copy too."""
    signer = Signer()
    message, signature = message_of(signer)
    bent = signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)
    assert bent != signature
    copy = shown(signer, message.replace(signature, bent))
    assert reason(copy, NameKind.SIGNATURE, signature[:32]) is Reason.REVOKED
