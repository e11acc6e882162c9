"""Whatever a gate reads can be taken back by its reference, also where its issuer gave it no name to be revoked by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from firmware.events import Direction, Reason
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.cards import CardIssuer, State, payload
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.divoc import CertificateIssuer
from tests.hostile.formats import FORMATS
from tests.issuing import AT_NOON, Issuer
from tests.revoking import listed
from tests.revoking import read as read_list

if TYPE_CHECKING:
    from firmware.trust.keys import TrustSet

OURS, SIGNER, CARDS, STATE, GRAPHS = Issuer(), Signer(), CardIssuer(), State(), CertificateIssuer()

SHOWN: Final[dict[str, tuple[bytes, TrustSet]]] = {
    "gp1": (OURS.code(), OURS.trust()),
    "hc1": (SIGNER.code(claims(dcc(v=[VACCINATION]))), SIGNER.trust()),
    "shc": (CARDS.code(payload()), CARDS.trust()),
    "vdsnc": (STATE.seal(), STATE.trust()),
    "divoc": (GRAPHS.code(), GRAPHS.trust()),
}

POLICY: Final = Policy.model_validate(
    {"profile": "test", "formats": [*SHOWN], "classes": {"visitor": {"areas": ["lobby"], "verify": ["identity"]}}}
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_pass_of_any_format_is_taken_back_by_its_reference(name: str) -> None:
    """What `contact open` tells of a pass is enough to revoke it, and revokes no other."""
    shown = read(*SHOWN[name])
    assert isinstance(shown, Pass), shown
    reasons = [
        decide(shown, Direction.IN, AT_NOON, Place("gate-1", "lobby"), rules, Presence()).reason
        for names in (bytes.fromhex(shown.reference), bytes(16))
        for rules in [Rulebook.unlimited(POLICY).knowing(0, read_list(listed(range(3), names)))]
    ]
    assert reasons[0] is Reason.REVOKED
    assert reasons[1] is not Reason.REVOKED
