"""What a decision rested on that only the health office may read: which pass it was, and what it says of health.

Pure. The plain text has one of two lengths, chosen by what the policy asks, so that the sealed part tells nothing of
whoever it is about by its own. A certificate's name of its holder is no part of it: no rule asks for that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.signed import cbor, sealing, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.passes.outcome import Pass

PURPOSE: Final = "facts"
SHORT_BYTES: Final = 160
"""Room for some thirty doses, tests, recoveries and contacts in all."""

LONG_BYTES: Final = 640
"""Where national rules ask for the certificate itself."""

NAME_OF_HOLDER: Final = "nam"
"""The claim of a European certificate that holds the name (its schema 1.3.0)."""

_END: Final = b"\x80"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A pass by its reference, and what it says of its holder's health; `whole` means with its certificate."""

    reference: str
    whole: bool = False
    health_ok_until: int | None = None
    health: HealthFacts | None = None
    certificate: Mapping[str, object] | None = None

    def onto(self, credential: Pass, *, asked: bool) -> Pass:
        """Make a stand-in this pass; of health it says something only where that is `asked`."""
        if not asked:
            return replace(credential, reference=self.reference)
        return replace(
            credential,
            reference=self.reference,
            health_ok_until=self.health_ok_until,
            health=self.health,
            certificate=self.certificate,
        )


def seal_hidden(credential: Pass, office: ec.EllipticCurvePublicKey, gate: str, *, certificate: bool) -> str:
    """Seal a pass for the health office (base64url), for `certificate` rules with what they look at.

    Of one that says more than there is room for nothing is sealed, and that looks no different.
    """
    length = LONG_BYTES if certificate else SHORT_BYTES
    plain = _plain(credential, certificate=certificate) + _END
    plain = (plain if len(plain) <= length else _END).ljust(length, b"\0")
    return strict_json.to_base64url(sealing.seal(plain, office, PURPOSE, gate))


def open_hidden(text: str, key: ec.EllipticCurvePrivateKey, gate: str) -> Hidden | None:
    """Open what this gate sealed to this key; None for anything else, and where there was no room."""
    sealed = strict_json.from_base64url(text)
    plain = None if sealed is None else sealing.unseal(sealed, key, PURPOSE, gate)
    value = None if plain is None else cbor.decode(plain.rstrip(b"\0").removesuffix(_END))
    match value:
        case [bytes() as pass_id, bool() as whole, None | int() as until, facts, None | dict() as payload]:
            try:
                return Hidden(pass_id.hex(), whole, until, _read_facts(facts), payload)
            except (ValueError, TypeError, OverflowError):
                return None
        case _:
            return None


def _plain(credential: Pass, *, certificate: bool) -> bytes:
    """Write what is sealed; nothing where a certificate holds what has no encoding."""
    payload = credential.certificate if certificate else None
    nameless = None if payload is None else {key: one for key, one in payload.items() if key != NAME_OF_HOLDER}
    pass_id = bytes.fromhex(credential.reference)
    try:
        return cbor.encode([pass_id, certificate, credential.health_ok_until, _facts(credential.health), nameless])
    except ValueError:
        return b""


def _facts(facts: HealthFacts | None) -> list[object] | None:
    """Write facts as days since year 1."""
    if facts is None:
        return None
    kinds = list(TestKind)
    return [
        [[one.day.toordinal(), one.number, one.course] for one in facts.doses],
        [[one.day.toordinal(), kinds.index(one.kind), one.positive] for one in facts.tests],
        [one.toordinal() for one in facts.recoveries],
        [one.toordinal() for one in facts.contacts],
        None if facts.born is None else facts.born.toordinal(),
    ]


def _read_facts(value: object) -> HealthFacts | None:
    """Read them again; raises ValueError, TypeError or OverflowError for what nobody wrote."""
    if value is None:
        return None
    doses, tests, recoveries, contacts, born = _list(value)
    kinds, day = list(TestKind), date.fromordinal
    return HealthFacts(
        tuple(Dose(day(at), number, course) for at, number, course in map(_numbers, _list(doses))),
        tuple(Test(day(at), kinds[kind % 2], bool(positive)) for at, kind, positive in map(_numbers, _list(tests))),
        tuple(map(day, _numbers(recoveries))),
        tuple(map(day, _numbers(contacts))),
        None if born is None else day(*_numbers([born])),
    )


def _list(value: object) -> list[object]:
    """Read a list; raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError
    return value


def _numbers(value: object) -> list[int]:
    """Read whole numbers; raises TypeError for anything else."""
    found = [one for one in _list(value) if isinstance(one, int)]
    if found != value:
        raise TypeError
    return found
