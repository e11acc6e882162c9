"""Whatever its format, a pass can be taken back by the office that knows its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from firmware.events import Direction, Reason
from firmware.passes import shc
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.trust.revocation import FOR_GOOD
from firmware.trust.revocation_ids import NameKind
from firmware.trust.revocation_writing import build
from tests import cards
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.divoc import CertificateIssuer, changed
from tests.issuing import AT_NOON, NOON, Issuer
from tests.revoking import read as read_list

if TYPE_CHECKING:
    from firmware.trust.keys import TrustSet

POLICY: Final = Policy.model_validate(
    {"profile": "test", "formats": ["gp1", "hc1", "shc", "vdsnc", "divoc"], "classes": {"visitor": {}}}
)

ISSUER: Final = Issuer()
SIGNER: Final = Signer()
CARDS: Final = cards.CardIssuer()
STATE: Final = cards.State()
GRAPHS: Final = CertificateIssuer()
NO_RID: Final = {"type": [shc.CARD_TYPE], "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": cards.VACCINATED}}


def _certificate(**changes: object) -> bytes:
    return SIGNER.code(claims(dcc(v=[VACCINATION | changes])))


PASSES: Final[dict[str, tuple[bytes, bytes, TrustSet]]] = {
    "gp1": (ISSUER.code(), ISSUER.code(pass_id=b"another pass"), ISSUER.trust()),
    "hc1": (_certificate(), _certificate(ci="URN:UVCI:01:XX:OTHER"), SIGNER.trust()),
    "hc1 without an id": (_certificate(ci=None), _certificate(ci=None, dn=1), SIGNER.trust()),
    "shc": (CARDS.code(), CARDS.code(cards.payload(nbf=NOON - 7)), CARDS.trust()),
    "shc without a rid": (
        CARDS.code(cards.payload(vc=NO_RID, nbf=NOON - 7)),
        CARDS.code(cards.payload(vc=NO_RID, nbf=NOON - 8)),
        CARDS.trust(),
    ),
    "vdsnc": (STATE.seal(), STATE.seal(cards.VACCINATION | {"uvci": "ID0003"}), STATE.trust()),
    "divoc": (GRAPHS.code(), GRAPHS.code(changed("credentialSubject", "name", to="Budi Contoh")), GRAPHS.trust()),
}
"""Two passes under one key, and who believes it."""


@pytest.mark.parametrize("name", PASSES)
def test_the_office_takes_a_pass_back_by_its_reference(name: str) -> None:
    """What it writes into its own book refuses that pass, and another one under the same key goes on."""
    code, other, trust = PASSES[name]
    one, second = read(code, trust), read(other, trust)
    assert isinstance(one, Pass)
    assert isinstance(second, Pass)
    listed = read_list(build({NameKind.CTI: {bytes.fromhex(one.reference)[:8]: FOR_GOOD}}))
    rules = Rulebook.unlimited(POLICY).knowing(0, listed)
    reasons = [
        decide(shown, Direction.IN, AT_NOON, Place("gate-1", "lobby"), rules, Presence()).reason
        for shown in (one, second)
    ]
    assert reasons == [Reason.REVOKED, None if name == "gp1" else Reason.IDENTITY]
