"""What reading a code can come to: a pass, something that cannot be read, or something that is not trusted.

These three shapes are all that rules ever see of a code. They carry no raw code. What a health certificate
says of its holder is in `health`, `certificate` and `holder`, which are never printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.events import Instant, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.passes.health import HealthFacts, Holder


@dataclass(frozen=True, slots=True)
class Presented:
    """The holder's own proof that came with a pass, whose signature holds: made at a Unix second, for a group of gates.

    `waited` says that it was fresh when this gate was shown it, and that its holder has waited for an officer since.
    """

    at: int
    group: str
    waited: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """A code whose signature holds. Times are Unix seconds; validity is judged apart, on the time interval.

    `reference` names the pass on this gate only: a digest of issuer key and pass id, 32 hex letters. `trust_until`
    is when the trust list that vouches for the issuer runs out, `trust_issued` when it was signed (0 where a tool's
    operator vouches for it). `issuer` is the id of the key that signed, `issuer_name` what the trust list calls whose
    it is. `health` are the facts of a health certificate and `certificate` its signed payload, from a format that has
    them; `GP1:` has neither. `areas` None is a pass that names none, as certificates of other issuers do: where it
    counts is then the class's rule alone. `holder` is who to match, in memory only. `revocation_ids` are the names,
    each a kind and a hash, under which it could stand on a list of revoked passes.
    A pass with a `holder_key` (compressed point of P-256) counts only as it is `presented`; two presentations of one
    pass are the same pass.
    """

    format: str
    reference: str
    pass_class: str
    areas: tuple[str, ...] | None
    gates: tuple[str, ...]
    issued: int
    not_before: int
    expires: int
    trust_until: int
    entries: int | None = None
    health_ok_until: int | None = None
    accessible: bool = False
    issuer: bytes = b""
    issuer_name: str = ""
    trust_issued: int = 0
    health: HealthFacts | None = field(default=None, repr=False)
    certificate: Mapping[str, object] | None = field(default=None, repr=False, hash=False)
    holder: Holder | None = field(default=None, repr=False)
    holder_key: bytes | None = field(default=None, repr=False)
    presented: Presented | None = field(default=None, compare=False)
    revocation_ids: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing of a known format: garbage, half a code, a poster."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A code of a known format that this gate does not believe."""

    reason: Reason
    format: str


Reading = Pass | Unreadable | Untrusted


def validity(credential: Pass, now: Instant) -> Reason | None:
    """Judge a pass on the whole time interval: None only if it is valid at every instant the clock allows.

    Valid from `not_before` on and up to, not including, `expires` (RFC 8392 section 3.1.4 calls `exp` the time
    on or after which a token must not be accepted).
    """
    if now.earliest >= credential.expires:
        return Reason.EXPIRED
    if now.latest < credential.not_before:
        return Reason.NOT_YET_VALID
    if now.earliest < credential.not_before or now.latest >= credential.expires:
        return Reason.CLOCK_UNTRUSTED
    return Reason.TRUST_EXPIRED if now.latest >= credential.trust_until else None
