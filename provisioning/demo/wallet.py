"""The codes that people show: passes from the rig's own desk, a stranger's from another, and what is no pass at all.

It issues what a person's part says and remembers it for whoever shows it again. It knows no gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes import confirmation, presented
from firmware.passes.outcome import Presented
from provisioning import founding, issuing
from provisioning.demo.people import Brings

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.demo.people import Person, Says
    from provisioning.issuing import Desk, Issued

POSTER: Final = "https://example.org/open-day"
_STRANGER_DAYS: Final = 7
_OLD_S: Final = 60


class Wallet:
    """Every code of one play by the number of the person who showed it first."""

    def __init__(self, desk: Desk, folder: Path, now: int) -> None:
        """Open the second authority, which nobody trusts, in a folder of its own."""
        self._desk = desk
        charter = founding.Charter("Somebody else", None, now, _STRANGER_DAYS)
        self._foreign = issuing.open_desk(founding.found(folder / "stranger", charter))
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._codes: dict[int, str] = {}
        self.passes: dict[int, Issued] = {}

    def code(self, person: Person, now: int) -> str | None:
        """Return the text of the code that a person shows; None for who shows none."""
        match person.part.brings:
            case Brings.PASS:
                code = self._issue(self._desk, person.part.says, now, person.number)
            case Brings.WALLET:
                code = self._present(person, now, now)
            case Brings.SCREENSHOT:
                code = self._present(person, now, now - _OLD_S)
            case Brings.FOREIGN:
                code = self._issue(self._foreign, person.part.says, now, None)
            case Brings.AGAIN:
                code = self._codes[person.again or 0]
            case Brings.POSTER:
                code = POSTER
            case Brings.HALF:
                code = _half(self._issue(self._desk, person.part.says, now, None))
            case Brings.BUTTON:
                return None
            case _:
                assert_never(person.part.brings)
        self._codes[person.number] = code
        return code

    def secrets(self) -> tuple[str, ...]:
        """Return what must never leave the gate: the codes of passes and the ids in them."""
        codes = [code for code in self._codes.values() if code != POSTER]
        ids = [issued.claims.pass_id for issued in self.passes.values()]
        return (*codes, *(raw.hex() for raw in ids))

    def _present(self, person: Person, now: int, at: int) -> str:
        """Issue a pass that is bound to this wallet, and show it as the wallet did at a second."""
        says = person.part.says
        key = confirmation.point_of(self._key.public_key())
        bound = self._issue(self._desk, says, now, person.number, key)
        return presented.present(bound, self._key, Presented(at, says.area))

    def _issue(self, desk: Desk, says: Says, now: int, number: int | None, holder_key: bytes | None = None) -> str:
        """Issue a pass as its part says."""
        times = (now + says.begins_s, now + says.ends_s)
        order = issuing.Order(says.class_, (says.area,), *times, entries=says.entries, holder_key=holder_key)
        issued = desk.issue(order, now=now)
        if number is not None:
            self.passes[number] = issued
        return issued.code


def _half(code: str) -> str:
    """Tear a code in the middle, at a place where what is left cannot be the text of whole bytes."""
    kept = len(code) // 2
    return code[: kept - (kept - len("GP1:")) % 3 + 1]
