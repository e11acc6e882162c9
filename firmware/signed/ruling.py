"""Rulings: what a root has said of the keys under it: which are taken back, and which root comes after it.

It decides whose warrants count once such words are known. It keeps nothing: the newest word of each root comes in. The
root itself signs them, as documents of the kind `authority`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BeforeValidator, Field, StringConstraints

from firmware.signed import cose, strict_json, times
from firmware.signed.fields import Counter, Moment, RawKey, Strict, encoded
from firmware.signed.warrant import GRANTED, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Instant
    from firmware.signed.warrant import Warrant

MOST_REVOKED: Final = 256
MOST_ROOTS: Final = 4
"""A pinned root and three that came after it, one by one; then the gates' `root.pub` is due for the newest."""


MOST_ENCLOSED: Final = 48 * 1024
"""As much as the words of three roots with all the keys that each can name, one in the other."""


class Successor(Strict):
    """The root that comes after: it counts at once beside the old one, and alone from the moment `from`."""

    root: RawKey
    begins: Annotated[Moment, Field(alias="from")]


def _enclosed(value: object) -> bytes:
    """Read a whole document that is enclosed in another."""
    mistake = f"not a document (1 to {MOST_ENCLOSED} bytes as base64url without padding)"
    return encoded(value, 1, MOST_ENCLOSED, mistake)


class RulingBody(Strict):
    """The body of an `authority` document.

    `least_serials` names for a role the lowest serial of a warrant that still counts, `revoked` keys by key id (hex).
    `predecessor` is the whole document in which the root before this one named it, for gates that have not heard that.
    """

    least_serials: Annotated[dict[Role, Counter], Field(max_length=len(GRANTED))]
    revoked: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]], Field(max_length=MOST_REVOKED)
    ]
    successor: Successor | None = None
    predecessor: Annotated[bytes, BeforeValidator(_enclosed)] | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one root has said: `root` and `successor` are raw keys, `succeeds` Unix seconds, `revoked` key ids."""

    root: bytes
    least_serials: Mapping[Role, int]
    revoked: frozenset[bytes]
    successor: bytes | None = None
    succeeds: int = 0
    predecessor: bytes | None = None

    def body(self) -> dict[str, object]:
        """Write it as the body that is signed."""
        said: dict[str, object] = {
            "least_serials": {role.value: serial for role, serial in sorted(self.least_serials.items())},
            "revoked": sorted(key_id.hex() for key_id in self.revoked),
        }
        if self.predecessor is not None:
            said["predecessor"] = strict_json.to_base64url(self.predecessor)
        if self.successor is not None:
            named = {"root": strict_json.to_base64url(self.successor), "from": times.render(self.succeeds)}
            said["successor"] = named
        return said


def read_ruling(body: dict[str, object], root: bytes) -> Ruling | tuple[str, ...]:
    """Read the body of a document that this root has signed; answer the ruling or every mistake in it.

    A root takes back no key of its own: whoever it shall be followed by is its successor.
    """
    found = strict_json.read_as(body, RulingBody)
    if not isinstance(found, RulingBody):
        return found
    revoked = frozenset(bytes.fromhex(key_id) for key_id in found.revoked)
    successor = found.successor
    if Role.ROOT in found.least_serials or cose.key_id(root) in revoked:
        return ("revoked: the root cannot take itself back",)
    if successor is None:
        return Ruling(root, found.least_serials, revoked, predecessor=found.predecessor)
    if successor.root == root:
        return ("successor.root: a root does not follow itself",)
    return Ruling(root, found.least_serials, revoked, successor.root, successor.begins, found.predecessor)


@dataclass(frozen=True, slots=True)
class Rulings:
    """The newest word of each root that has spoken."""

    known: tuple[Ruling, ...] = ()

    def of(self, root: bytes) -> Ruling | None:
        """What a root has said, if anything."""
        return next((one for one in self.known if one.root == root), None)

    def heard(self, ruling: Ruling) -> Rulings:
        """What is known with this word in the place of that root's earlier one."""
        return Rulings((*(one for one in self.known if one.root != ruling.root), ruling))

    def roots(self, pinned: bytes, now: Instant | None) -> tuple[bytes, ...]:
        """Name the roots that count, the pinned one or what is left of the way from it first, the newest last.

        One that is followed counts until the moment that it named is certainly there; without a time (`now` None),
        which is how accepted documents are read again, all of them do.
        """
        way = [pinned]
        begins = 0
        while (ruling := self.of(way[-1])) is not None and ruling.successor is not None:
            if ruling.successor in way or len(way) == MOST_ROOTS:
                break
            way.append(ruling.successor)
            if now is not None and ruling.succeeds <= now.earliest:
                begins = len(way) - 1
        return tuple(way[begins:])

    def stands(self, granted: Warrant, pinned: bytes, now: Instant) -> bool:
        """Say whether what was accepted under a warrant may still be acted on: its root counts, nobody took it back."""
        return granted.root in self.roots(pinned, now) and not self.revoked(granted)

    def revoked(self, granted: Warrant) -> bool:
        """Say whether a warrant is taken back: by its serial, its key's id, or a root that speaks no more.

        A root whose successor has spoken says nothing further of keys. What a root's own key signs in another role
        is judged by nobody else's word.
        """
        ruling = self.of(granted.root)
        if granted.role is Role.ROOT:
            return ruling is not None and ruling.successor is not None and self.of(ruling.successor) is not None
        if granted.key == granted.root:
            return False
        if ruling is not None and granted.serial < ruling.least_serials.get(granted.role, 1):
            return True
        return self.key_revoked(granted.key)

    def key_revoked(self, raw_key: bytes) -> bool:
        """Say whether any root that counts here has taken a key back by its id."""
        key_id = cose.key_id(raw_key)
        return any(key_id in one.revoked for one in self.known)

    @property
    def count(self) -> int:
        """How many keys and rows of serials are taken back, for whoever wants a number."""
        return sum(len(one.revoked) + len(one.least_serials) for one in self.known)


SILENT: Final = Rulings()
"""Where no root has said anything."""
