"""Blobs that wait for each other: one is fetched at a time, and of each kind and scope only the newest is wanted.

It fetches nothing and keeps nothing on disk. It belongs to the library's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.control.again import AGAIN_MS

if TYPE_CHECKING:
    from firmware.control.desired import Held
    from firmware.control.manifest import Blob
    from firmware.signed.envelope import Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """A manifest, the blob that it names, and the group by whose topic it came (None for the gate's own)."""

    held: Held
    blob: Blob
    source: str | None


class Waiting:
    """What waits, in the order in which it was heard."""

    def __init__(self) -> None:
        """Begin with none."""
        self._places: dict[tuple[Kind, str], Wanted] = {}
        self._given_up: dict[tuple[Kind, str], tuple[str, int, int]] = {}

    def put(self, wanted: Wanted) -> None:
        """Let it wait, in the place of an older one of its kind and scope."""
        self._places[place(wanted.held)] = wanted

    def take(self) -> Wanted | None:
        """Hand out the next one."""
        return self._places.pop(next(iter(self._places))) if self._places else None

    def overtaken(self, held: Held, busy: Held | None) -> bool:
        """Say whether a newer one of its kind and scope waits, or is the one that is `busy` on its way."""
        waiting = self._places.get(place(held))
        others = [busy, None if waiting is None else waiting.held]
        same = [one for one in others if one is not None and place(one) == place(held)]
        return any(one.floor.rank > held.floor.rank for one in same)

    def give_up(self, held: Held, now_ms: int, connection: int) -> None:
        """Note that a blob was given up, and on which connection."""
        self._given_up[place(held)] = (held.document.digest, now_ms, connection)

    def let_be(self, held: Held, now_ms: int, connection: int) -> bool:
        """Say whether it is only what the broker kept: heard on another connection, soon after it was given up."""
        digest, given_up_ms, before = self._given_up.get(place(held), ("", 0, 0))
        return digest == held.document.digest and before != connection and now_ms - given_up_ms < AGAIN_MS

    def blobs(self) -> frozenset[str]:
        """Name the blobs that are waited for (SHA-256, hex)."""
        return frozenset(one.blob.sha256 for one in self._places.values())


def place(held: Held) -> tuple[Kind, str]:
    """Name the kind and the scope that a document is for."""
    return held.document.kind, held.scope
