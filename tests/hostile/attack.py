"""One way in that must stay shut: what is shown, to whom, and why it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware.events import Reason
    from firmware.trust.keys import TrustSet


@dataclass(frozen=True)
class Attack:
    """The codes of one frame, the list of the gate that sees them, and the reason that it must give."""

    name: str
    codes: list[bytes] = field(repr=False)
    trust: TrustSet = field(repr=False)
    reason: Reason
