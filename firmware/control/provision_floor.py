"""The newest provisioning document of each gate that this device was ever made to be: nothing older is taken again.

It outlives the identity: a sheet that was replaced, or that a retired gate was set up with, sets nothing up any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from firmware.control import private
from firmware.control.digested import vouch, vouched
from firmware.control.documents import read_bounded
from firmware.signed import strict_json
from firmware.signed.fields import Counter, RawKey, Strict

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "provision-floor.json"
_BYTES: Final = 64 << 10
_MOST: Final = 256
"""A device is one gate after the other; of far too many the oldest names are forgotten."""


class Newest(Strict):
    """One document, by the serial of its warrant, its version and its digest (hex).

    It is `spent` when its claim was used here, or is no good for ever: then it is not taken again either.
    """

    serial: Counter = 1
    version: Counter
    digest: str
    spent: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """A newer warrant of the provisioning role outranks any version."""
        return self.serial, self.version


class _Floors(Strict):
    root: RawKey
    newest: Annotated[dict[str, Newest], Field(max_length=_MOST)]


def read(state_dir: Path, root: bytes) -> dict[str, Newest]:
    """Read them, by gate; another root than the one they were taken under begins with none."""
    try:
        data = vouched(read_bounded(state_dir / FILE, _BYTES))
    except OSError:
        return {}
    value = None if data is None else strict_json.parse(data)
    found = None if value is None else strict_json.read_as(value, _Floors)
    return dict(found.newest) if isinstance(found, _Floors) and found.root == root else {}


def admits(floors: dict[str, Newest], gate: str, document: Newest) -> bool:
    """Say whether a document is newer than any before, or the newest itself."""
    before = floors.get(gate)
    return before is None or document.rank > before.rank or document == before


def spend(state_dir: Path, root: bytes, gate: str) -> None:
    """Take the newest document of a gate not again either; raises OSError."""
    before = read(state_dir, root).get(gate)
    if before is not None and not before.spent:
        raise_to(state_dir, root, gate, before.model_copy(update={"spent": True}))


def raise_to(state_dir: Path, root: bytes, gate: str, document: Newest) -> None:
    """Take nothing older of this gate from now on; raises OSError."""
    floors = {name: one for name, one in read(state_dir, root).items() if name != gate}
    kept = dict(list(floors.items())[-(_MOST - 1) :]) | {gate: document}
    spelled = {name: one.model_dump() for name, one in kept.items()}
    text = strict_json.render({"root": strict_json.to_base64url(root), "newest": spelled})
    private.put(state_dir / FILE, vouch(text))
