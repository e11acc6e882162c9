"""What is said at the door of a code or document that does not count: the verifiers' words as reasons of a set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.setup.reasons import Why
from firmware.signed.envelope import EnvelopeRefusal
from firmware.signed.provision import ProvisionRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.signed.provision import Refusal

VOUCHED: Final = frozenset({"ntp", "rtc", "signed"})
"""Sources of time by which a document's dates are judged at the gate; by any other the desk's own words count more."""

_TOLD: Final[Mapping[Refusal, Why]] = {
    EnvelopeRefusal.UNKNOWN_ROOT: Why.FOREIGN,
    EnvelopeRefusal.WRONG_AUDIENCE: Why.OTHER_GATE,
    EnvelopeRefusal.ROLLED_BACK: Why.OLD_DOCUMENT,
    EnvelopeRefusal.EXPIRED: Why.EXPIRED,
    EnvelopeRefusal.WARRANT_EXPIRED: Why.EXPIRED,
    EnvelopeRefusal.NOT_YET_VALID: Why.NOT_YET_VALID,
    ProvisionRefusal.NO_ROOT: Why.NO_ROOT,
    ProvisionRefusal.WRONG_GATE: Why.OTHER_GATE,
}


def told(refusal: Refusal) -> Why:
    """Say what a technician is told; whatever has no word of its own is not authentic."""
    return _TOLD.get(refusal, Why.NOT_AUTHENTIC)
