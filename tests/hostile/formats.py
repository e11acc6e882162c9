"""The one registry of formats that are attacked: who makes hostile codes of each, and its part of the attack table.

Campaign, table and fuzz targets take their formats from here, so that a new one is attacked by all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.hostile import card_attacks, certificate_attacks, divoc_attacks, seal_attacks, wallet_attacks
from tests.hostile.card_codes import CardAttacker
from tests.hostile.certificate_codes import CertificateAttacker
from tests.hostile.codes import Attacker
from tests.hostile.divoc_codes import DivocAttacker
from tests.hostile.seal_codes import SealAttacker
from tests.issuing import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from tests.hostile.attack import Attack
    from tests.hostile.attacking import Attacking


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `attacker` draws everything from the given chance, keys included; `attacks` are its named faults."""

    attacker: Callable[[Random], Attacking]
    attacks: Callable[[], Iterator[Attack]]


def _own(chance: Random) -> Attacking:
    """Attack the passes of our own, a bearer's and a wallet's."""
    return Attacker(Issuer(Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))), chance)


FORMATS: Mapping[str, Format] = {
    "gp1": Format(_own, wallet_attacks.attacks),
    "hc1": Format(CertificateAttacker, certificate_attacks.attacks),
    "shc": Format(CardAttacker, card_attacks.attacks),
    "vdsnc": Format(SealAttacker, seal_attacks.attacks),
    "divoc": Format(DivocAttacker, divoc_attacks.attacks),
}
"""By the name that the gate has for it."""
