"""How an authority's keys stand: of each its role, serial and end, and whether it was taken back. Opens no key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from firmware.signed import cose, times
from firmware.signed.ruling import SILENT
from firmware.signed.warrant import GRANTED
from provisioning import operators
from provisioning.custody import rulings
from provisioning.founding import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.signed.ruling import Rulings
    from firmware.signed.warrant import Warrant
    from provisioning.authority import Authority

SOON_DAYS: Final = 30
"""A key that ends within so many days is told by the exit code: the root's key has to be fetched from its safe."""

State = Literal["good", "ends_soon", "ended", "revoked", "followed", "missing"]


@dataclass(frozen=True, slots=True)
class Row:
    """One key. `days` are whole days until its end, below 0 afterwards; None for what has no end or is not there."""

    role: str
    state: State
    holder: str | None = None
    key: str | None = None
    serial: int | None = None
    days: int | None = None
    ends: str | None = None

    def said(self) -> dict[str, object]:
        """As a JSON line; what is None is left out."""
        every: dict[str, object] = {"role": self.role, "state": self.state, "holder": self.holder, "key": self.key}
        every |= {"serial": self.serial, "days": self.days, "ends": self.ends}
        return {name: value for name, value in every.items() if value is not None}


def rows(authority: Authority, now: int) -> Iterator[Row]:
    """Tell how the root, every role's key and the warrant of every operator stand (`now` in Unix seconds)."""
    word = rulings.newest(authority)
    known = SILENT if word is None else SILENT.heard(word.ruling)
    followed = word is not None and word.ruling.successor is not None
    yield Row("root", "followed" if followed else "good", key=cose.key_id(authority.root).hex())
    for role in GRANTED:
        path = authority.folder / "warrants" / f"{role.value}.warrant"
        yield _row(authority.warrant(role)[1], known, now) if path.is_file() else Row(role.value, "missing")
    for granted in operators.warrants(authority):
        if granted.not_after > now:  # nobody has to do anything about one that was left to end
            yield _row(granted, known, now)


def _row(granted: Warrant, known: Rulings, now: int) -> Row:
    """Judge one warrant."""
    days = (granted.not_after - now) // DAY_S
    state: State = "good"
    if known.revoked(granted):
        state = "revoked"
    elif granted.not_after <= now:
        state = "ended"
    elif days < SOON_DAYS:
        state = "ends_soon"
    key = cose.key_id(granted.key).hex()
    return Row(granted.role.value, state, granted.holder, key, granted.serial, days, times.render(granted.not_after))
