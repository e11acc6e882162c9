"""A code of each format that a gate reads, the list of a gate that believes it, and what a peer has to find in it.

All keys are thrown away with the process. Codes for a peer are of now, because python-cwt reads the machine's clock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cards import VACCINATED, CardIssuer, State, payload
from tests.certificates import DAY_S, VACCINATION, Signer, claims, dcc
from tests.divoc import CertificateIssuer
from tests.issuing import VISITOR, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.trust.keys import TrustSet


@dataclass(frozen=True, slots=True)
class Sample:
    """A code and who believes it; `path` leads through its claims to one that says `says` (bytes in hex)."""

    code: bytes
    trust: TrustSet
    path: tuple[str | int, ...] = ()
    says: str = ""


def _own() -> Sample:
    issuer, now = Issuer(), int(time.time())
    code = issuer.code(entries=1, issued=now - 60, not_before=now - 60, expires=now + DAY_S)
    return Sample(code, issuer.trust(), (7,), VISITOR.pass_id.hex())


def _certificate() -> Sample:
    signer, now = Signer(), int(time.time())
    said = claims(dcc(v=[VACCINATION]), iat=now - 30 * DAY_S, exp=now + 335 * DAY_S)
    return Sample(signer.code(said), signer.trust(), (-260, 1, "v", 0, "ci"), str(VACCINATION["ci"]))


def _card() -> Sample:
    issuer = CardIssuer()
    return Sample(issuer.code(payload(VACCINATED)), issuer.trust(), ("vc", "rid"), "abc-123")


def _seal() -> Sample:
    state = State()
    return Sample(state.seal(), state.trust())


def _graph() -> Sample:
    issuer = CertificateIssuer()
    return Sample(issuer.code(), issuer.trust())


def _graph_of_rsa() -> Sample:
    issuer = CertificateIssuer(rsa.generate_private_key(65537, 2048))
    return Sample(issuer.code(), issuer.trust())


MAKERS: Final[Mapping[str, Callable[[], Sample]]] = {
    "gp1": _own,
    "hc1": _certificate,
    "shc": _card,
    "vdsnc": _seal,
    "divoc": _graph,
    "divoc-rsa": _graph_of_rsa,
}
"""By format; of DIVOC one of Ed25519 and one of RSA, as India's are."""
